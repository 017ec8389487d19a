import { createHash } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import type { SkipReason } from "../protocol/file.ts";
import type { Snapshot } from "./preprocess.ts";

/** What reading a file came to. */
export type SnapshotResult =
  | { outcome: "read"; snapshot: Snapshot }
  | { outcome: "skipped"; reason: SkipReason }
  /** It was written to meanwhile: what was read may never have stood in it. */
  | { outcome: "changed" }
  | { outcome: "gone" }
  /** `file_unreadable`, or `file_busy` where time may heal it. */
  | { outcome: "failed"; error: RunnerError };

export interface SnapshotOptions {
  maxBytes: number;
  signal?: AbortSignal;
}

// How much is read between two looks at the signal.
const CHUNK_BYTES = 1_048_576;

/**
 * Reads a file once, so that hash and text come from the very same bytes. Never writes, never waits on a
 * pipe or device, follows no link; leaves mtime and ctime alone, and atime where the system allows.
 *
 * @throws the signal's reason when it aborts
 */
export async function readSnapshot(
  path: string,
  options: SnapshotOptions,
): Promise<SnapshotResult> {
  options.signal?.throwIfAborted();
  try {
    // First without opening it: to open a device can set it going, to open a pipe wakes its writer.
    const refused = findSkipReason(await lstat(path), options.maxBytes);
    if (refused) return { outcome: "skipped", reason: refused };
    await using handle = await openForReading(path);
    return await readHandle(handle, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    return toResult(path, error);
  }
}

function findSkipReason(stats: Stats, maxBytes: number): SkipReason | undefined {
  if (stats.isSymbolicLink()) return "symlink";
  if (!stats.isFile()) return "not_regular";
  if (stats.size === 0) return "empty";
  return stats.size > maxBytes ? "too_large" : undefined;
}

// Flags that a system does not have are undefined there, which counts as no bit.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;

async function openForReading(path: string): Promise<FileHandle> {
  const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
  try {
    return await open(path, flags | O_NOATIME);
  } catch (error) {
    // Only the owner of a file may leave its atime alone (open(2), O_NOATIME).
    if (systemErrorCode(error) !== "EPERM") throw error;
    return open(path, flags);
  }
}

async function readHandle(handle: FileHandle, options: SnapshotOptions): Promise<SnapshotResult> {
  const before = await handle.stat();
  const refused = findSkipReason(before, options.maxBytes);
  if (refused) return { outcome: "skipped", reason: refused };

  const bytes = Buffer.allocUnsafeSlow(before.size);
  const hash = createHash("sha256");
  for (let read = 0; read < bytes.length;) {
    options.signal?.throwIfAborted();
    const { bytesRead } = await handle.read(
      bytes,
      read,
      Math.min(CHUNK_BYTES, bytes.length - read),
    );
    if (bytesRead === 0) return { outcome: "changed" };
    hash.update(bytes.subarray(read, read + bytesRead));
    read += bytesRead;
  }

  const after = await handle.stat();
  const same =
    after.size === before.size &&
    after.mtimeMs === before.mtimeMs &&
    after.ctimeMs === before.ctimeMs &&
    after.ino === before.ino;
  if (!same) return { outcome: "changed" };
  return {
    outcome: "read",
    snapshot: {
      bytes,
      hash: hash.digest("hex"),
      size: after.size,
      mtime_ms: after.mtimeMs,
      ctime_ms: after.ctimeMs,
      inode: after.ino,
    },
  };
}

// Faults of the moment, of a disk, of a network share or of this machine: the file itself may be well.
const BUSY = new Set(
  (
    "EAGAIN EBUSY EINTR EIO EMFILE ENFILE ENOMEM ESTALE ETIMEDOUT " +
    "ECONNRESET EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENODEV ENOTCONN"
  ).split(" "),
);

function toResult(path: string, error: unknown): SnapshotResult {
  const code = systemErrorCode(error);
  switch (code) {
    case undefined:
      throw error;
    case "ENOENT":
    case "ENOTDIR":
      return { outcome: "gone" };
    case "ELOOP":
      return { outcome: "skipped", reason: "symlink" };
    case "ENXIO":
    case "EISDIR":
      return { outcome: "skipped", reason: "not_regular" };
    default:
      return { outcome: "failed", error: toRunnerError(path, code, error) };
  }
}

function toRunnerError(path: string, code: string, cause: unknown): RunnerError {
  const message = `could not read ${path}: ${code}; expected a file that can be opened for reading`;
  const data = { system_code: code };
  if (BUSY.has(code)) {
    const hint =
      "It is tried again; if it stays so, check the disk or the network share the file is on.";
    return new RunnerError("file_busy", message, { hint, cause, data });
  }
  const hint =
    code === "EACCES" || code === "EPERM"
      ? `Let the user that runs Agent Runner read it, e.g. chmod u+r '${path}'.`
      : "Check whether another program can open the file.";
  return new RunnerError("file_unreadable", message, { hint, cause, data });
}
