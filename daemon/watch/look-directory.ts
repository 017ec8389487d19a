import type { BigIntStats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { systemErrorCode } from "../core/errors.ts";

/** Tells a directory from another at the same path, even if the system uses an inode number again. */
export function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  // Joined, since a template would keep its parts in memory too.
  return [dev, ino, birthtimeNs].join(":");
}

/** The identity of a directory; undefined if it does not exist or may not be read. */
export async function identify(directory: string): Promise<string | undefined> {
  try {
    const stats = await lstat(directory, { bigint: true });
    return stats.isDirectory() ? identityOf(stats) : undefined;
  } catch (error) {
    if (isGone(error) || isRefusal(error)) return undefined;
    throw error;
  }
}

/** The names of the directories in a directory; empty if it is gone or may not be read. */
export async function listDirectories(directory: string): Promise<Set<string>> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    // Chokidar takes `\` for `/` everywhere. The next sweep finds the changes in such a directory.
    const inner = entries.filter((entry) => entry.isDirectory() && !entry.name.includes("\\"));
    return new Set(inner.map((entry) => entry.name));
  } catch (error) {
    if (isGone(error) || isRefusal(error)) return new Set();
    throw error;
  }
}

/** Whether the error says that a file or directory does not exist. */
export function isGone(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "");
}

/** Whether the error says that the daemon has no permission. */
export function isRefusal(error: unknown): boolean {
  return ["EACCES", "EPERM"].includes(systemErrorCode(error) ?? "");
}
