import { type Kysely, sql } from "kysely";

/**
 * The possible cost of a request is reserved in its row before it is sent, so that neither simultaneous requests
 * nor a crash can exceed a budget.
 *
 * Why here: the rows of requests are the only account of what was spent; a second one could disagree.
 * Cost: two columns of null for each request so far; no row is rewritten.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // At most: tokens, in and out; null: sent before reservations existed.
  `ALTER TABLE requests ADD COLUMN reserved_tokens INTEGER`,
  // At most: US dollars; null: the price was not known.
  `ALTER TABLE requests ADD COLUMN reserved_usd REAL`,
];
