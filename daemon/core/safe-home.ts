import { chmodSync, lstatSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import { RunnerError, systemErrorCode } from "./errors.ts";
import type { Paths } from "./paths.ts";
import { shellCommand } from "./shell-command.ts";

/*
 * Whether a home is the user's own. Its config decides what is read and where it is sent, and its daemon.json where the
 * command line sends what it is given, so no other user may have made or may change either. As ssh does with its keys.
 */

const ROOT = 0;
const OTHERS_WRITE = 0o002;
const GROUP_WRITES = 0o020;

/**
 * Checks the home's directories and files, as far as they exist. Takes from groups the right to write to what belongs to
 * this user, also from a group without other members: with an access control list, the bits of the group are the most
 * that any user named there may do. Checks nothing on Windows.
 *
 * @throws {RunnerError} home_unsafe
 */
export function secureHome(paths: Paths): void {
  const unsafe = findUnsafe(paths);
  if (unsafe !== undefined) throw unsafe;
  for (const place of listPlaces(paths)) {
    const stats = look(place, statSync);
    if (stats === undefined || stats.uid !== process.getuid?.()) continue;
    if ((stats.mode & GROUP_WRITES) === 0) continue;
    takeFromGroup(place, stats.mode);
  }
}

function takeFromGroup(place: string, mode: number): void {
  try {
    chmodSync(place, mode & 0o7777 & ~GROUP_WRITES);
  } catch (error) {
    // On a disk that is read-only here, or that keeps no modes.
    const code = systemErrorCode(error) ?? String(error);
    const message = `A group may write to ${place} (mode ${octalOf(mode)}), and that cannot be changed here (${code}).`;
    throw new RunnerError("home_unsafe", message, {
      hint: `Run \`${shellCommand("chmod g-w", place)}\` where its disk can be written, or set AGENT_RUNNER_HOME to another directory.`,
      cause: error,
    });
  }
}

function octalOf(mode: number): string {
  return (mode & 0o777).toString(8);
}

/** The first reason not to use a home; undefined: it is safe. Changes nothing. */
export function findUnsafe(paths: Paths): RunnerError | undefined {
  if (process.getuid === undefined) return undefined;
  for (const place of listPlaces(paths)) {
    // Who made a link decides where it leads.
    const owners = [look(place, lstatSync)?.uid, look(place, statSync)?.uid];
    const foreign = owners.find((uid) => uid !== undefined && !isTrusted(uid));
    if (foreign !== undefined) return belongsToOther(place, foreign);
    const mode = look(place, statSync)?.mode ?? 0;
    if ((mode & OTHERS_WRITE) !== 0) return isWritable(place, mode);
  }
  for (const above of new Set(paths.own.flatMap(listAbove))) {
    const uid = look(above, statSync)?.uid ?? ROOT;
    if (!isTrusted(uid) && !isUnmapped(uid)) return belongsToOther(above, uid);
  }
  return undefined;
}

function listPlaces({ own, config, secrets, database, daemonFile, logs, log }: Paths): string[] {
  const trace = path.join(logs, "daemon.err");
  return [...own, config, secrets, database, `${database}-wal`, daemonFile, log, trace];
}

/** The directories above a place. Their owners can put another directory in its place. */
function listAbove(place: string): string[] {
  const above: string[] = [];
  let at = real(place);
  while (at !== path.dirname(at)) above.push((at = path.dirname(at)));
  return above;
}

function real(place: string): string {
  try {
    return realpathSync(place);
  } catch {
    return place;
  }
}

function look(place: string, stat: (place: string) => Stats): Stats | undefined {
  try {
    return stat(place);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

function isTrusted(uid: number): boolean {
  return uid === ROOT || uid === process.getuid?.();
}

/** In a container, and under systemd's PrivateUsers, users of the system outside have this number, root included. */
function isUnmapped(uid: number): boolean {
  try {
    const overflow = Number(readFileSync("/proc/sys/kernel/overflowuid", "latin1"));
    const map = readFileSync("/proc/self/uid_map", "latin1").trim().split(/\s+/u);
    return uid === overflow && map.join(" ") !== "0 0 4294967295";
  } catch {
    return false;
  }
}

function belongsToOther(place: string, uid: number): RunnerError {
  const message = `${place} belongs to another user (uid ${uid}), so it is not used as a home.`;
  return new RunnerError("home_unsafe", message, {
    hint: "Run this as that user, or set AGENT_RUNNER_HOME to a directory of your own.",
  });
}

function isWritable(place: string, mode: number): RunnerError {
  return new RunnerError(
    "home_unsafe",
    `Every user of this machine may write to ${place} (mode ${octalOf(mode)}), so it is not used as a home.`,
    {
      hint: `Run \`${shellCommand("chmod go-w", place)}\` after you have looked what is in it.`,
    },
  );
}
