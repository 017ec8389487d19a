import { realpath, stat } from "node:fs/promises";
import type { Clock } from "../core/clock.ts";
import { isAbort, systemErrorCode } from "../core/errors.ts";
import type { FileError } from "../protocol/file.ts";
import type { Boundary } from "../scan/boundary.ts";
import { describeProblem } from "../scan/root.ts";
import { watchDirectories } from "./directory-watch.ts";
import { listenForEventOverflow } from "./event-overflow.ts";
import type { Hint } from "./hint.ts";
import { identityOf } from "./look-directory.ts";
import { watchRecursively } from "./recursive-watch.ts";
import type { TreeWatch, TreeWatchOptions } from "./tree-watch.ts";
import { describeWatchFault } from "./watch-fault.ts";

export interface RootWatchOptions {
  clock: Clock;
  pollIntervalMs?: number;
  chokidarDirectories?: TreeWatchOptions["chokidarDirectories"];
  onHint(hint: Hint): void;
  /**
   * A root is not watched: directory_missing, directory_unreadable, watch_limit, watch_failed. Called once
   * for each trouble.
   */
  onTrouble(trouble: FileError & { root: string }): void;
  /** A root with a trouble is watched again. */
  onRecovered?(root: string): void;
}

interface RootWatch {
  readonly boundary: Boundary;
  readonly mode: "events" | "poll";
  readonly options: RootWatchOptions;
  readonly closing: AbortController;
  /** The identity of the directory that is watched. */
  identity: string | undefined;
  tree: TreeWatch | undefined;
  looksUntilRetry: number;
  troubleCode: string | undefined;
  /** Resolves when the former trees are closed. */
  released: Promise<unknown>;
}

// How often to check that the path still leads to the same directory: mounting a drive there, or renaming a
// directory above it, gives no event.
const LOOK_MS = 2_000;
// Each poll is a full scan of a share, while people use it.
const POLL_INTERVAL_MS = 30_000;
// At the limit, each try takes watches away from other programs.
const RETRY_MS = 300_000;

/** Watches one root, and opens its watch again whenever another directory takes its place. */
export function watchRoot(
  { boundary, mode }: { boundary: Boundary; mode: "events" | "poll" },
  options: RootWatchOptions,
): TreeWatch {
  const watch: RootWatch = {
    boundary,
    mode,
    options,
    closing: new AbortController(),
    identity: undefined,
    tree: undefined,
    looksUntilRetry: 0,
    troubleCode: undefined,
    released: Promise.resolve(),
  };
  const ready = Promise.withResolvers<void>();
  const looking = keepLooking(watch, ready.resolve);
  const catchUp = async (): Promise<void> => {
    await watch.tree?.catchUp();
  };
  const unlisten = listenForEventOverflow(() => {
    if (watch.tree !== undefined) void catchUp().then(() => hint(watch, null));
  });
  return {
    ready: ready.promise,
    catchUp,
    async close() {
      watch.closing.abort();
      unlisten();
      release(watch);
      await watch.released;
      await looking;
    },
  };
}

/** Looks at the root again and again, until the watch is closed. */
async function keepLooking(watch: RootWatch, onLooked: () => void): Promise<void> {
  const { mode, closing, options, boundary } = watch;
  const { clock, pollIntervalMs = POLL_INTERVAL_MS } = options;
  const intervalMs = mode === "poll" ? pollIntervalMs : LOOK_MS;
  try {
    for (;;) {
      await look(watch);
      onLooked();
      await clock.sleep(intervalMs, closing.signal);
    }
  } catch (thrown) {
    if (!isAbort(thrown)) report(watch, describeWatchFault(boundary.root, thrown));
  } finally {
    onLooked();
  }
}

/** Checks that the root is there and watched, and hints at all of it if that is new or in poll mode. */
async function look(watch: RootWatch): Promise<void> {
  const { mode, closing, options, boundary } = watch;
  const found = await findRoot(boundary.root);
  if (closing.signal.aborted) return;
  if ("code" in found) {
    release(watch);
    watch.identity = undefined;
    report(watch, found);
    return;
  }
  if (mode === "events") {
    watch.looksUntilRetry -= 1;
    const isWatched = watch.tree !== undefined || watch.looksUntilRetry > 0;
    if (watch.identity === found.identity && isWatched) return;
    release(watch);
    watch.identity = found.identity;
    watch.tree = openTree(watch, found.realRoot);
    await watch.tree.ready;
    if (closing.signal.aborted) return;
  }
  if (watch.troubleCode !== undefined && (mode === "poll" || watch.tree !== undefined)) {
    watch.troubleCode = undefined;
    options.onRecovered?.(boundary.root);
  }
  hint(watch, null);
}

async function findRoot(root: string): Promise<{ identity: string; realRoot: string } | FileError> {
  try {
    const stats = await stat(root, { bigint: true });
    if (!stats.isDirectory()) return describeProblem(root, "ENOTDIR");
    return { identity: identityOf(stats), realRoot: await realpath(root) };
  } catch (error) {
    return describeProblem(root, systemErrorCode(error) ?? "UNKNOWN");
  }
}

function openTree(watch: RootWatch, realRoot: string): TreeWatch {
  const { boundary, options } = watch;
  const { clock, chokidarDirectories } = options;
  const isRecursive = process.platform === "win32" || process.platform === "darwin";
  const opened = (isRecursive ? watchRecursively : watchDirectories)({
    boundary,
    realRoot,
    clock,
    ...(chokidarDirectories !== undefined && { chokidarDirectories }),
    onChange: (directory) => hint(watch, directory),
    onFailure(error) {
      if (watch.tree !== opened) return;
      release(watch);
      watch.looksUntilRetry = RETRY_MS / LOOK_MS;
      report(watch, describeWatchFault(boundary.root, error));
    },
  });
  return opened;
}

function release(watch: RootWatch): void {
  watch.released = Promise.all([watch.released, watch.tree?.close()]);
  watch.tree = undefined;
}

function hint({ boundary, options, closing }: RootWatch, directory: string | null): void {
  if (!closing.signal.aborted) options.onHint({ root: boundary.root, directory });
}

function report(watch: RootWatch, trouble: FileError): void {
  if (trouble.code === watch.troubleCode || watch.closing.signal.aborted) return;
  watch.troubleCode = trouble.code;
  watch.options.onTrouble({ ...trouble, root: watch.boundary.root });
}
