import { type Kysely, sql } from "kysely";

/**
 * Adds what a person typed into a form of the page and did not save.
 *
 * Why so: a browser keeps things for an origin, and the page has a new one at every start. Cost: an empty table.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `CREATE TABLE drafts (
    -- Chosen by the page.
    draft_id TEXT NOT NULL PRIMARY KEY,
    -- The path of the page that has the form, e.g. /notes/note_1.
    page TEXT NOT NULL,
    -- The name of the form on that page.
    form TEXT NOT NULL,
    -- JSON: what was typed, by field.
    texts TEXT NOT NULL,
    -- JSON: a mark of what each field held before.
    before TEXT NOT NULL,
    -- 1: a key was typed, and is not kept.
    without_keys INTEGER NOT NULL CHECK (without_keys IN (0, 1)),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT`,
];
