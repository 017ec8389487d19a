import { readdirSync, readFileSync, statSync } from "node:fs";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { raiseLine, readInotifyLimit } from "../watch/watch-fault.ts";
import { note, ok, problem } from "./finding.ts";
import type { Survey } from "./survey.ts";

/** Limits of the system, what this home needs of them, and what other processes take. */
export interface Demand {
  watches: { limit: number; needed: number; taken: number };
  instances: { limit: number; taken: number };
  /** How many files one process may open; null: unknown. */
  open_files: number | null;
}

// For SQLite, the log, the API with its connections, an extractor's pipes, and the file being read.
const OPEN_FILES_NEEDED = 256;

/** Where the kernel's files are (`/proc`), and which process of it is the daemon. */
export interface LimitSources {
  proc: string;
  daemonPid: number | undefined;
}

/** Checks that the limits of Linux allow a watch on every directory. Other systems have no such limits. */
export function examineLimits(
  { watched: needed, isWhole }: Pick<Survey, "watched" | "isWhole">,
  sources: LimitSources,
): readonly DiagnosisFinding[] {
  const watches = readInotifyLimit("max_user_watches", sources.proc);
  const instances = readInotifyLimit("max_user_instances", sources.proc);
  if (watches === undefined || instances === undefined) {
    return [ok("limits", `${process.platform} has no limit on watches.`)];
  }
  const taken = countTaken(sources);
  const findings = judgeLimits({
    watches: { limit: watches, needed, taken: taken.watches },
    instances: { limit: instances, taken: taken.instances },
    open_files: readOpenFiles(sources.proc),
  });
  if (isWhole) return findings;
  const message = `There are at least ${needed} directories, too many to count in time.`;
  const hint = `If \`status\` reports a limit, run \`${raiseLine("max_user_watches", 4 * needed)}\`.`;
  return [...findings, note("limits", { code: "watch_limit_unknown", message, hint })];
}

export function judgeLimits({ watches, instances, open_files }: Demand): DiagnosisFinding[] {
  const findings: DiagnosisFinding[] = [];
  const wanted = watches.needed + watches.taken;
  if (wanted > watches.limit) {
    findings.push(
      problem("limits", {
        code: "watch_limit",
        message: `This home has ${watches.needed} directories to watch and other programs watch ${watches.taken}, but fs.inotify.max_user_watches is ${watches.limit}.`,
        hint: `Run \`${raiseLine("max_user_watches", 2 * wanted)}\`.`,
      }),
    );
  }
  if (instances.taken + 1 > instances.limit) {
    findings.push(
      problem("limits", {
        code: "watch_limit",
        message: `Other programs of this user hold ${instances.taken} inotify instances, and fs.inotify.max_user_instances is ${instances.limit}.`,
        hint: `Run \`${raiseLine("max_user_instances", 2 * instances.limit)}\`.`,
      }),
    );
  }
  if (open_files !== null && open_files < OPEN_FILES_NEEDED) {
    findings.push(
      problem("limits", {
        code: "open_files_limit",
        message: `A process may open only ${open_files} files at once, and the daemon needs ${OPEN_FILES_NEEDED}.`,
        hint: "Run `ulimit -n 1024` before you start the daemon, or raise nofile in /etc/security/limits.conf for good.",
      }),
    );
  }
  if (findings.length > 0) return findings;
  const many = watches.needed === 1 ? "1 directory" : `${watches.needed} directories`;
  return [ok("limits", `${many} to watch; ${watches.limit - watches.taken} watches are free.`)];
}

/** What this user's other processes hold, as far as /proc shows it. */
function countTaken({ proc, daemonPid }: LimitSources): { watches: number; instances: number } {
  const taken = { watches: 0, instances: 0 };
  for (const pid of readdirSync(proc).filter((name) => /^\d+$/u.test(name))) {
    if (Number(pid) === daemonPid) continue;
    try {
      if (statSync(`${proc}/${pid}`).uid !== process.getuid?.()) continue;
      for (const handle of readdirSync(`${proc}/${pid}/fdinfo`)) {
        const text = readFileSync(`${proc}/${pid}/fdinfo/${handle}`, "latin1");
        const watches = text.match(/^inotify wd:/gmu)?.length ?? 0;
        taken.watches += watches;
        // An instance without watches looks like other handles, and is harmless.
        if (watches > 0) taken.instances += 1;
      }
    } catch {
      // It ended meanwhile.
    }
  }
  return taken;
}

function readOpenFiles(proc: string): number | null {
  try {
    // Node raises its own limit to the hard limit, which is the second number.
    const [, hard] =
      /^Max open files\s+\S+\s+(\d+)/mu.exec(readFileSync(`${proc}/self/limits`, "utf8")) ?? [];
    return hard === undefined ? null : Number(hard);
  } catch {
    return null;
  }
}
