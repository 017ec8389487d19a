import path from "node:path";
import type { SkipReason } from "../protocol/file.ts";
import { type Boundary, createBoundary, isWithin, relativePath } from "./boundary.ts";
import { createFileComparison, describePlace, type ScanTime } from "./compare-file.ts";
import { createFilter } from "./filter.ts";
import type { KnownFile, KnownFiles } from "./known-files.ts";
import { createBatcher, type Batcher } from "./batcher.ts";
import { openKnownInOrder } from "./known-in-order.ts";
import { describeLoss, describeProblem, type Identity, isStill, openRoot } from "./root.ts";
import type { ScanDirectory, ScannedRoot, ScanPart, ScanRequest } from "./scan-messages.ts";
import { lookAt, walk } from "./walk.ts";

/** Compares an agent's directories with what is known of their files, and emits the difference in parts. */
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
    return { path: root, online: false, problem: opened.problem, identity: null, files: 0 };
  }
  return compareTree(directory, opened.identity, context);
}

function compareTree(
  directory: ScanDirectory,
  identity: Identity,
  { request, known, time, batcher, boundary }: Context,
): ScannedRoot {
  const agentId = request.agent.id;
  const { root } = boundary;
  const seen: ScannedRoot = { path: root, online: true, problem: null, identity, files: 0 };
  const unreadableEndings = new Set(request.unreadable_endings);
  /** Directories that could not be read: nothing is concluded of what is below them. */
  const unreadable = new Set<string>();

  const files = createFileComparison({
    root,
    request,
    filter: createFilter(directory, request.agent, (ending) =>
      unreadableEndings.has(ending) ? false : undefined,
    ),
    batcher,
    time,
    onMissing: (file) => concludeMissing(path.dirname(file.path), [file]),
  });

  const compareBelow = (start: string, only?: ReadonlySet<string>): void => {
    const unvisited = new Set(only === undefined ? known.directories(agentId, start) : []);
    for (const step of walk(boundary, start, only)) {
      switch (step.kind) {
        case "directory": {
          unvisited.delete(step.directory);
          const inOrder = openKnownInOrder(rowsIn(step.directory, only));
          for (const file of step.files) {
            seen.files += 1;
            files.compare(file, inOrder.take(file.path));
          }
          concludeMissing(step.directory, inOrder.rest());
          break;
        }
        case "stopped":
          if (step.reason !== "nested") batcher.addIgnored(step.directory, step.reason);
          break;
        case "unreadable":
          noteUnreadable(step.directory, step.code);
      }
      if (!seen.online) return;
      if (request.shallow && step.kind === "directory") break;
    }
    concludeUnvisited(unvisited);
  };

  const rowsIn = (inner: string, only?: ReadonlySet<string>): KnownFile[] => {
    const rows = known.inDirectory(agentId, inner);
    return only === undefined ? rows : rows.filter((row) => only.has(path.basename(row.path)));
  };

  const noteUnreadable = (inner: string, code: string): void => {
    const problem = describeProblem(inner, code);
    if (inner === root) Object.assign(seen, { online: false, problem });
    // One that vanished in between is no problem: its files are gone.
    else if (problem.code === "directory_unreadable") {
      unreadable.add(inner);
      batcher.addProblem({ path: inner, ...problem });
    }
  };

  /** Says what became of known files that were not among those read in their directory. */
  const concludeMissing = (inner: string, rows: Iterable<KnownFile>): void => {
    const gone: KnownFile[] = [];
    for (const row of rows) {
      if (row.state === "gone") continue;
      const found = lookAt(row.path);
      if (found === "missing" || found === "directory") gone.push(row);
      else if (found === "file" && boundary.holdsOwn(inner)) skipUnseen(row, "ignored");
    }
    reportGone(gone);
  };

  /** Says what became of the files known in directories that the walk did not come to. */
  const concludeUnvisited = (directories: Iterable<string>): void => {
    for (const inner of directories) {
      if (!seen.online) return;
      const fate = explain(inner);
      if (fate !== undefined) conclude(rowsIn(inner), fate);
    }
  };

  const conclude = (rows: KnownFile[], fate: "gone" | SkipReason): void => {
    const rest = rows.filter((row) => row.state !== "gone");
    if (fate === "gone") reportGone(rest);
    else for (const row of rest) skipUnseen(row, fate);
  };

  /** Why a walk from the root does not come to a directory; undefined: it does, or that cannot be told. */
  const explain = (inner: string): "gone" | SkipReason | undefined => {
    if (boundary.nested.some((other) => isWithin(other, inner))) return undefined;
    let step = root;
    for (const name of relativePath(root, inner).split("/").filter(Boolean)) {
      step = path.join(step, name);
      if (unreadable.has(step)) return undefined;
      const found = lookAt(step);
      if (found === "unknown") return undefined;
      if (found === "missing" || found === "file") return "gone";
      if (found === "symlink") return "symlink";
      const reason = boundary.stops(step);
      if (reason !== undefined) return reason === "max_depth" ? "not_watched" : "ignored";
    }
    return undefined;
  };

  const reportGone = (rows: KnownFile[]): void => {
    if (rows.length === 0) return;
    // A drive that was pulled out takes its files from sight without deleting them.
    if (!isStill(root, identity)) {
      Object.assign(seen, { online: false, problem: describeLoss(root) });
      return;
    }
    for (const row of rows) batcher.addGone(row.file_id);
  };

  const skipUnseen = (row: KnownFile, reason: SkipReason): void => {
    if (row.state === "skipped" && row.reason === reason) {
      batcher.count("still_skipped");
      return;
    }
    const found = { ...describePlace(root, row.path, row), stats: null, reason };
    batcher.add((batch) => batch.skipped.push(found));
  };

  const comparePaths = (paths: readonly string[]): void => {
    const names = new Map<string, Set<string>>();
    for (const wanted of paths) {
      const parent = path.dirname(wanted);
      const fate = explain(parent);
      const found = lookAt(wanted);
      if (fate !== undefined) conclude(rowsIn(parent, new Set([path.basename(wanted)])), fate);
      else if (found === "directory" && boundary.stops(wanted) === undefined) {
        compareBelow(wanted);
        continue;
      } else names.set(parent, (names.get(parent) ?? new Set()).add(path.basename(wanted)));
      concludeUnvisited(known.directories(agentId, wanted));
    }
    for (const [parent, only] of names) compareBelow(parent, only);
  };

  /** A watched directory inside another that is named is not named with it. */
  const names = (wanted: string): boolean =>
    wanted === root ||
    (isWithin(wanted, root) && request.directories.every((other) => other.path !== wanted));

  const { paths } = request;
  const isWhole = paths === null || paths.some(names);
  if (isWhole) compareBelow(root);
  if (!isWhole || request.shallow) {
    comparePaths(
      (paths ?? []).filter(
        (wanted) =>
          wanted !== root &&
          isWithin(root, wanted) &&
          !boundary.nested.some((other) => isWithin(other, wanted)),
      ),
    );
  }
  files.settle();
  return seen;
}
