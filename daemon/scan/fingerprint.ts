import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { systemErrorCode } from "../core/errors.ts";
import type { SkipReason } from "../protocol/file.ts";

/** What of a file's stats tells that it changed. */
export interface FileStats {
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970, with fractions. */
  mtime_ms: number;
  ctime_ms: number;
  inode: number;
}

/** What came of reading a file to the end. */
export type Hashing =
  | ({ outcome: "hashed"; hash: string } & FileStats)
  /** It changed while it was read. */
  | { outcome: "changing" }
  /** Nothing is wrong with it: the disk or the system cannot give it now. */
  | { outcome: "unavailable"; code: string }
  | { outcome: "gone" }
  | { outcome: "skipped"; reason: SkipReason }
  | { outcome: "unreadable"; code: string; message: string };

// Where both sides read 1 MiB at a time, SHA-256 is the slower one.
const buffer = Buffer.allocUnsafe(1024 * 1024);

// FAT keeps mtime in steps of 2 s; a third covers the step of the clock that read_at comes from.
const TICK_MS = 3000;

// What the disk or the system is at fault for, by the codes of errno(3).
const UNAVAILABLE = new Set([
  "EAGAIN",
  "EBUSY",
  "EHOSTDOWN",
  "EINTR",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ENODEV",
  "ENOMEM",
  "ENOTCONN",
  "ESTALE",
  "ETIMEDOUT",
  "ETXTBSY",
]);

/** Whether a system error tells of the disk or the system rather than of one file. */
export function isUnavailable(code: string): boolean {
  return UNAVAILABLE.has(code);
}

/**
 * The SHA-256 of a file, hexadecimal, with the stats that held before and after it was read.
 *
 * Synchronous. Opens read-only, follows no symbolic link in the last place, waits for no pipe, and leaves
 * atime alone where the system allows.
 */
export function hashFile(path: string): Hashing {
  let handle: number;
  try {
    handle = openUnnoticed(path);
  } catch (error) {
    return refusal(error);
  }
  try {
    const before = fstatSync(handle);
    if (!before.isFile()) return { outcome: "skipped", reason: "not_regular" };
    const hash = createHash("sha256");
    let read = 0;
    while (read < before.size) {
      const count = readSync(handle, buffer, 0, buffer.length, null);
      if (count === 0) return { outcome: "changing" };
      hash.update(buffer.subarray(0, count));
      read += count;
    }
    const stats = toFileStats(before);
    if (read !== stats.size || !sameStats(stats, toFileStats(fstatSync(handle)))) {
      return { outcome: "changing" };
    }
    return { outcome: "hashed", hash: hash.digest("hex"), ...stats };
  } catch (error) {
    return refusal(error);
  } finally {
    closeSync(handle);
  }
}

function openUnnoticed(path: string): number {
  // A flag that the platform lacks is undefined, which counts as 0 here.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return openSync(path, flags | constants.O_NOATIME);
  } catch (error) {
    // open(2): O_NOATIME is for the owner of the file alone.
    if (systemErrorCode(error) !== "EPERM") throw error;
    return openSync(path, flags);
  }
}

function refusal(error: unknown): Hashing {
  const code = systemErrorCode(error) ?? "UNKNOWN";
  if (code === "ENOENT" || code === "ENOTDIR") return { outcome: "gone" };
  if (code === "ELOOP") return { outcome: "skipped", reason: "symlink" };
  // ENXIO: a socket, which cannot be opened at all.
  if (code === "ENXIO" || code === "EISDIR") return { outcome: "skipped", reason: "not_regular" };
  if (isUnavailable(code)) return { outcome: "unavailable", code };
  return { outcome: "unreadable", code, message: String(error) };
}

/** The stats that the journal keeps, of what lstat or fstat gave. */
export function toFileStats(stats: Stats): FileStats {
  return {
    size: stats.size,
    mtime_ms: stats.mtimeMs,
    ctime_ms: stats.ctimeMs,
    inode: stats.ino,
  };
}

/** Stats as the journal keeps them; null where the file was never read. */
type KnownStats = { [Field in keyof FileStats]: number | null };

export function sameStats(known: KnownStats, stats: FileStats): boolean {
  return (
    known.size === stats.size &&
    known.mtime_ms === stats.mtime_ms &&
    known.ctime_ms === stats.ctime_ms &&
    known.inode === stats.inode
  );
}

/**
 * Whether equal stats prove that a file still is what was read of it. They do not when it was read within
 * a tick of its last change, for a second change in that tick leaves the same stats (git calls such an
 * entry racy). A time in the future is no such case: a change would take it back to now.
 */
export function isSame(
  known: KnownStats & { read_at_ms: number | null },
  stats: FileStats,
  nowMs: number,
): boolean {
  const readAtMs = known.read_at_ms;
  if (readAtMs === null || !sameStats(known, stats)) return false;
  const isPast = (changedMs: number): boolean =>
    changedMs > nowMs + TICK_MS || readAtMs - changedMs >= TICK_MS;
  return isPast(stats.mtime_ms) && isPast(stats.ctime_ms);
}
