import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  statSync,
} from "node:fs";
import path from "node:path";
import { systemErrorCode } from "./errors.ts";

/*
 * Where an open file really is. `O_NOFOLLOW` guards only the last name of a path: another program may replace a directory
 * of the path with a symbolic link between two calls, so look at what was opened, not at the path.
 */

const isLinux = process.platform === "linux";
// Opens a place without the right to read it. Node does not name it; the same number on x64 and arm64.
const O_PATH = 0x20_0000;
const { O_RDONLY, O_NOFOLLOW, O_DIRECTORY } = constants;

/**
 * Whether an open file or directory is at this path, and no symbolic link is on the way below `root`. `root` and the
 * directories above it may be links. False if the file was removed, or replaced by another.
 *
 * @param place `root`, or a path below it
 */
export function isAt(descriptor: number, place: string, root: string): boolean {
  try {
    if (isLinux && readlinkSync(`/proc/self/fd/${descriptor}`) === place) return true;
  } catch {
    // No /proc is mounted.
  }
  try {
    const realRoot = realpathSync(root);
    const expected = path.join(realRoot, path.relative(root, place));
    return isLinux ? isReached(descriptor, realRoot, expected) : isUnlinked(descriptor, expected);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return false;
  }
}

/** Goes down from directory to directory, following no link. Names may differ in case where the disk ignores that. */
function isReached(descriptor: number, root: string, place: string): boolean {
  let at = openSync(root, O_PATH | O_DIRECTORY);
  try {
    const names = path.relative(root, place).split(path.sep).filter(Boolean);
    for (const [index, name] of names.entries()) {
      const isLast = index === names.length - 1;
      const next = openSync(
        `/proc/self/fd/${at}/${name}`,
        O_PATH | O_NOFOLLOW | (isLast ? 0 : O_DIRECTORY),
      );
      closeSync(at);
      at = next;
    }
    return isSame(descriptor, fstatSync(at));
  } finally {
    closeSync(at);
  }
}

/** Systems that cannot open a name in an open directory: looks at the whole path before and after its stats. */
function isUnlinked(descriptor: number, place: string): boolean {
  return (
    realpathSync(place) === place &&
    isSame(descriptor, statSync(place)) &&
    realpathSync(place) === place
  );
}

function isSame(descriptor: number, stats: { dev: number; ino: number }): boolean {
  const { dev, ino } = fstatSync(descriptor);
  // Windows gives other numbers of devices for paths than for open files.
  return ino === stats.ino && (dev === stats.dev || process.platform === "win32");
}

/** A directory that stays the same one while it is open. */
export interface HeldDirectory extends Disposable {
  /** Leads to this directory, whatever its path leads to by now (Linux). Elsewhere its path. */
  readonly path: string;
}

/**
 * Opens a directory to read or change what is directly in it.
 *
 * @throws system errors; ELOOP if a symbolic link is on the way below `root`
 */
export function holdDirectory(directory: string, root: string): HeldDirectory {
  if (!isLinux) return { path: directory, [Symbol.dispose]() {} };
  const descriptor = openSync(directory, O_RDONLY | O_DIRECTORY);
  const close = (): void => closeSync(descriptor);
  if (isAt(descriptor, directory, root)) {
    return { path: `/proc/self/fd/${descriptor}`, [Symbol.dispose]: close };
  }
  close();
  throw Object.assign(new Error(`${directory} is behind a symbolic link.`), { code: "ELOOP" });
}
