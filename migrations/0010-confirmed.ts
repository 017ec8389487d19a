import { type Kysely, sql } from "kysely";

/**
 * Adds what a job said of an entity that was so already.
 *
 * Why so: an undo of an earlier job must keep what a later job also said, and a title that a later job gave must
 * find its entity. It is not part of `after`, which holds what changed and gives a file its rights to a text.
 * Cost: no row is rewritten. Older changes keep null: what they confirmed is not known.
 */
export async function up(db: Kysely<never>): Promise<void> {
  // JSON of the fields that were so already, or that the user had edited; null: none, or not known.
  await sql.raw(`ALTER TABLE changes ADD COLUMN confirmed TEXT`).execute(db);
}
