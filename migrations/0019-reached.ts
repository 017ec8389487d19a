import { type Kysely, sql } from "kysely";

/**
 * The index of requests by day has the code of their error, too.
 *
 * Why so: a request that reached nothing does not count as a request, and usage is summed in this index alone. Cost:
 * one index is built anew, about a second for a million requests.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `DROP INDEX requests_by_day`,
  `CREATE INDEX requests_by_day ON requests (
    sent_at, provider, agent_id, model, state, input_tokens, cached_input_tokens, output_tokens, cost_usd,
    reserved_usd, error ->> '$.code'
  ) WHERE provider <> 'rules'`,
];
