import type { Agent } from "../protocol/agent.ts";
import type { FileError } from "../protocol/file.ts";
import { isWithin } from "../scan/boundary.ts";
import type { ScanSummary } from "../scan/scan-messages.ts";
import type { RunRequest } from "./run-request.ts";

/** What is wrong with the directories of each agent, as of the last look at each directory, and with that look. */
export interface DirectoryProblems {
  /** Replaces what an earlier look found at the places that this one looked at. */
  update(request: RunRequest, summary: ScanSummary): void;
  /** Notes that a look at an agent's directories broke off; its next one that does not removes the problem. */
  fail(agentId: string, error: FileError): void;
  /** The problems of the directories that the agent still has. */
  of(agent: Pick<Agent, "id" | "directories">): readonly FileError[];
}

export function createDirectoryProblems(): DirectoryProblems {
  const found = new Map<string, readonly ScanSummary["problems"][number][]>();
  const failures = new Map<string, FileError>();
  return {
    fail(agentId, { message, hint }) {
      const what = `A look at the directories broke off: ${message}`;
      failures.set(agentId, { code: "scan_failed", message: what, hint });
    },
    update(request, { roots, problems }) {
      const { id } = request.agent;
      failures.delete(id);
      const ofRoots = roots.flatMap(({ path, problem }) =>
        problem === null ? [] : [{ path, ...problem }],
      );
      const looked = new Set(roots.map(({ path }) => path));
      const others = (found.get(id) ?? []).filter(
        ({ path }) => !looked.has(path) && !looksAt(request, path),
      );
      found.set(id, [...ofRoots, ...others, ...problems]);
    },
    of({ id, directories }) {
      const isWatched = (path: string): boolean =>
        directories.some((directory) => isWithin(directory.path, path));
      const ofDirectories = found.get(id)?.filter(({ path }) => isWatched(path)) ?? [];
      const failure = failures.get(id);
      return failure === undefined ? ofDirectories : [failure, ...ofDirectories];
    },
  };
}

/** Whether a scan for the request finds out if a directory below a root can be read. */
function looksAt({ paths, shallow }: RunRequest, directory: string): boolean {
  if (paths === null) return true;
  return paths.some((wanted) => (shallow ? wanted === directory : isWithin(wanted, directory)));
}
