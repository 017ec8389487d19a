import { readdirSync } from "node:fs";
import path from "node:path";
import type { Paths } from "../core/paths.ts";
import { listScannedDirectories } from "../journal/directories.ts";
import { openKnownFiles } from "../journal/known-file-reader.ts";
import { openToRead } from "../journal/open.ts";
import type { Agent, Directory } from "../protocol/agent.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { isWithin } from "../scan/boundary.ts";
import { type Identity, openRoot } from "../scan/root.ts";
import { note, ok, problem } from "./finding.ts";
import { findMount, isRemote, type Mount, readMounts } from "./mounts.ts";

/** What the journal knows about an agent's directory. */
type Known = (
  agentId: string,
  root: string,
) => { identity: Identity | null; hasFiles: () => boolean };

/**
 * Checks that every directory exists, can be read, and is watched in a way that notices changes.
 *
 * @param hasJournal whether a readable journal exists
 */
export async function examineDirectories(
  agents: readonly Agent[],
  paths: Paths,
  hasJournal: boolean,
): Promise<DiagnosisFinding[]> {
  const mounts = readMounts();
  const examine = (known: Known): DiagnosisFinding[] =>
    agents.flatMap((agent) =>
      agent.directories.flatMap((directory) => [
        ...examineDirectory(agent, directory, known),
        ...examinePlace(agent, directory, paths, mounts),
      ]),
    );
  const found = hasJournal
    ? await withKnown(paths.database, examine)
    : examine(() => ({ identity: null, hasFiles: () => false }));
  found.push(...examineOverlaps(agents));
  const count = agents.flatMap(({ directories }) => directories).length;
  if (count === 0 || found.some(({ level }) => level === "problem")) return found;
  return [
    ok("directories", `${count === 1 ? "1 directory" : `${count} directories`} can be read.`),
    ...found,
  ];
}

async function withKnown<T>(database: string, work: (known: Known) => T): Promise<T> {
  const { journal } = await openToRead(database);
  try {
    using files = openKnownFiles(database);
    return work((agentId, root) => ({
      identity: listScannedDirectories(journal, agentId).get(root) ?? null,
      hasFiles: () => files.directories(agentId, root).length > 0,
    }));
  } finally {
    journal.close();
  }
}

/** The directories that several agents read: what they say is recorded by each of them. */
function examineOverlaps(agents: readonly Agent[]): DiagnosisFinding[] {
  const all = agents.flatMap(({ id, directories }) =>
    directories.map(({ path }) => ({ id, path })),
  );
  const seen = new Set<string>();
  return all.flatMap((inner, at) =>
    all
      .filter(
        (outer, before) =>
          outer.id !== inner.id &&
          isWithin(outer.path, inner.path) &&
          // Of two equal directories, one is reported.
          (outer.path !== inner.path || before < at),
      )
      // An agent may have the directory and one above it.
      .filter((outer) => {
        const pair = `${[outer.id, inner.id].toSorted().join(" ")} ${inner.path}`;
        return !seen.has(pair) && seen.add(pair);
      })
      .map((outer) =>
        note("directories", {
          code: "directories_overlap",
          agent_id: inner.id,
          message: `The agents ${outer.id} and ${inner.id} both read ${inner.path}, so what both find there is recorded twice.`,
          hint: `Unless that is what you want, remove it from one of them, or write \`exclude\` next to ${outer.path} in the config.`,
        }),
      ),
  );
}

function examineDirectory(
  agent: Agent,
  { path: root }: Directory,
  known: Known,
): DiagnosisFinding[] {
  // A path with an unset variable, which the findings about the config report.
  if (!path.isAbsolute(root)) return [];
  const opened = openRoot(root, known(agent.id, root));
  return opened.online ? [] : [problem("directories", { ...opened.problem, agent_id: agent.id })];
}

function examinePlace(
  { id: agent_id }: Agent,
  { path: root, watch }: Directory,
  { own, inbox }: Paths,
  mounts: readonly Mount[],
): DiagnosisFinding[] {
  const findings: DiagnosisFinding[] = [];
  const home = own.find((place) => isWithin(place, root));
  if (home !== undefined && !isWithin(inbox, root)) {
    const message = `${root} is inside ${home}, where Agent Runner keeps its own files.`;
    const hint = "Move the documents elsewhere, and write the new path into the config.";
    findings.push(problem("directories", { code: "directory_in_home", agent_id, message, hint }));
  }
  const mount = findMount(mounts, root);
  if (mount && isRemote(mount) && watch === true) {
    const message = `${root} is on a network file system (${mount.type}), which does not report changes made on other machines.`;
    const hint = "Write `watch: poll` next to its path in the config.";
    findings.push(problem("directories", { code: "watch_unreliable", agent_id, message, hint }));
  }
  if (isMountPoint(root) && mount?.place !== root && mounts.length > 0 && isEmpty(root)) {
    const message = `${root} is empty, and nothing is mounted there.`;
    const hint = "Mount the drive, if one belongs there.";
    findings.push(note("directories", { code: "directory_empty", agent_id, message, hint }));
  }
  return findings;
}

/** Whether drives are usually mounted on a path like this (Filesystem Hierarchy Standard 3.0; udisks). */
function isMountPoint(root: string): boolean {
  return /^\/(mnt|media|run\/media|Volumes)(\/|$)/u.test(root);
}

function isEmpty(root: string): boolean {
  try {
    return readdirSync(root).length === 0;
  } catch {
    return false;
  }
}
