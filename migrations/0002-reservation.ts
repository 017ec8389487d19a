import { type Kysely, sql } from "kysely";

/**
 * What a request may cost is reserved in its row before it is sent, so that no number of requests at the
 * same time, and no crash, gets past a budget.
 *
 * Why here: the rows of requests are the one account of what was spent; a second one could disagree.
 * Cost: two columns of null for each request so far; no row is rewritten.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // Tokens in and out at the most; null: sent before there were reservations.
  `ALTER TABLE requests ADD COLUMN reserved_tokens INTEGER`,
  // US dollars at the most; null: price not known.
  `ALTER TABLE requests ADD COLUMN reserved_usd REAL`,
];
