import { mkdirSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { RunnerError, systemErrorCode } from "../core/errors.ts";

/** Holds the home for one daemon until it is released or the process ends, however it ends. */
export interface HomeLock {
  release(): void;
}

// A handle that nothing refers to is closed by the garbage collector, and the lock with it.
const held = new Set<Database.Database>();

function openLock(file: string): Database.Database {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    return new Database(file, { timeout: 0 });
  } catch (error) {
    throw new RunnerError("home_unusable", `${file} cannot be created: ${String(error)}`, {
      hint: "Make its directory one that this user can write to, or set AGENT_RUNNER_HOME to another.",
      cause: error,
    });
  }
}

/**
 * Takes the lock, or gives undefined when another process has it.
 *
 * It is an exclusive transaction on a tiny database, so the system itself gives it up when the process
 * dies: it cannot go stale, and no process id has to be believed.
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
