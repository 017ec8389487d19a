import { listScannedDirectories } from "../journal/directories.ts";
import { hasStaleResults } from "../journal/files.ts";
import { listMounts } from "../journal/mounts.ts";
import type { Journal } from "../journal/open.ts";
import type { Agent } from "../protocol/agent.ts";
import { isWithin } from "../scan/boundary.ts";
import type { CoverageRequest, ScanRequest } from "../scan/scan-messages.ts";
import type { RunRequest } from "./run-request.ts";

export interface ScanOptions {
  journal: Journal;
  places: ScanRequest["places"];
  /** Endings of files whose format is known and cannot be read, with the dot. */
  unreadableEndings: readonly string[];
}

/** What a scan needs to know to list the files of a run. */
export function toScanRequest(options: ScanOptions, request: RunRequest): ScanRequest {
  const { agent, force, paths, shallow, by_hand } = request;
  return {
    ...toCoverageRequest(options, agent),
    unreadable_endings: options.unreadableEndings,
    paths: paths && withNested(paths, by_hand ? agent.directories : []),
    shallow,
    // Whether the same content needs work again is decided for each file when it is observed.
    force: force || hasStaleResults(options.journal, agent, request),
    settle_ms: by_hand ? 0 : agent.settle_seconds * 1000,
    resettle_ms: by_hand ? 0 : agent.resettle_seconds * 1000,
  };
}

/** What a scan needs to know to count an agent's files against the journal. */
export function toCoverageRequest(
  { journal, places }: Pick<ScanOptions, "journal" | "places">,
  agent: Agent,
): CoverageRequest {
  const identities = listScannedDirectories(journal, agent.id);
  const mounts = listMounts(journal, agent.id);
  const { id, extensions, modified_after, max_file_bytes, conflict_copies = "skip" } = agent;
  return {
    agent: { id, extensions, modified_after, max_file_bytes, conflict_copies },
    directories: agent.directories.map(({ path, max_depth, include, exclude }) => ({
      path,
      max_depth,
      include,
      exclude,
      identity: identities.get(path) ?? null,
      mounts: mounts.get(path) ?? [],
    })),
    places,
  };
}

/** A person who names a directory means the watched ones inside it too, whatever their `watch` is. */
function withNested(paths: readonly string[], directories: Agent["directories"]): string[] {
  const nested = directories.filter((inner) => paths.some((outer) => isWithin(outer, inner.path)));
  return [...new Set([...paths, ...nested.map(({ path }) => path)])];
}
