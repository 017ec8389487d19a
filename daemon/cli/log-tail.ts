import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import { logFileNames } from "../core/log-file.ts";

/** A reader of a log that goes on where it was, through files that moved aside since. */
export interface LogTail extends Disposable {
  /** The whole lines since the last time, the oldest first; at first all that there are. @throws home_unusable */
  lines(): Generator<string, void, undefined>;
}

interface OpenFile {
  descriptor: number;
  /** Says which file it is, whatever its name is by now; not reused while it is open. */
  inode: bigint;
}

const CHUNK = 64 * 1024;

/** Reads the log of which `file` is the newest file. Nothing need be there yet. */
export function openLogTail(file: string): LogTail {
  const names = logFileNames(file);
  const chunk = Buffer.alloc(CHUNK);
  let current: OpenFile | undefined;
  let rest = Buffer.alloc(0);

  /** The files that are there, the oldest first. */
  function listFiles(): { name: string; inode: bigint }[] {
    // From the newest on, since files only become older: one that moves meanwhile is met again, not missed.
    const found = new Map<bigint, string>();
    for (const name of names) {
      const stats = statSync(name, { bigint: true, throwIfNoEntry: false });
      if (stats !== undefined) found.set(stats.ino, name);
    }
    return [...found].map(([inode, name]) => ({ name, inode })).toReversed();
  }

  /** The file after the one that is read, or the oldest where that is gone; undefined: there is none yet. */
  function findNext(): { name: string; inode: bigint } | undefined {
    const files = listFiles();
    const at = files.findIndex(({ inode }) => inode === current?.inode);
    return files[at + 1];
  }

  /** undefined: it has moved aside since it was found. */
  function open({ name, inode }: { name: string; inode: bigint }): OpenFile | undefined {
    try {
      const descriptor = openSync(name, "r");
      if (fstatSync(descriptor, { bigint: true }).ino === inode) return { descriptor, inode };
      closeSync(descriptor);
      return undefined;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === "ENOENT") return undefined;
      throw new RunnerError("home_unusable", `${name} cannot be read (${code ?? "unknown"}).`, {
        hint: "Check who owns it: the daemon writes it for its own user alone.",
        cause: error,
      });
    }
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
        const opened = open(next);
        if (opened === undefined) continue;
        // What was written between the end that was read and the move.
        if (current !== undefined) yield* readOn(current);
        // A line without an end: the process died while it wrote it.
        if (rest.length > 0) yield rest.toString();
        close();
        current = opened;
      }
    },
    [Symbol.dispose]: close,
  };
}
