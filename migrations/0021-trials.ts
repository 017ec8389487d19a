import { type Kysely, sql } from "kysely";

/**
 * Requests that test a model have a table of their own: they belong to no file, job or run.
 *
 * Why so: they leave the daemon and cost money like any other, and a request's row needs a job. Their numbers are those of
 * requests, so that both are one list. Cost: an empty table.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // Columns as in requests.
  `CREATE TABLE trials (
    seq INTEGER PRIMARY KEY,              -- taken from the sequence of requests
    agent_id TEXT NOT NULL REFERENCES agents,
    state TEXT NOT NULL CHECK (state IN ('sent','answered','failed','lost')),
    provider TEXT NOT NULL CHECK (provider IN ('rules','openai')),
    model TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    answered_at TEXT,
    input_tokens INTEGER,
    cached_input_tokens INTEGER,
    output_tokens INTEGER,
    cost_usd REAL,
    error TEXT,
    reserved_tokens INTEGER,
    reserved_usd REAL,
    host TEXT,
    loopback INTEGER CHECK (loopback IN (0, 1)),
    bytes INTEGER
  ) STRICT`,
  `CREATE INDEX trials_by_day ON trials (sent_at)`,
];
