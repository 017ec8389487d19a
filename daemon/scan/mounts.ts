import { lstatSync } from "node:fs";
import path from "node:path";
import type { FileError } from "../protocol/file.ts";
import { isWithin } from "./boundary.ts";
import type { KnownFiles } from "./known-files.ts";
import { readsEmpty } from "./root.ts";

/** Whether another file system is mounted on a directory; true if that is unknown. */
export function isMounted(mount: string): boolean {
  try {
    const there = lstatSync(mount, { throwIfNoEntry: false });
    return there !== undefined && there.dev !== lstatSync(path.dirname(mount)).dev;
  } catch {
    return true;
  }
}

/**
 * Whether a directory where another file system was mounted is empty or absent now, with nothing mounted there. True if
 * that is unknown, since nothing must be concluded from it.
 */
function isUnmounted(mount: string): boolean {
  try {
    const there = lstatSync(mount, { throwIfNoEntry: false });
    if (there === undefined || !there.isDirectory()) return true;
    return there.dev === lstatSync(path.dirname(mount)).dev && readsEmpty(mount);
  } catch {
    return true;
  }
}

/** The mounts that are away and have files that the journal knows. */
export function listAway(mounts: Iterable<string>, known: KnownFiles, agentId: string): string[] {
  return [...mounts].filter(
    (mount) => known.directories(agentId, mount).length > 0 && isUnmounted(mount),
  );
}

/** Whether a path is on a file system that is away. */
export function isAway(mounts: Iterable<string>, file: string): boolean {
  return [...mounts].some((mount) => isWithin(mount, file) && isUnmounted(mount));
}

export function describeAway(mount: string): FileError {
  return {
    code: "directory_missing",
    message: `${mount} is empty or absent, and what was mounted there before is not.`,
    hint: "Mount the drive that belongs there. If its files were deleted on purpose, put any file into the directory.",
  };
}
