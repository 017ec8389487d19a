import { FSWatcher } from "chokidar";
import { countEvent } from "./event-overflow.ts";

/** The system's watches on some directories. */
export interface RawWatch {
  /** Resolves when the watches stand, have failed, or are closed. */
  readonly ready: Promise<void>;
  /** Lets one of the directories go; with the last one all is closed. */
  release(directory: string): void;
  /** May be called again. */
  close(): Promise<void>;
}

export interface RawWatchOptions {
  /** Whether what is below the directories is watched with them. */
  recursive: boolean;
  /**
   * @param directory the watched directory, as it was given
   * @param name what changed, relative to it; null: the system does not say
   * @param isRename something came, went or took another name, rather than changed its content
   */
  onChange(directory: string, name: string | null, isRename: boolean): void;
  /** Some of the watches do not stand, or not any more. A directory that is gone is no error. */
  onError(error: Error): void;
}

/** Chokidar without its listings, which ask for the stats of every file only to have each ignored. */
class DirectoryWatcher extends FSWatcher {
  override createScanStream(): undefined {}
}

/**
 * Watches directories: one watch for each, none for a file. Nothing is kept of what they hold.
 *
 * Uses chokidar's `raw` event, which its manual calls unstable, since all others need memory for every
 * file, and a method that is not meant for others. So its version is pinned, and the tests hold what is expected of it.
 *
 * @param directories absolute, with all symbolic links resolved
 */
export function openRawWatch(directories: readonly string[], options: RawWatchOptions): RawWatch {
  const { recursive, onChange, onError } = options;
  const kept = new Set(directories);
  // Chokidar asks with `/` on every system.
  const asked = new Set(directories.map((directory) => directory.replaceAll("\\", "/")));
  const watcher = new DirectoryWatcher({
    ...(recursive ? { backend: "native-recursive" } : { backend: "native", depth: 0 }),
    // Judged by the path alone, so that an event costs no look at the file.
    ignored: (candidate: string) => !asked.has(candidate),
    followSymlinks: false,
    // It would leave out directories with names like `old~`.
    atomic: false,
    ignoreInitial: true,
  }).add([...directories]);
  const ready = Promise.withResolvers<void>();
  watcher.once("ready", ready.resolve);
  watcher.on("error", (thrown) => {
    onError(thrown instanceof Error ? thrown : new Error(String(thrown)));
  });
  watcher.on("raw", (event: string, name: string | null, details: unknown) => {
    countEvent();
    const directory = recursive ? directories[0] : watchedPath(details);
    if (directory !== undefined) onChange(directory, name, event === "rename");
  });

  async function close(): Promise<void> {
    ready.resolve();
    await watcher.close();
  }

  return {
    ready: ready.promise,
    release(directory) {
      kept.delete(directory);
      watcher.unwatch(directory);
      // It may still wait, further up, for directories to come back.
      if (kept.size === 0) void close();
    },
    close,
  };
}

function watchedPath(details: unknown): string | undefined {
  if (typeof details !== "object" || details === null || !("watchedPath" in details)) return;
  return typeof details.watchedPath === "string" ? details.watchedPath : undefined;
}
