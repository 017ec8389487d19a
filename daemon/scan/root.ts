import { opendirSync, statSync } from "node:fs";
import { systemErrorCode } from "../core/errors.ts";
import type { FileError } from "../protocol/file.ts";
import { ignoredName } from "./ignore.ts";

/** Tells a directory from another at the same path. */
export interface Identity {
  device: number;
  inode: number;
}

export type OpenedRoot =
  | { online: true; identity: Identity }
  | { online: false; problem: FileError };

/**
 * Checks that a watched directory is there and can be read. If an empty directory replaces one that had
 * files, the root counts as offline, since its drive is probably absent.
 *
 * @param known the directory that was last scanned here
 */
export function openRoot(
  root: string,
  known: { identity: Identity | null; hasFiles: () => boolean },
): OpenedRoot {
  try {
    const { dev: device, ino: inode } = statSync(root);
    const isEmpty = readsEmpty(root);
    const before = known.identity ?? { device, inode };
    const isReplaced = before.device !== device || before.inode !== inode;
    if (isReplaced && isEmpty && known.hasFiles()) {
      return { online: false, problem: describeReplacement(root) };
    }
    return { online: true, identity: { device, inode } };
  } catch (error) {
    return { online: false, problem: describeProblem(root, systemErrorCode(error) ?? "UNKNOWN") };
  }
}

/** Whether a directory holds nothing but ignored names, such as the `lost+found` of a new file system. */
export function readsEmpty(directory: string): boolean {
  const handle = opendirSync(directory);
  try {
    for (let entry = handle.readSync(); entry !== null; entry = handle.readSync()) {
      if (ignoredName(entry.name, entry.isDirectory()) === undefined) return false;
    }
    return true;
  } finally {
    handle.closeSync();
  }
}

/** Whether the path still leads to the directory that was opened. */
export function isStill(root: string, identity: Identity): boolean {
  try {
    const stats = statSync(root);
    return stats.dev === identity.device && stats.ino === identity.inode;
  } catch {
    return false;
  }
}

/** Describes why a directory cannot be read, by the code of the system error. */
export function describeProblem(directory: string, systemCode: string): FileError {
  switch (systemCode) {
    case "ENOENT":
      return missing(directory, "does not exist");
    case "ENOTDIR":
      return missing(directory, "is not a directory");
    case "EMFILE":
    case "ENFILE":
      return {
        code: "scan_failed",
        message: `${directory} cannot be read, because too many files are open (${systemCode}).`,
        hint: "Raise the limit of open files, e.g. with `ulimit -n 1024` before the start.",
      };
    default:
      return {
        code: "directory_unreadable",
        message: `${directory} cannot be read (${systemCode}).`,
        hint: "Allow the user that runs Agent Runner to list it and to read its files.",
      };
  }
}

/** Describes a root that vanished while it was read. */
export function describeLoss(root: string): FileError {
  return missing(root, "vanished while it was read");
}

function describeReplacement(root: string): FileError {
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
    hint: "Connect its drive, create it, or change the path in the config.",
  };
}
