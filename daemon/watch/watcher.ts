import type { Boundary } from "../scan/boundary.ts";
import { type RootWatchOptions, watchRoot } from "./root-watch.ts";
import type { TreeWatch } from "./tree-watch.ts";

/*
 * The watch room hints at the directories in which something may have changed. It promises a hint after
 * every change that the system reports, and a trouble for every root that it cannot watch. It never says
 * what has changed, follows no symbolic link below a root and keeps nothing about files. When events may
 * have been dropped, it hints at whole roots. A crash costs only hints: a sweep finds the same changes.
 */

export interface WatcherOptions extends RootWatchOptions {
  /** poll: hints at the whole root at every interval, for a network share that gives no events. */
  directories: readonly { boundary: Boundary; mode: "events" | "poll" }[];
}

export interface Watcher {
  /** Resolves when every root is watched or has a trouble. */
  readonly ready: Promise<void>;
  /** Watches directories that appeared without an event too; best before a sweep. */
  catchUp(): Promise<void>;
  /** Gives no hint after this call. May be called again. */
  close(): Promise<void>;
}

/** Watches directories and all below them, within their boundaries. Never throws. */
export function startWatcher(options: WatcherOptions): Watcher {
  const roots = options.directories.map((directory) => watchRoot(directory, options));
  const all = async (work: (root: TreeWatch) => Promise<void>): Promise<void> => {
    await Promise.all(roots.map(work));
  };
  return {
    ready: all((root) => root.ready),
    catchUp: () => all((root) => root.catchUp()),
    close: () => all((root) => root.close()),
  };
}
