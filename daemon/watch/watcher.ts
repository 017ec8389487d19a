import { realpath, stat } from "node:fs/promises";
import type { Clock } from "../core/clock.ts";
import { isAbort, systemErrorCode } from "../core/errors.ts";
import type { FileError } from "../protocol/file.ts";
import type { Boundary } from "../scan/boundary.ts";
import { identityOf, watchDirectories } from "./directory-watch.ts";
import { listenForEventOverflow } from "./event-overflow.ts";
import { watchRecursively } from "./recursive-watch.ts";
import { describeProblem } from "../scan/root.ts";
import type { TreeWatch, TreeWatchOptions } from "./tree-watch.ts";
import { describeWatchFault } from "./watch-fault.ts";

/*
 * The watcher: in which directories something may have changed. It promises a hint after every change that
 * the system reports, and to say so where it cannot watch. It never says what has changed, follows no
 * symbolic link below a root and keeps nothing of files. Where events may have been dropped it hints at
 * everything; whoever must know sweeps all the same from time to time.
 */

/** Where something may have changed. */
export interface Hint {
  root: string;
  /** The directory with the files; null: all that is below the root. */
  directory: string | null;
}

export interface WatcherOptions {
  /** poll: no events, as of a network share; a hint for all of it at every interval. */
  directories: readonly { boundary: Boundary; mode: "events" | "poll" }[];
  clock: Clock;
  pollIntervalMs?: number;
  chokidarDirectories?: TreeWatchOptions["chokidarDirectories"];
  onHint(hint: Hint): void;
  /** A root is not watched: directory_missing, directory_unreadable, watch_limit, watch_failed. Once for each. */
  onTrouble(trouble: FileError & { root: string }): void;
  /** A root with a trouble is watched now. */
  onRecovered?(root: string): void;
}

export interface Watcher {
  /** Resolves when every root has been looked at, and is watched if it can be. */
  readonly ready: Promise<void>;
  /** Looks for directories whose coming went unnoticed, to watch them too; best before a sweep. */
  catchUp(): Promise<void>;
  /** No hint comes after this was called. May be called again. */
  close(): Promise<void>;
}

// How often to look whether the same directory stands in the place of a root: neither a mount nor the
// renaming of a directory above it is an event.
const LOOK_MS = 2_000;
// A full scan of a share each time, beside what the person does with it.
const POLL_INTERVAL_MS = 30_000;
// Up to the limit, watches are taken from other programs at each try.
const RETRY_MS = 300_000;

/** Watches directories and all that is below them, as far as their boundaries reach. Never throws. */
export function startWatcher(options: WatcherOptions): Watcher {
  const roots = options.directories.map((directory) => watchRoot(directory, options));
  const all = async (work: (root: Watcher) => Promise<void>): Promise<void> => {
    await Promise.all(roots.map(work));
  };
  return {
    ready: all((root) => root.ready),
    catchUp: () => all((root) => root.catchUp()),
    close: () => all((root) => root.close()),
  };
}

function watchRoot(
  { boundary, mode }: WatcherOptions["directories"][number],
  options: WatcherOptions,
): Watcher {
  const { root } = boundary;
  const { clock, pollIntervalMs = POLL_INTERVAL_MS } = options;
  const intervalMs = mode === "poll" ? pollIntervalMs : LOOK_MS;
  const closing = new AbortController();
  const ready = Promise.withResolvers<void>();
  let identity: string | undefined;
  let tree: TreeWatch | undefined;
  let looksUntilRetry = 0;
  let troubleCode: string | undefined;
  let released: Promise<unknown> = Promise.resolve();

  function openTree(realRoot: string): TreeWatch {
    const isRecursive = process.platform === "win32" || process.platform === "darwin";
    const opened = (isRecursive ? watchRecursively : watchDirectories)({
      boundary,
      realRoot,
      clock,
      ...(options.chokidarDirectories !== undefined && {
        chokidarDirectories: options.chokidarDirectories,
      }),
      onChange: hint,
      onFailure(error) {
        if (tree !== opened) return;
        release();
        looksUntilRetry = RETRY_MS / LOOK_MS;
        report(describeWatchFault(root, error));
      },
    });
    return opened;
  }

  function release(): void {
    released = Promise.all([released, tree?.close()]);
    tree = undefined;
  }

  function hint(directory: string | null): void {
    if (!closing.signal.aborted) options.onHint({ root, directory });
  }

  function report(trouble: FileError): void {
    if (trouble.code === troubleCode || closing.signal.aborted) return;
    troubleCode = trouble.code;
    options.onTrouble({ ...trouble, root });
  }

  async function look(): Promise<void> {
    const found = await findRoot(root);
    if (closing.signal.aborted) return;
    if ("code" in found) {
      release();
      identity = undefined;
      report(found);
      return;
    }
    if (mode === "events") {
      looksUntilRetry -= 1;
      if (identity === found.identity && (tree !== undefined || looksUntilRetry > 0)) return;
      release();
      identity = found.identity;
      const opened = openTree(found.realRoot);
      tree = opened;
      await opened.ready;
      if (closing.signal.aborted) return;
    }
    if (troubleCode !== undefined && (mode === "poll" || tree !== undefined)) {
      troubleCode = undefined;
      options.onRecovered?.(root);
    }
    hint(null);
  }

  async function keepLooking(): Promise<void> {
    try {
      for (;;) {
        await look();
        ready.resolve();
        await clock.sleep(intervalMs, closing.signal);
      }
    } catch (thrown) {
      if (!isAbort(thrown)) report(describeWatchFault(root, thrown));
    } finally {
      ready.resolve();
    }
  }
  const looking = keepLooking();

  async function catchUp(): Promise<void> {
    await tree?.catchUp();
  }
  const unlisten = listenForEventOverflow(() => {
    if (tree !== undefined) void catchUp().then(() => hint(null));
  });

  return {
    ready: ready.promise,
    catchUp,
    async close() {
      closing.abort();
      unlisten();
      release();
      await released;
      await looking;
    },
  };
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
