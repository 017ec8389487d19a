import { mkdirSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { RunnerError, systemErrorCode } from "../core/errors.ts";

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

/**
 * Takes the lock; undefined if another process has it.
 *
 * The lock is an exclusive transaction on a tiny database, so the system releases it when the process dies: it
 * cannot go stale, and no process id has to be trusted.
 *
 * @throws {RunnerError} home_unusable
 */
export function takeLock(file: string): HomeLock | undefined {
  const database = openLock(file);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (systemErrorCode(error)?.startsWith("SQLITE_BUSY")) return undefined;
    throw error;
  }
  held.add(database);
  return {
    release() {
      held.delete(database);
      database.close();
    },
  };
}
