import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { type Clock, systemClock } from "../../daemon/core/clock.ts";
import type { FileError } from "../../daemon/protocol/file.ts";
import { type Boundary, createBoundary, isWithin } from "../../daemon/scan/boundary.ts";
import type { Hint } from "../../daemon/watch/hint.ts";
import { startWatcher, type Watcher } from "../../daemon/watch/watcher.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";

export interface WatchedTreeOptions {
  /** What is watched, in the folder that holds `root`, where the files are, and `link`, which leads there. */
  watched?: string;
  maxDepth?: number;
  /** Places of the product's own, in the watched directory. */
  own?: readonly string[];
  mode?: "events" | "poll";
  chokidarDirectories?: number;
  clock?: Clock;
}

/** A directory that is watched, with what the watcher said of it. */
export interface WatchedTree extends AsyncDisposable {
  watcher: Watcher;
  hints: Hint[];
  troubles: FileError[];
  /** Codes of troubles, and `recovered`, as they came. */
  said: string[];
  /** The path of what has this name in the watched directory; "": its own. */
  at(name: string): string;
  /** Acts, and gives those of the directories for which no hint came after it; waits for them. */
  unhinted(directories: readonly string[], act: () => unknown): Promise<string[]>;
}

/** Watches a directory with these files, and is ready. */
export async function watchedTree(
  files: Readonly<Record<string, string>> = {},
  options: WatchedTreeOptions = {},
): Promise<WatchedTree> {
  const folder = testFolder();
  mkdirSync(folder.file("root"));
  symlinkSync(folder.file("root"), folder.file("link"), "junction");
  for (const [name, content] of Object.entries(files)) folder.write(`root/${name}`, content);
  const root = folder.file(options.watched ?? "root");
  const hints: Hint[] = [];
  const troubles: FileError[] = [];
  const said: string[] = [];
  const boundary = boundaryOf(root, options);
  const watcher = startWatcher({
    directories: [{ boundary, mode: options.mode ?? "events" }],
    clock: options.clock ?? systemClock,
    ...(options.chokidarDirectories !== undefined && {
      chokidarDirectories: options.chokidarDirectories,
    }),
    onHint: (hint) => hints.push(hint),
    onTrouble(trouble) {
      troubles.push(trouble);
      said.push(trouble.code);
    },
    onRecovered: () => said.push("recovered"),
  });
  await watcher.ready;
  const tree: WatchedTree = {
    watcher,
    hints,
    troubles,
    said,
    at: (name) => path.join(root, name),
    unhinted: (directories, act) => findUnhinted(hints, directories, tree.at, act),
    async [Symbol.asyncDispose]() {
      await watcher.close();
      folder[Symbol.dispose]();
    },
  };
  return tree;
}

export function boundaryOf(root: string, options: WatchedTreeOptions = {}): Boundary {
  const own = (options.own ?? []).map((name) => path.join(root, name));
  const directory = { path: root, max_depth: options.maxDepth ?? 5 };
  return createBoundary(directory, [root], { own, inbox: path.join(root, "home/inbox") });
}

const UNHINTED_MS = 15_000;

/** Forgets the hints, acts, and gives the directories for which none came that makes a scan look at them. */
export async function findUnhinted(
  hints: Hint[],
  directories: readonly string[],
  at: (name: string) => string,
  act: () => unknown,
): Promise<string[]> {
  hints.length = 0;
  act();
  const isHinted = (name: string): boolean =>
    hints.some(({ root, directory }) =>
      directory === null ? isWithin(root, at(name)) : directory === at(name),
    );
  const missing = (): string[] => directories.filter((name) => !isHinted(name));
  await waitFor("hints", () => missing().length === 0, UNHINTED_MS).catch(() => undefined);
  return missing();
}

/** How many directories the system watches for this process; proc(5), /proc/pid/fdinfo. Not Linux: NaN. */
export function countWatches(): number {
  if (process.platform !== "linux") return NaN;
  const infos = readdirSync("/proc/self/fdinfo").map((descriptor) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
    } catch {
      return "";
    }
  });
  return infos.join("").match(/^inotify wd:/gm)?.length ?? 0;
}
