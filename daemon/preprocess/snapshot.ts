import { createHash } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { dirname } from "node:path";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import { isAt } from "../core/real-place.ts";
import type { SkipReason } from "../protocol/file.ts";
import type { Snapshot } from "./preprocess.ts";
import { allowReading } from "../core/shell-command.ts";

/** The result of reading a file. */
export type SnapshotResult =
  | { outcome: "read"; snapshot: Snapshot }
  | { outcome: "skipped"; reason: SkipReason }
  /** A program wrote to it meanwhile, so the bytes may be a mixture of two versions; or it is not at its path any more. */
  | { outcome: "changed" }
  | { outcome: "gone" }
  /** `file_unreadable`, or `file_busy`, which is transient. */
  | { outcome: "failed"; error: RunnerError };

export interface SnapshotOptions {
  maxBytes: number;
  /** The watched directory. It may be behind a link; nothing below it may. Default: the file's directory. */
  root?: string;
  signal?: AbortSignal;
}

// Bytes to read between two checks of the signal.
const CHUNK_BYTES = 1_048_576;

/**
 * Reads a file once, so that hash and text come from the same bytes. Never writes, never waits for a pipe
 * or device, follows no symbolic link below the root, even if another program swaps a directory with one meanwhile. Doesn't change mtime and ctime, nor atime where the system allows.
 *
 * @throws the signal's reason when it aborts
 */
export async function readSnapshot(
  path: string,
  options: SnapshotOptions,
): Promise<SnapshotResult> {
  options.signal?.throwIfAborted();
  try {
    // Look before opening: opening a device can start it, and opening a pipe wakes its writer.
    const refused = findSkipReason(await lstat(path), options.maxBytes);
    if (refused) return { outcome: "skipped", reason: refused };
    await using handle = await openForReading(path);
    // A directory above it was swapped with a link. The next scan finds what is there by then.
    if (!isAt(handle.fd, path, options.root ?? dirname(path))) return { outcome: "changed" };
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

// A flag that the system lacks is undefined, which sets no bit.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;

async function openForReading(path: string): Promise<FileHandle> {
  const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
  try {
    return await open(path, flags | O_NOATIME);
  } catch (error) {
    // Only the owner of a file may use O_NOATIME (open(2)).
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

// Faults of the disk, the network share or the machine. The file itself may be fine.
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
  const message = `${path} cannot be read (${code}).`;
  const data = { system_code: code };
  if (BUSY.has(code)) {
    const hint = "Wait for the next try, or check the disk or the network share of the file.";
    return new RunnerError("file_busy", message, { hint, cause, data });
  }
  const hint =
    code === "EACCES" || code === "EPERM"
      ? allowReading(path)
      : "Check whether another program can open the file.";
  return new RunnerError("file_unreadable", message, { hint, cause, data });
}
