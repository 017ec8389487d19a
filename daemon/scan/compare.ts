import path from "node:path";
import { type Batcher, createBatcher } from "./batcher.ts";
import { type Boundary, createBoundary, isWithin } from "./boundary.ts";
import { createFileComparison, type FileComparison, type ScanTime } from "./compare-file.ts";
import {
  conclude,
  concludeMissing,
  concludeUnvisited,
  explainUnreached,
  type RootScan,
  rowsIn,
} from "./conclude.ts";
import { createFilter } from "./filter.ts";
import type { KnownFiles } from "./known-files.ts";
import { openKnownInOrder } from "./known-in-order.ts";
import { describeAway, isMounted, listAway } from "./mounts.ts";
import { describeProblem, type Identity, openRoot } from "./root.ts";
import type { ScanDirectory, ScannedRoot, ScanPart, ScanRequest } from "./scan-messages.ts";
import { lookAt, walk } from "./walk.ts";

/** Compares an agent's directories with what the journal knows of their files, and emits the differences. */
export function compareAgent(
  request: ScanRequest,
  known: KnownFiles,
  time: ScanTime,
  emit: (part: ScanPart) => void,
): void {
  const batcher = createBatcher(emit);
  const directories = new Map(request.directories.map((directory) => [directory.path, directory]));
  const roots = [...directories.values()].map((directory) => {
    const boundary = createBoundary(directory, [...directories.keys()], request.places);
    return compareRoot(directory, { request, known, time, batcher, boundary });
  });
  batcher.finish(roots);
}

interface Context {
  request: ScanRequest;
  known: KnownFiles;
  time: ScanTime;
  batcher: Batcher;
  boundary: Boundary;
}

function compareRoot(directory: ScanDirectory, context: Context): ScannedRoot {
  const { path: root, identity } = directory;
  const opened = openRoot(root, {
    identity,
    hasFiles: () => context.known.directories(context.request.agent.id, root).length > 0,
  });
  if (!opened.online) {
    return {
      path: root,
      online: false,
      problem: opened.problem,
      identity: null,
      files: 0,
      mounts: null,
    };
  }
  return compareTree(directory, opened.identity, context);
}

function compareTree(
  directory: ScanDirectory,
  identity: Identity,
  { request, known, time, batcher, boundary }: Context,
): ScannedRoot {
  const { root } = boundary;
  const seen: ScannedRoot = {
    path: root,
    online: true,
    problem: null,
    identity,
    files: 0,
    mounts: null,
  };
  const scan: RootScan = {
    request,
    known,
    batcher,
    boundary,
    identity,
    seen,
    unreadable: new Set(),
    mounts: new Set(directory.mounts),
  };
  const unreadableEndings = new Set(request.unreadable_endings);
  const files = createFileComparison({
    root,
    request,
    known,
    filter: createFilter(directory, request.agent, (ending) =>
      unreadableEndings.has(ending) ? false : undefined,
    ),
    batcher,
    time,
    onMissing: (file) => concludeMissing(scan, path.dirname(file.path), [file]),
  });

  const isWhole = request.paths === null || request.paths.some((wanted) => namesRoot(scan, wanted));
  if (isWhole) compareBelow(scan, files, root);
  if (!isWhole || request.shallow) comparePaths(scan, files);
  files.settle();
  noteMounts(scan, directory.mounts);
  return seen;
}

/** Reports the mounts that are away, and which are known from now on. */
function noteMounts(
  { request, known, batcher, seen, mounts }: RootScan,
  before: readonly string[],
): void {
  if (!seen.online) return;
  const away = listAway(before, known, request.agent.id);
  for (const mount of away) batcher.addProblem({ path: mount, ...describeAway(mount) });
  seen.mounts = [...mounts].filter((mount) => away.includes(mount) || isMounted(mount));
}

/** Whether a path of the request covers the whole root. A watched directory does not cover the roots inside it. */
function namesRoot({ request, boundary: { root } }: RootScan, wanted: string): boolean {
  return (
    wanted === root ||
    (isWithin(wanted, root) && request.directories.every((other) => other.path !== wanted))
  );
}

/** Compares the files in the paths of the request and below them, as far as they belong to the root. */
function comparePaths(scan: RootScan, files: FileComparison): void {
  const { request, known, boundary } = scan;
  const names = new Map<string, Set<string>>();
  for (const wanted of request.paths ?? []) {
    if (!isOwnPath(boundary, wanted)) continue;
    const parent = path.dirname(wanted);
    const name = path.basename(wanted);
    const fate = explainUnreached(scan, parent);
    if (fate !== undefined) conclude(scan, rowsIn(scan, parent, new Set([name])), fate);
    else if (lookAt(wanted) === "directory" && boundary.stops(wanted) === undefined) {
      compareBelow(scan, files, wanted);
      continue;
    } else names.set(parent, (names.get(parent) ?? new Set()).add(name));
    concludeUnvisited(scan, known.directories(request.agent.id, wanted));
  }
  for (const [parent, only] of names) compareBelow(scan, files, parent, only);
}

function isOwnPath({ root, nested }: Boundary, wanted: string): boolean {
  return (
    wanted !== root && isWithin(root, wanted) && !nested.some((other) => isWithin(other, wanted))
  );
}

/** @param only compares only the files with these names directly in `start` */
function compareBelow(
  scan: RootScan,
  files: FileComparison,
  start: string,
  only?: ReadonlySet<string>,
): void {
  const { request, known, batcher, boundary, seen } = scan;
  const unvisited = new Set(only === undefined ? known.directories(request.agent.id, start) : []);
  for (const step of walk(boundary, start, only)) {
    switch (step.kind) {
      case "directory": {
        unvisited.delete(step.directory);
        if (step.is_mount) scan.mounts.add(step.directory);
        const inOrder = openKnownInOrder(rowsIn(scan, step.directory, only));
        for (const file of step.files) {
          seen.files += 1;
          files.compare(file, inOrder.take(file.path));
        }
        concludeMissing(scan, step.directory, inOrder.rest());
        break;
      }
      case "stopped":
        if (step.reason !== "nested") batcher.addIgnored(step.directory, step.reason);
        break;
      case "unreadable":
        noteUnreadable(scan, step.directory, step.code);
    }
    if (!seen.online) return;
    if (request.shallow && step.kind === "directory") break;
  }
  concludeUnvisited(scan, unvisited);
}

function noteUnreadable(
  { boundary, seen, unreadable, batcher }: RootScan,
  directory: string,
  systemCode: string,
): void {
  const problem = describeProblem(directory, systemCode);
  if (directory === boundary.root) Object.assign(seen, { online: false, problem });
  // A directory that vanished meanwhile is no problem: its files are gone.
  else if (problem.code !== "directory_missing") {
    unreadable.add(directory);
    batcher.addProblem({ path: directory, ...problem });
  }
}
