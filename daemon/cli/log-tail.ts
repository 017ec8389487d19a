import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import { logFileNames } from "../core/log-file.ts";

/** Reads a log from where it stopped last time, across files that were rotated since. */
export interface LogTail extends Disposable {
  /** The complete lines since the last call, oldest first; at first all of them. @throws home_unusable */
  lines(): Generator<string, void, undefined>;
}

/** A file by its inode, which identifies it whatever its name is now; not reused while the file is open. */
interface FoundFile {
  name: string;
  inode: bigint;
}

interface OpenFile {
  descriptor: number;
  inode: bigint;
}

const CHUNK = 64 * 1024;

/** Opens the log whose newest file is `file`. No file has to exist yet. */
export function openLogTail(file: string): LogTail {
  const names = logFileNames(file);
  const chunk = Buffer.alloc(CHUNK);
  let current: OpenFile | undefined;
  let rest = Buffer.alloc(0);

  /** The file after the current one, or the oldest if that is gone; undefined if no file exists yet. */
  function findNext(): FoundFile | undefined {
    const files = listFiles(names);
    const at = files.findIndex(({ inode }) => inode === current?.inode);
    return files[at + 1];
  }

  function close(): void {
    if (current !== undefined) closeSync(current.descriptor);
    current = undefined;
    rest = Buffer.alloc(0);
  }

  function* readOn({ descriptor }: OpenFile): Generator<string, void, undefined> {
    for (;;) {
      const length = readSync(descriptor, chunk);
      if (length === 0) return;
      const bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
      const end = bytes.lastIndexOf("\n") + 1;
      rest = bytes.subarray(end);
      if (end > 0) yield* bytes.toString("utf8", 0, end - 1).split("\n");
    }
  }

  return {
    *lines() {
      for (;;) {
        if (current !== undefined) yield* readOn(current);
        const next = findNext();
        if (next === undefined) return;
        const opened = openFound(next);
        if (opened === undefined) continue;
        // Lines written between the last read and the rotation.
        if (current !== undefined) yield* readOn(current);
        // A line without an end: the process died while writing it.
        if (rest.length > 0) yield rest.toString();
        close();
        current = opened;
      }
    },
    [Symbol.dispose]: close,
  };
}

/** The existing files, oldest first. */
function listFiles(names: readonly string[]): FoundFile[] {
  // From the newest on, because files only get older: one that is rotated meanwhile is met twice, not missed.
  const found = new Map<bigint, string>();
  for (const name of names) {
    const stats = statSync(name, { bigint: true, throwIfNoEntry: false });
    if (stats?.isFile()) found.set(stats.ino, name);
  }
  return [...found].map(([inode, name]) => ({ name, inode })).toReversed();
}

/** undefined: the file was rotated since it was found. @throws home_unusable */
function openFound({ name, inode }: FoundFile): OpenFile | undefined {
  try {
    const descriptor = openSync(name, "r");
    if (fstatSync(descriptor, { bigint: true }).ino === inode) return { descriptor, inode };
    closeSync(descriptor);
    return undefined;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT") return undefined;
    throw new RunnerError("home_unusable", `${name} cannot be read (${code ?? "unknown"}).`, {
      hint: "Check who owns it, because the daemon writes it for its own user only.",
      cause: error,
    });
  }
}
