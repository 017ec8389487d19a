import { lstatSync, mkdirSync, rmSync, statSync, truncateSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import { nameKind } from "../core/home-file.ts";
import { createId } from "../core/id.ts";

/** Reserves the home for one daemon until it is released or the process ends, in whatever way. */
export interface HomeLock {
  release(): void;
}

// The garbage collector closes a handle that nothing refers to, which would release the lock.
const held = new Set<Database.Database>();

function openLock(file: string): Database.Database {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    return new Database(file, { timeout: 0 });
  } catch (error) {
    throw new RunnerError("home_unusable", `${file} cannot be created: ${String(error)}`, {
      hint: "Make its directory writable for this user, or set AGENT_RUNNER_HOME to another directory.",
      cause: error,
    });
  }
}

// SQLite also answers BUSY where the file system has no locks (ENOLCK).
const CANNOT_LOCK = /^SQLITE_(?:BUSY|PERM|PROTOCOL|IOERR)(?:_|$)/u;

/** Whether files in a directory can be locked: a new file, which no one else has open, shows it. */
function canLock(directory: string): boolean {
  const file = path.join(directory, `.${createId("lock")}.partial`);
  const database = openLock(file);
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch {
    return false;
  } finally {
    database.close();
    rmSync(file, { force: true });
  }
}

function noLocks(directory: string, cause: unknown): RunnerError {
  return new RunnerError(
    "home_unusable",
    `The disk of ${directory} has no file locks, so two daemons could write one journal.`,
    {
      hint: "Set AGENT_RUNNER_HOME to a directory on a local disk, or mount this one with locks (NFS: without nolock, SMB: without nobrl).",
      cause,
    },
  );
}

/**
 * Takes the lock; undefined if another process has it.
 *
 * The lock is an exclusive transaction on a tiny database, so the system releases it when the process dies: it
 * cannot go stale, and no process id has to be trusted.
 *
 * @param onDamage called if the file was damaged and is empty again; nothing is lost, because it holds nothing
 * @throws {RunnerError} home_unusable
 */
export function takeLock(file: string, onDamage: () => void = () => {}): HomeLock | undefined {
  refuseOther(file);
  try {
    return lock(file);
  } catch (error) {
    if (!DAMAGED.test(systemErrorCode(error) ?? "")) throw unusable(file, error);
  }
  try {
    // Emptied in place: if it were replaced, two processes could each lock a file of their own.
    truncateSync(file);
    onDamage();
    return lock(file);
  } catch (error) {
    throw unusable(file, error);
  }
}

const DAMAGED = /^SQLITE_(?:NOTADB|CORRUPT|FORMAT|IOERR_SHORT_READ)/u;

function lock(file: string): HomeLock | undefined {
  const database = openLock(file);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    const code = systemErrorCode(error) ?? "";
    if (DAMAGED.test(code) || !CANNOT_LOCK.test(code)) throw error;
    if (!canLock(path.dirname(file))) throw noLocks(path.dirname(file), error);
    return undefined;
  }
  held.add(database);
  return {
    release() {
      held.delete(database);
      try {
        database.close();
      } catch {
        // The system releases it with the process.
      }
    },
  };
}

/** A link that leads nowhere is refused too: SQLite would make the file somewhere else. */
function refuseOther(file: string): void {
  const link = lstatSync(file, { throwIfNoEntry: false });
  if (link === undefined) return;
  const stats = statSync(file, { throwIfNoEntry: false });
  const kind = stats === undefined ? "a link that leads nowhere" : nameKind(stats);
  if (kind === undefined) return;
  throw new RunnerError("home_unusable", `${file} is ${kind}, not a file.`, {
    hint: "Remove it: the next start makes it anew, and it holds nothing.",
  });
}

function unusable(file: string, cause: unknown): RunnerError {
  if (cause instanceof RunnerError) return cause;
  const why = systemErrorCode(cause) ?? String(cause);
  return new RunnerError("home_unusable", `${file} cannot be locked (${why}).`, {
    hint: "Remove it, which loses nothing, and check that this user may write to its directory.",
    cause,
  });
}
