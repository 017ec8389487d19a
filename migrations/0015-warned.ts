import { type Kysely, sql } from "kysely";

/**
 * Runs count the files that were read with warnings.
 *
 * Why so: a list of runs, the tray and a notification say it, and counting jobs would read every one of a large run.
 * Cost: a column without values; no row is rewritten.
 */
export async function up(db: Kysely<never>): Promise<void> {
  // Of files_processed, without those in files_capped; null: a run before this column.
  await sql.raw(`ALTER TABLE runs ADD COLUMN files_warned INTEGER`).execute(db);
}
