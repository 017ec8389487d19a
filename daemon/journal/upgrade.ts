import { rmSync } from "node:fs";
import type { Kysely } from "kysely";
import { systemClock, toInstant } from "../core/clock.ts";
import { RunnerError, toRunnerError } from "../core/errors.ts";
import { openBackups, schemaBackupPath } from "./backup.ts";
import { findMissingMigrations, findSchema, migrate, newestSchema } from "./migrate.ts";
import type { Tables } from "./tables.ts";

/** The upgrade of a journal from an older schema. */
export interface Upgrade {
  /** Numbers of schemas: `0006`. */
  from: string;
  to: string;
  /** The absolute path of the checked copy of the journal before the upgrade. */
  backup: string;
}

/**
 * Upgrades an open journal to the newest schema, after a backup into `backups/` beside it. Returns undefined if
 * the journal was new or had the newest schema. A crash leaves the old schema or the new one; the next start
 * may make the backup once more. The caller must hold the home's lock.
 *
 * @throws {RunnerError} backup_failed, journal_unwritable, journal_damaged; the journal is then as it was, and
 *   there is no new backup
 */
export async function upgrade(file: string, db: Kysely<Tables>): Promise<Upgrade | undefined> {
  const missing = await findMissingMigrations(db);
  if (missing.length === 0) return undefined;
  const from = await findSchema(db);
  if (from === undefined) {
    await migrate(db);
    return undefined;
  }
  const backup = await backUp(file, from);
  try {
    await migrate(db);
  } catch (error) {
    // The journal still equals the copy. Without this, a service that restarts forever would fill the disk.
    rmSync(backup, { force: true });
    throw error;
  }
  return { from, to: newestSchema(), backup };
}

async function backUp(file: string, schema: string): Promise<string> {
  try {
    const target = schemaBackupPath(file, schema, toInstant(systemClock.now()));
    await using backups = openBackups(file);
    await backups.make(target);
    return target;
  } catch (thrown) {
    const { message } = toRunnerError(thrown);
    throw new RunnerError(
      "backup_failed",
      `The journal of schema ${schema} was not upgraded, because it could not be backed up: ${message}`,
      {
        hint: `Make room for a copy of ${file} on its disk, check that \`backups\` beside it can be written to, and start again. The journal is as it was.`,
        cause: thrown,
      },
    );
  }
}
