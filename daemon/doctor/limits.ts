import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Paths } from "../core/paths.ts";
import type { Agent } from "../protocol/agent.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { createBoundary } from "../trigger/boundary.ts";
import { walk } from "../trigger/walk.ts";
import { raiseLine, readInotifyLimit } from "../trigger/watch-fault.ts";
import { note, ok, problem } from "./finding.ts";

/** What of a limit is there, is needed, and is taken by others. */
export interface Demand {
  watches: { limit: number; needed: number; taken: number };
  instances: { limit: number; taken: number };
  /** Open files that one process may have; null: not known. */
  open_files: number | null;
}

// SQLite, the log, the door with its connections, an extractor's pipes and the file that is read.
const OPEN_FILES_NEEDED = 256;
// How long counting directories may take: a doctor is waited for.
const COUNT_MS = 10_000;

/** Whether the limits of Linux leave room for a watch on every directory. Other systems have none of these. */
export function examineLimits(
  agents: readonly Agent[],
  paths: Paths,
  daemonPid: number | undefined,
): readonly DiagnosisFinding[] {
  const watches = readInotifyLimit("max_user_watches");
  const instances = readInotifyLimit("max_user_instances");
  if (watches === undefined || instances === undefined) {
    return [ok("limits", `${process.platform} has no limit on what is watched`)];
  }
  const { needed, isWhole } = countDirectories(agents, paths);
  const taken = countTaken(daemonPid);
  const findings = judgeLimits({
    watches: { limit: watches, needed, taken: taken.watches },
    instances: { limit: instances, taken: taken.instances },
    open_files: readOpenFiles(),
  });
  if (isWhole) return findings;
  const message = `there are more directories than could be counted in ${COUNT_MS / 1000} s: at least ${needed}`;
  const hint = `If \`status\` speaks of a limit, raise it: ${raiseLine("max_user_watches", 4 * needed)}`;
  return [...findings, note("limits", { code: "watch_limit_unknown", message, hint })];
}

export function judgeLimits({ watches, instances, open_files }: Demand): DiagnosisFinding[] {
  const findings: DiagnosisFinding[] = [];
  const wanted = watches.needed + watches.taken;
  if (wanted > watches.limit) {
    findings.push(
      problem("limits", {
        code: "watch_limit",
        message: `${watches.needed} directories are to be watched and other programs watch ${watches.taken}, but fs.inotify.max_user_watches is ${watches.limit}`,
        hint: `Run: ${raiseLine("max_user_watches", 2 * wanted)}`,
      }),
    );
  }
  if (instances.taken + 1 > instances.limit) {
    findings.push(
      problem("limits", {
        code: "watch_limit",
        message: `other programs of this user hold ${instances.taken} inotify instances, and fs.inotify.max_user_instances is ${instances.limit}`,
        hint: `Run: ${raiseLine("max_user_instances", 2 * instances.limit)}`,
      }),
    );
  }
  if (open_files !== null && open_files < OPEN_FILES_NEEDED) {
    findings.push(
      problem("limits", {
        code: "open_files_limit",
        message: `a process may open ${open_files} files at once, and ${OPEN_FILES_NEEDED} are needed`,
        hint: "Run: ulimit -n 1024, before you start the daemon; for good, raise nofile in /etc/security/limits.conf.",
      }),
    );
  }
  if (findings.length > 0) return findings;
  const many = watches.needed === 1 ? "1 directory" : `${watches.needed} directories`;
  const said = `${many} to watch; ${watches.limit - watches.taken} watches are free`;
  return [ok("limits", said)];
}

function countDirectories(
  agents: readonly Agent[],
  paths: Paths,
): { needed: number; isWhole: boolean } {
  const deadline = performance.now() + COUNT_MS;
  let needed = 0;
  for (const { directories } of agents) {
    const roots = directories.map((directory) => directory.path);
    for (const directory of directories) {
      if (directory.watch !== true || !path.isAbsolute(directory.path)) continue;
      for (const step of walk(createBoundary(directory, roots, paths), directory.path)) {
        if (step.kind === "directory") needed += 1;
        if (performance.now() > deadline) return { needed, isWhole: false };
      }
    }
  }
  return { needed, isWhole: true };
}

/** What this user's other processes hold, as far as it can be seen. */
function countTaken(daemonPid: number | undefined): { watches: number; instances: number } {
  const taken = { watches: 0, instances: 0 };
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/u.test(name))) {
    if (Number(pid) === daemonPid) continue;
    try {
      if (statSync(`/proc/${pid}`).uid !== process.getuid?.()) continue;
      for (const handle of readdirSync(`/proc/${pid}/fdinfo`)) {
        const text = readFileSync(`/proc/${pid}/fdinfo/${handle}`, "latin1");
        const watches = text.match(/^inotify wd:/gmu)?.length ?? 0;
        taken.watches += watches;
        // One without watches cannot be told from other handles, and does no harm.
        if (watches > 0) taken.instances += 1;
      }
    } catch {
      // It ended meanwhile.
    }
  }
  return taken;
}

function readOpenFiles(): number | null {
  try {
    // Node raises its own limit to the hard one, which is the second number.
    const [, hard] =
      /^Max open files\s+\S+\s+(\d+)/mu.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return hard === undefined ? null : Number(hard);
  } catch {
    return null;
  }
}
