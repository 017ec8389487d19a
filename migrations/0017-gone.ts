import { type Kysely, sql } from "kysely";

/**
 * Adds what a model said is no longer in its file.
 *
 * Why so: code looks for passages; whether a thing without a passage is still there, only a model can tell, and a file
 * that goes back to that text, or an undo, has to find it again.
 * Cost: no row is rewritten. The jobs of older homes said nothing of the kind.
 */
export async function up(db: Kysely<never>): Promise<void> {
  // A JSON list of ids of entities; null: none.
  await sql`ALTER TABLE jobs ADD COLUMN gone TEXT`.execute(db);
}
