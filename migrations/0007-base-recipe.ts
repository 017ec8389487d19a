import { type Kysely, sql } from "kysely";

/**
 * Recipes are compared without the product versions that are part of them.
 *
 * Why so: an update of the product must not change the identity of an agent or make a done file new; only a
 * change by the user may. A recipe is 16 digits for what the user chose, followed by the product versions
 * (nothing follows: the versions of the first release, which are inside the digits). Cost: the column is
 * computed, so no row is rewritten; the index is rebuilt, about a second for 100,000 jobs.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // Recognises an agent under another id, or as an ad-hoc agent.
  `ALTER TABLE agents RENAME COLUMN recipe TO base_recipe`,
  // The recipe without the product's versions.
  `ALTER TABLE jobs ADD COLUMN base_recipe TEXT NOT NULL AS (substr(recipe, 1, 16)) VIRTUAL`,
  `DROP INDEX jobs_by_recipe`,
  `CREATE INDEX jobs_by_recipe ON jobs (agent_id, state, base_recipe, recipe)`,
];
