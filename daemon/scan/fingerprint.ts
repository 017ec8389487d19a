import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
} from "node:fs";
import { dirname } from "node:path";
import { systemErrorCode } from "../core/errors.ts";
import { isAt } from "../core/real-place.ts";
import type { SkipReason } from "../protocol/file.ts";
import { sketchLines } from "./sketch.ts";

/** The stats of a file that show whether it changed. */
export interface FileStats {
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970, with fractions. */
  mtime_ms: number;
  ctime_ms: number;
  inode: number;
  /** When it was made, as its file system says; left out: it does not say. */
  born_ms?: number;
}

/** The result of hashing a file. */
export type Hashing =
  | ({ outcome: "hashed"; hash: string; sketch: Uint8Array } & FileStats)
  /** The file changed while it was read, or is not at its path any more. */
  | { outcome: "changing" }
  /** The disk or the system cannot give the file now. The file itself may be fine. */
  | { outcome: "unavailable"; code: string }
  | { outcome: "gone" }
  | { outcome: "skipped"; reason: SkipReason }
  | { outcome: "unreadable"; code: string; message: string };

// With 1 MiB per read, SHA-256 is slower than reading.
const buffer = Buffer.allocUnsafe(1024 * 1024);

// FAT has a resolution of 2 s for mtime. One second more covers the clock behind read_at.
const TICK_MS = 3000;

// Faults of the disk or the system, by their codes in errno(3).
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

/** Whether a system error is a fault of the disk or the system, and not of the file. */
export function isUnavailable(code: string): boolean {
  return UNAVAILABLE.has(code);
}

/**
 * Hashes a file: SHA-256, hexadecimal, with its stats, which were the same before and after reading.
 *
 * Synchronous. Opens the file read-only, follows no symbolic link below the root, does not wait for a pipe, and
 * does not change atime where the system allows.
 *
 * @param root the watched directory, which may be behind a link
 */
export function hashFile(path: string, root: string = dirname(path)): Hashing {
  let handle: number;
  try {
    handle = openUnnoticed(path);
  } catch (error) {
    return refusal(error);
  }
  try {
    if (!isAt(handle, path, root)) return { outcome: "changing" };
    const before = fstatSync(handle);
    if (!before.isFile()) return { outcome: "skipped", reason: "not_regular" };
    const hash = createHash("sha256");
    let read = 0;
    let sketch = sketchLines(buffer.subarray(0, 0));
    while (read < before.size) {
      const count = readSync(handle, buffer, 0, buffer.length, null);
      if (count === 0) return { outcome: "changing" };
      hash.update(buffer.subarray(0, count));
      if (read === 0) sketch = sketchLines(buffer.subarray(0, count));
      read += count;
    }
    const stats = toFileStats(before);
    if (read !== stats.size || !sameStats(stats, toFileStats(fstatSync(handle)))) {
      return { outcome: "changing" };
    }
    return { outcome: "hashed", hash: hash.digest("hex"), sketch, ...stats };
  } catch (error) {
    return refusal(error);
  } finally {
    closeSync(handle);
  }
}

function openUnnoticed(path: string): number {
  // A flag that the system lacks is undefined, which counts as 0 here.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return openSync(path, flags | constants.O_NOATIME);
  } catch (error) {
    // Only the owner of a file may use O_NOATIME (open(2)).
    if (systemErrorCode(error) !== "EPERM") throw error;
    return openSync(path, flags);
  }
}

function refusal(error: unknown): Hashing {
  const code = systemErrorCode(error) ?? "UNKNOWN";
  if (code === "ENOENT" || code === "ENOTDIR") return { outcome: "gone" };
  if (code === "ELOOP") return { outcome: "skipped", reason: "symlink" };
  // ENXIO: a socket, which cannot be opened.
  if (code === "ENXIO" || code === "EISDIR") return { outcome: "skipped", reason: "not_regular" };
  if (isUnavailable(code)) return { outcome: "unavailable", code };
  return { outcome: "unreadable", code, message: String(error) };
}

/** The stats of what is at a path, null if there is nothing; undefined: unknown. Follows no symbolic link. */
export function statsAt(path: string): FileStats | null | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? null : toFileStats(stats);
  } catch (error) {
    // A directory of the path became a file.
    return systemErrorCode(error) === "ENOTDIR" ? null : undefined;
  }
}

/** The stats that the journal keeps, from the result of lstat or fstat. */
export function toFileStats(stats: Stats): FileStats {
  return {
    // A file system may report any number, and the journal can't keep all of them.
    size: Math.min(Math.max(stats.size, 0), Number.MAX_SAFE_INTEGER),
    mtime_ms: stats.mtimeMs,
    ctime_ms: stats.ctimeMs,
    inode: stats.ino,
    // 0 where the file system has no such time.
    ...(stats.birthtimeMs > 0 ? { born_ms: stats.birthtimeMs } : {}),
  };
}

/** The stats in the journal; null: the file was never read. */
type KnownStats = { [Field in Exclude<keyof FileStats, "born_ms">]: number | null };

export function sameStats(known: KnownStats, stats: FileStats): boolean {
  return (
    known.size === stats.size &&
    known.mtime_ms === stats.mtime_ms &&
    known.ctime_ms === stats.ctime_ms &&
    known.inode === stats.inode
  );
}

/**
 * Whether equal stats prove that a file is unchanged since it was read. They don't if it was read within
 * a tick of its last change, because a second change in that tick leaves the same stats (git calls such an
 * entry racy). A time in the future proves it, because a change would set it back to now.
 */
export function isUnchanged(
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
