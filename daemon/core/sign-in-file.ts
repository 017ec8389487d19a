/*
 * The file that opens the page in a browser. It leads to an address with a single-use code. An opener is given the path
 * of this file, because every user of the machine can read the arguments of a program. Only its owner can read the file,
 * and it exists for a minute at most: the daemon removes it when its code was used or is too old, and what a killed
 * daemon left at its next start.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { CALL } from "./call.ts";
import { RunnerError, systemErrorCode } from "./errors.ts";
import type { Paths } from "./paths.ts";
import { makePrivateDirectory } from "./private-directory.ts";

export type SignInPlaces = Pick<Paths, "daemonFile" | "signIn" | "signInVisible">;

// snapd has one of these as soon as a snap has a program.
const SNAP_PROGRAMS = ["/snap/bin", "/var/lib/snapd/snap/bin"];
// Attempts, since the daemon removes a visible directory that is empty.
const ATTEMPTS = 3;

/**
 * Writes the file for a code. Nothing that exists is replaced or followed.
 *
 * @param address an address of the page, with the code in its fragment
 * @returns the path of the file
 * @throws {RunnerError} home_unusable; home_unsafe if another user may change the directory
 */
export function writeSignInFile(
  places: SignInPlaces,
  { address, code }: { address: string; code: string },
  hasSnaps = SNAP_PROGRAMS.some((place) => existsSync(place)),
): string {
  const place = hasSnaps && !isVisible(places) ? places.signInVisible : places.signIn;
  for (let attempt = 1; ; attempt += 1) {
    makePrivateDirectory(place);
    if (!isPrivate(place)) throw unsafe(place);
    const file = path.join(place, nameOf(places, code));
    try {
      writeFileSync(file, toHtml(address), { flag: "wx", mode: 0o600 });
      return file;
    } catch (error) {
      if (systemErrorCode(error) !== "ENOENT" || attempt === ATTEMPTS)
        throw unwritable(file, error);
    }
  }
}

/** Removes the file of a code, if it exists. */
export function removeSignInFile(places: SignInPlaces, code: string): void {
  removeFiles(places, (name) => name === nameOf(places, code));
}

/** Removes this home's files that are older than `ageMs`. 0: all of them. */
export function removeOldSignInFiles(places: SignInPlaces, ageMs: number): void {
  removeFiles(places, (_name, file) => ageMs === 0 || Date.now() - statSync(file).mtimeMs > ageMs);
}

function removeFiles(places: SignInPlaces, isOver: (name: string, file: string) => boolean): void {
  for (const place of [places.signIn, places.signInVisible]) {
    try {
      if (!isPrivate(place)) continue;
      const ofThisHome = nameOf(places, "").slice(0, TAG_LENGTH);
      for (const name of readdirSync(place).filter((one) => one.startsWith(ofThisHome))) {
        const file = path.join(place, name);
        if (isOver(name, file)) rmSync(file, { force: true });
      }
      // Among the user's own directories, only while it is needed.
      if (place === places.signInVisible) rmdirSync(place);
    } catch {
      // The directory is missing, holds another file, or is read-only here: a later start or `open` removes it.
    }
  }
}

const TAG_LENGTH = 9;

/** Several homes may share the visible directory. The hash of a code says nothing about the code. */
function nameOf({ daemonFile }: SignInPlaces, code: string): string {
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  // The daemon and a command may know the home by different links.
  const home = realpathSync(path.dirname(daemonFile));
  return `${hash(home).slice(0, TAG_LENGTH - 1)}-${hash(code).slice(0, 32)}.html`;
}

/** Whether a snap can read it: it sees the user's own directories, except hidden ones and data of other snaps. */
function isVisible({ signIn, signInVisible }: SignInPlaces): boolean {
  const [first = ""] = path.relative(path.dirname(signInVisible), signIn).split(path.sep);
  return !first.startsWith(".") && first !== "snap" && !path.isAbsolute(first);
}

/** Whether it is a directory, not a link to one, that only this user can enter. */
function isPrivate(place: string): boolean {
  const stats = lstatSync(place);
  if (!stats.isDirectory()) return false;
  const uid = process.getuid?.();
  return uid === undefined || (stats.uid === uid && (stats.mode & 0o077) === 0);
}

function toHtml(address: string): string {
  const escaped = address.replace(/[&<>"']/gu, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="0; url=${escaped}">
<title>Agent Runner</title>
</head>
<body>
<p>Agent Runner opens. If it does not, <a href="${escaped}">open the page</a>.</p>
<p>This works once, within a minute.</p>
</body>
</html>
`;
}

function unsafe(place: string): RunnerError {
  const message = `${place} is not a directory that only you can enter, so other users could read how to sign in.`;
  return new RunnerError("home_unsafe", message, {
    hint: `Remove it, or use the address that \`${CALL} open --print\` prints.`,
  });
}

function unwritable(file: string, cause: unknown): RunnerError {
  const message = `The file ${file} cannot be written (${systemErrorCode(cause) ?? "unknown"}).`;
  return new RunnerError("home_unusable", message, {
    hint: `Use the address that \`${CALL} open --print\` prints.`,
    cause,
  });
}
