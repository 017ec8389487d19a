import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import path from "node:path";

/** How large a log file may become, and how many there may be with it. */
export interface LogLimits {
  bytes: number;
  files: number;
}

const LIMITS: LogLimits = { bytes: 5_000_000, files: 5 };

/** The log's files, the newest first, whether or not they are there: `a.log`, `a.log.1`, `a.log.2` … */
export function logFileNames(file: string, { files }: LogLimits = LIMITS): string[] {
  return Array.from({ length: files }, (_, age) => (age === 0 ? file : `${file}.${age}`));
}

/**
 * Appends lines to a file (mode 0600), each written before it returns; the file moves aside when it is
 * full, and the oldest goes. What cannot be written is lost, and nothing else. One process writes.
 */
export function openLogFile(file: string, limits: LogLimits = LIMITS): (line: string) => void {
  let open: { descriptor: number; size: number } | undefined;

  function ensureOpen(): { descriptor: number; size: number } {
    if (open !== undefined) return open;
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const descriptor = openSync(file, "a", 0o600);
    open = { descriptor, size: fstatSync(descriptor).size };
    return open;
  }

  function close(): void {
    const closing = open;
    open = undefined;
    if (closing !== undefined) closeSync(closing.descriptor);
  }

  function moveAside(): void {
    close();
    const names = logFileNames(file, limits);
    // The oldest first, since each takes the name of the one before; not all need be there.
    for (let age = names.length - 1; age > 0; age -= 1) {
      try {
        renameSync(names[age - 1] ?? "", names[age] ?? "");
      } catch {
        // It is not there, or held: then the file goes on to grow.
      }
    }
  }

  return (line) => {
    const bytes = Buffer.from(line);
    try {
      const { size } = ensureOpen();
      if (size > 0 && size + bytes.length > limits.bytes) moveAside();
      const target = ensureOpen();
      for (let at = 0; at < bytes.length;) {
        const written = writeSync(target.descriptor, bytes, at);
        at += written;
        target.size += written;
      }
    } catch {
      // A full disk, for one.
    }
  };
}
