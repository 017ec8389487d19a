import { FSWatcher } from "chokidar";
import { isRecord } from "../core/record.ts";
import { countEvent } from "./event-overflow.ts";

/** System watches on some directories. */
export interface RawWatch {
  /** Resolves when the watches work, have failed, or are closed. */
  readonly ready: Promise<void>;
  /** Stops watching one directory. Closes everything after the last one. */
  release(directory: string): void;
  /** May be called again. */
  close(): Promise<void>;
}

export interface RawWatchOptions {
  /** Whether to watch everything below the directories too. */
  recursive: boolean;
  /**
   * @param directory the watched directory, as the caller gave it
   * @param name what changed, relative to the directory; null: the system does not say
   * @param isRename something was created, deleted or renamed, and did not only change its content
   */
  onChange(directory: string, name: string | null, isRename: boolean): void;
  /** Some of the watches do not work. A directory that is gone is no error. */
  onError(error: Error): void;
}

/** Chokidar without its listings, which read the stats of every file although each is ignored. */
class DirectoryWatcher extends FSWatcher {
  override createScanStream(): undefined {}
}

/**
 * Watches directories with one watch for each and none for their files. Keeps nothing about what they hold.
 *
 * Uses chokidar's `raw` event, which its manual calls unstable, because the other events need memory for
 * every file, and overrides a private method. So its version is pinned, and tests check both.
 *
 * @param directories absolute, with symbolic links resolved
 */
export function openRawWatch(directories: readonly string[], options: RawWatchOptions): RawWatch {
  const { recursive, onChange, onError } = options;
  const kept = new Set(directories);
  // Chokidar passes paths with `/` on every system.
  const asked = new Set(directories.map((directory) => directory.replaceAll("\\", "/")));
  const watcher = new DirectoryWatcher({
    ...(recursive ? { backend: "native-recursive" } : { backend: "native", depth: 0 }),
    // Decides by the path alone, so that an event reads no stats.
    ignored: (candidate: string) => !asked.has(candidate),
    followSymlinks: false,
    // It would ignore directories with names like `old~`.
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
      // Otherwise it may wait, further up, for the directories to come back.
      if (kept.size === 0) void close();
    },
    close,
  };
}

function watchedPath(details: unknown): string | undefined {
  const watched = isRecord(details) ? details["watchedPath"] : undefined;
  return typeof watched === "string" ? watched : undefined;
}
