import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
} from "node:fs";
import path from "node:path";

/** The maximum size of a log file, and the number of files including old ones. */
export interface LogLimits {
  bytes: number;
  files: number;
}

/** Flags to append to a log. */
// At once, because a named pipe without a reader would be waited for.
export const APPEND =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);

const LIMITS: LogLimits = { bytes: 5_000_000, files: 5 };

/** The names of the log's files, newest first, existing or not: `a.log`, `a.log.1`, `a.log.2` … */
export function logFileNames(file: string, { files }: LogLimits = LIMITS): string[] {
  return Array.from({ length: files }, (_, age) => (age === 0 ? file : `${file}.${age}`));
}

export interface LogFile extends Disposable {
  append(line: string): void;
}

/**
 * Appends lines to a file (mode 0600), each written before it returns. A full file is rotated, and the oldest is
 * deleted. A line that cannot be written is lost, without an error. Only one process may write.
 */
export function openLogFile(file: string, limits: LogLimits = LIMITS): LogFile {
  let open: { descriptor: number; size: number } | undefined;

  function ensureOpen(): { descriptor: number; size: number } {
    if (open !== undefined) return open;
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const descriptor = openSync(file, APPEND, 0o600);
    open = { descriptor, size: fstatSync(descriptor).size };
    return open;
  }

  function close(): void {
    const closing = open;
    open = undefined;
    if (closing !== undefined) closeSync(closing.descriptor);
  }

  function rotate(): void {
    close();
    const names = logFileNames(file, limits);
    // The oldest first, because each takes the name of the next older one. Some may not exist.
    for (let age = names.length - 1; age > 0; age -= 1) {
      try {
        renameSync(names[age - 1] ?? "", names[age] ?? "");
      } catch {
        // It does not exist, or is in use; then the file continues to grow.
      }
    }
  }

  return {
    append(line) {
      const bytes = Buffer.from(line);
      try {
        const { size } = ensureOpen();
        if (size > 0 && size + bytes.length > limits.bytes) rotate();
        const target = ensureOpen();
        for (let at = 0; at < bytes.length;) {
          const written = writeSync(target.descriptor, bytes, at);
          at += written;
          target.size += written;
        }
      } catch {
        // For example, the disk is full.
      }
    },
    [Symbol.dispose]: close,
  };
}
