import type { DirectoryCoverage } from "../protocol/verify.ts";
import { createBoundary } from "./boundary.ts";
import type { KnownFile, KnownFiles } from "./known-files.ts";
import { listAway } from "./mounts.ts";
import { openRoot } from "./root.ts";
import { type CoverageRequest, LISTED_PATHS } from "./scan-messages.ts";
import { walk } from "./walk.ts";

/**
 * Counts the files on disk against the journal, directory by directory: each must have a row. It uses no
 * conclusion of a scan, so that it can find what a scan missed.
 */
export function countCoverage(request: CoverageRequest, known: KnownFiles): DirectoryCoverage[] {
  const roots = new Set(request.directories.map((directory) => directory.path));
  return request.directories
    .filter((directory) => roots.delete(directory.path))
    .map((directory) => countRoot(directory, request, known));
}

function countRoot(
  directory: CoverageRequest["directories"][number],
  { agent, directories, places }: CoverageRequest,
  known: KnownFiles,
): DirectoryCoverage {
  const roots = directories.map((other) => other.path);
  const boundary = createBoundary(directory, roots, places);
  const opened = openRoot(boundary.root, {
    identity: directory.identity,
    hasFiles: () => known.directories(agent.id, boundary.root).length > 0,
  });
  const coverage: DirectoryCoverage = {
    agent_id: agent.id,
    path: boundary.root,
    online: opened.online,
    on_disk: 0,
    done: 0,
    pending: 0,
    failed: 0,
    skipped: 0,
    unaccounted: [],
    ignored: [],
  };
  if (!coverage.online) return coverage;
  const ignore = (ignored: string, reason: string): void => {
    if (coverage.ignored.length < LISTED_PATHS) coverage.ignored.push({ path: ignored, reason });
  };
  for (const mount of listAway(directory.mounts, known, agent.id)) ignore(mount, "offline");
  for (const step of walk(boundary, boundary.root)) {
    switch (step.kind) {
      case "directory": {
        const rows = known.inDirectory(agent.id, step.directory);
        const states = new Map(rows.map((row) => [row.path, row.state]));
        for (const file of step.files) countFile(coverage, file.path, states.get(file.path));
        break;
      }
      case "stopped":
        if (step.reason !== "nested") ignore(step.directory, step.reason);
        break;
      case "unreadable":
        if (step.directory === boundary.root) coverage.online = false;
        else ignore(step.directory, "unreadable");
    }
  }
  return coverage;
}

function countFile(
  coverage: DirectoryCoverage,
  file: string,
  state: KnownFile["state"] | undefined,
): void {
  coverage.on_disk += 1;
  switch (state) {
    case "done":
    case "failed":
    case "skipped":
      coverage[state] += 1;
      return;
    case "pending":
    case "working":
      coverage.pending += 1;
      return;
    case "gone":
    case undefined:
      if (coverage.unaccounted.length < LISTED_PATHS) coverage.unaccounted.push(file);
  }
}
