import { opendirSync, statSync } from "node:fs";
import { systemErrorCode } from "../core/errors.ts";
import type { FileError } from "../protocol/file.ts";

/** What tells one directory from another that stands in its place. */
export interface Identity {
  device: number;
  inode: number;
}

export type OpenedRoot =
  | { online: true; identity: Identity; empty: boolean }
  | { online: false; problem: FileError };

/** Looks whether a watched directory is there and can be read. */
export function openRoot(root: string): OpenedRoot {
  try {
    const stats = statSync(root);
    const handle = opendirSync(root);
    try {
      const empty = handle.readSync() === null;
      return { online: true, identity: { device: stats.dev, inode: stats.ino }, empty };
    } finally {
      handle.closeSync();
    }
  } catch (error) {
    return { online: false, problem: describeProblem(root, systemErrorCode(error) ?? "UNKNOWN") };
  }
}

/** Whether the directory that was opened still is the one in its place. */
export function isStill(root: string, identity: Identity): boolean {
  try {
    const stats = statSync(root);
    return stats.dev === identity.device && stats.ino === identity.inode;
  } catch {
    return false;
  }
}

/** The problem of a directory that cannot be read, by the code of the system error. */
export function describeProblem(directory: string, systemCode: string): FileError {
  switch (systemCode) {
    case "ENOENT":
      return missing(directory, "does not exist");
    case "ENOTDIR":
      return missing(directory, "is not a directory");
    default:
      return {
        code: "directory_unreadable",
        message: `${directory} cannot be read (${systemCode}).`,
        hint: "Allow the user that runs Agent Runner to list it and to read its files.",
      };
  }
}

/** The problem of a directory that vanished while it was read. */
export function describeLoss(root: string): FileError {
  return missing(root, "vanished while it was read");
}

/** The problem of a directory that is empty and not the one that was read before: an absent mount, it seems. */
export function describeReplacement(root: string): FileError {
  return {
    code: "directory_missing",
    message: `${root} is empty and is not the directory that was read before.`,
    hint: "Mount the drive that belongs there. If it was emptied on purpose, put any file in it.",
  };
}

function missing(directory: string, what: string): FileError {
  return {
    code: "directory_missing",
    message: `${directory} ${what}; expected a directory.`,
    hint: "Connect its drive or create it, or change the path in the config. Its files wait.",
  };
}
