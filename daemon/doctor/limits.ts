import { readdirSync, readFileSync, statSync } from "node:fs";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { raiseLine, readInotifyLimit } from "../watch/watch-fault.ts";
import { note, ok, problem } from "./finding.ts";
import type { Survey } from "./survey.ts";

/** What of a limit is there, is needed, and is taken by others. */
export interface Demand {
  watches: { limit: number; needed: number; taken: number };
  instances: { limit: number; taken: number };
  /** Open files that one process may have; null: not known. */
  open_files: number | null;
}

// SQLite, the log, the door with its connections, an extractor's pipes and the file that is read.
const OPEN_FILES_NEEDED = 256;
/** Whether the limits of Linux leave room for a watch on every directory. Other systems have none of these. */
export function examineLimits(
  { watched: needed, isWhole }: Pick<Survey, "watched" | "isWhole">,
  daemonPid: number | undefined,
): readonly DiagnosisFinding[] {
  const watches = readInotifyLimit("max_user_watches");
  const instances = readInotifyLimit("max_user_instances");
  if (watches === undefined || instances === undefined) {
    return [ok("limits", `${process.platform} has no limit on what is watched`)];
  }
  const taken = countTaken(daemonPid);
  const findings = judgeLimits({
    watches: { limit: watches, needed, taken: taken.watches },
    instances: { limit: instances, taken: taken.instances },
    open_files: readOpenFiles(),
  });
  if (isWhole) return findings;
  const message = `there are more directories than could be counted in the time for it: at least ${needed}`;
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
