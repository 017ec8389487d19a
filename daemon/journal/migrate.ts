import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { up as journal0001 } from "../../migrations/0001-journal.ts";
import { up as reservation0002 } from "../../migrations/0002-reservation.ts";
import { up as search0003 } from "../../migrations/0003-search.ts";
import { up as undo0004 } from "../../migrations/0004-undo.ts";
import { up as usage0005 } from "../../migrations/0005-usage.ts";
import { up as activity0006 } from "../../migrations/0006-activity.ts";
import { up as baseRecipe0007 } from "../../migrations/0007-base-recipe.ts";
import { up as outcome0008 } from "../../migrations/0008-outcome.ts";
import { up as traces0009 } from "../../migrations/0009-traces.ts";
import { up as confirmed0010 } from "../../migrations/0010-confirmed.ts";
import { up as mounts0011 } from "../../migrations/0011-mounts.ts";
import { up as money0012 } from "../../migrations/0012-money.ts";
import { up as evidence0013 } from "../../migrations/0013-evidence.ts";
import { up as drafts0014 } from "../../migrations/0014-drafts.ts";
import { up as warned0015 } from "../../migrations/0015-warned.ts";
import { up as turn0016 } from "../../migrations/0016-turn.ts";
import { up as gone0017 } from "../../migrations/0017-gone.ts";
import { up as foreseen0018 } from "../../migrations/0018-foreseen.ts";
import { up as reached0019 } from "../../migrations/0019-reached.ts";
import { up as sends0020 } from "../../migrations/0020-sends.ts";
import { up as trials0021 } from "../../migrations/0021-trials.ts";
import { RunnerError } from "../core/errors.ts";
import { diskFaultCode } from "./disk-fault.ts";
import type { Tables } from "./tables.ts";

/** Every migration by its file name; they run in the order of the names. */
export const MIGRATIONS: Record<string, Migration> = {
  "0001-journal": { up: journal0001 },
  "0002-reservation": { up: reservation0002 },
  "0003-search": { up: search0003 },
  "0004-undo": { up: undo0004 },
  "0005-usage": { up: usage0005 },
  "0006-activity": { up: activity0006 },
  "0007-base-recipe": { up: baseRecipe0007 },
  "0008-outcome": { up: outcome0008 },
  "0009-traces": { up: traces0009 },
  "0010-confirmed": { up: confirmed0010 },
  "0011-mounts": { up: mounts0011 },
  "0012-money": { up: money0012 },
  "0013-evidence": { up: evidence0013 },
  "0014-drafts": { up: drafts0014 },
  "0015-warned": { up: warned0015 },
  "0016-turn": { up: turn0016 },
  "0017-gone": { up: gone0017 },
  "0018-foreseen": { up: foreseen0018 },
  "0019-reached": { up: reached0019 },
  "0020-sends": { up: sends0020 },
  "0021-trials": { up: trials0021 },
};

/**
 * Upgrades the schema to the newest one. All missing migrations and their records are one transaction, so a
 * crash leaves the old schema or the new one.
 *
 * @throws {RunnerError} journal_unwritable for a disk fault, journal_damaged if a migration cannot be applied
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  // The migrator reads every table before it finds that it has nothing to do.
  if ((await findMissingMigrations(db)).length === 0) return;
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
  });
  const { error } = await migrator.migrateToLatest();
  const fault = diskFaultCode(error);
  if (fault !== undefined) {
    throw new RunnerError(
      "journal_unwritable",
      `The journal could not be upgraded to this version (${fault}).`,
      {
        hint: "Free some space on its disk, check that it can be written to, and start again. Nothing was changed.",
        cause: error,
      },
    );
  }
  if (error !== undefined) {
    throw new RunnerError("journal_damaged", "The journal could not be upgraded to this version.", {
      hint: "Restore a backup, or report this with the log. Nothing was changed.",
      cause: error,
    });
  }
}

/**
 * The migrations of this database that a newer program applied and this one does not know. Reads only.
 */
export async function findUnknownMigrations(db: Kysely<Tables>): Promise<string[]> {
  return (await listApplied(db)).filter((name) => !(name in MIGRATIONS));
}

/** The migrations that this database still needs, in order. Reads only. */
export async function findMissingMigrations(db: Kysely<Tables>): Promise<string[]> {
  const applied = await listApplied(db);
  return Object.keys(MIGRATIONS).filter((name) => !applied.includes(name));
}

/** The number of this database's schema (`0006`); undefined: it has no schema yet. Reads only. */
export async function findSchema(db: Kysely<Tables>): Promise<string | undefined> {
  const applied = await listApplied(db);
  return newest(applied);
}

/** The number of the newest schema, which this program uses. */
export function newestSchema(): string {
  return newest(Object.keys(MIGRATIONS)) ?? "none";
}

function newest(names: readonly string[]): string | undefined {
  return names.toSorted().at(-1)?.slice(0, "0000".length);
}

async function listApplied(db: Kysely<Tables>): Promise<string[]> {
  const table = await sql<{ name: string }>`
    SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'kysely_migration'`.execute(db);
  if (table.rows.length === 0) return [];
  const applied = await sql<{ name: string }>`SELECT name FROM kysely_migration`.execute(db);
  return applied.rows.map((row) => row.name);
}
