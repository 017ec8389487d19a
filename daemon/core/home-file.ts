import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { RunnerError, systemErrorCode } from "./errors.ts";

/*
 * Reads the files of the home. A place that is a named pipe, a device or a directory is never waited for: it is an error
 * that names it.
 */

// Not on Windows, where a pipe is no file.
const AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What is at a place instead of a file, such as "a named pipe"; undefined: a file. */
export function nameKind(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

/** The error for a place where the home needs a file. */
export function notAFile(file: string, kind: string): RunnerError {
  return new RunnerError("home_unusable", `${file} is ${kind}, not a file.`, {
    hint: "Move it away, and write a file in its place.",
  });
}

/**
 * The bytes of a file of the home, at most `maxBytes` of them, and its mode.
 *
 * @throws {RunnerError} home_unusable if it is no file; what the system throws, such as ENOENT
 */
export function readHomeFile(file: string, maxBytes: number): { bytes: Buffer; mode: number } {
  const handle = openAtOnce(file);
  try {
    const stats = fstatSync(handle);
    const kind = nameKind(stats);
    if (kind !== undefined) throw notAFile(file, kind);
    return { bytes: readAll(handle, maxBytes), mode: stats.mode };
  } finally {
    closeSync(handle);
  }
}

function openAtOnce(file: string): number {
  try {
    return openSync(file, AT_ONCE);
  } catch (error) {
    if (systemErrorCode(error) === "ENXIO") throw notAFile(file, "a socket");
    throw error;
  }
}

function readAll(handle: number, maxBytes: number): Buffer {
  const bytes = Buffer.alloc(maxBytes);
  let size = 0;
  for (let read = -1; read !== 0 && size < maxBytes; size += read) {
    read = readSync(handle, bytes, size, maxBytes - size, null);
  }
  return bytes.subarray(0, size);
}
