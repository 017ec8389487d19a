import type { Agent } from "../protocol/agent.ts";
import type { FileError } from "../protocol/file.ts";
import { isWithin } from "../scan/boundary.ts";
import type { ScanSummary } from "../scan/scan-messages.ts";
import type { RunRequest } from "./run-request.ts";

/** What is wrong with the directories of each agent, as of the last look at each directory. */
export interface DirectoryProblems {
  /** Replaces what an earlier look found at the places that this one looked at. */
  update(request: RunRequest, summary: ScanSummary): void;
  /** The problems of the directories that the agent still has. */
  of(agent: Pick<Agent, "id" | "directories">): readonly FileError[];
}

export function createDirectoryProblems(): DirectoryProblems {
  const found = new Map<string, readonly ScanSummary["problems"][number][]>();
  return {
    update(request, { roots, problems }) {
      const { id } = request.agent;
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
      return found.get(id)?.filter(({ path }) => isWatched(path)) ?? [];
    },
  };
}

/** Whether a scan for the request finds out if a directory below a root can be read. */
function looksAt({ paths, shallow }: RunRequest, directory: string): boolean {
  if (paths === null) return true;
  return paths.some((wanted) => (shallow ? wanted === directory : isWithin(wanted, directory)));
}
