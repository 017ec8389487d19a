import { type Kysely, sql } from "kysely";

/**
 * Runs keep how many notes, tasks and projects the built-in rules would make of their files.
 *
 * Why so: a first look at many files asks under the rules too, and the answer may come days and restarts later. Cost:
 * a column without values; no row is rewritten.
 */
export async function up(db: Kysely<never>): Promise<void> {
  // About how many; null: not counted, because the run did not ask or a language model reads its files.
  await sql.raw(`ALTER TABLE runs ADD COLUMN foreseen_entities INTEGER`).execute(db);
}
