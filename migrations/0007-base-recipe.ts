import { type Kysely, sql } from "kysely";

/**
 * A recipe is compared without the versions of the product that are part of it.
 *
 * Why so: an update of the product must make no agent another one and no done file new; only what a user changes may. A
 * recipe is 16 digits for what the user chose, and after them the product's versions (none: those of the first
 * release, which are inside the digits). Cost: the column is computed, so no row is rewritten; the
 * index is built anew, about a second for 100,000 jobs.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // An agent is known again by it, under another id or as an ad-hoc one.
  `ALTER TABLE agents RENAME COLUMN recipe TO base_recipe`,
  // The recipe without the product's versions.
  `ALTER TABLE jobs ADD COLUMN base_recipe TEXT NOT NULL AS (substr(recipe, 1, 16)) VIRTUAL`,
  `DROP INDEX jobs_by_recipe`,
  `CREATE INDEX jobs_by_recipe ON jobs (agent_id, state, base_recipe, recipe)`,
];
