import { type Kysely, sql } from "kysely";

/**
 * Requests keep where they went, how long they were and what file they were about; directories keep to whom what is in
 * them may be sent.
 *
 * Why so: a person can see what left this machine, and what came from a directory that left the config is kept to what
 * was said of it. Cost: six columns without values and an empty table; no row is rewritten.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // null with the next three: the request was sent by an older version, or is one to the built-in rules.
  `ALTER TABLE requests ADD COLUMN host TEXT`, // with its port
  `ALTER TABLE requests ADD COLUMN loopback INTEGER CHECK (loopback IN (0, 1))`,
  `ALTER TABLE requests ADD COLUMN bytes INTEGER`, // of the body
  `ALTER TABLE requests ADD COLUMN file_id TEXT`, // of the file that was read; others may have the same content
  `ALTER TABLE requests ADD COLUMN path TEXT`, // of that file, when the request was sent; null: forgotten, too
  // JSON array of the ids of entities that answers of tools showed the model so far; null: none.
  `ALTER TABLE requests ADD COLUMN shown TEXT`,
  `CREATE INDEX requests_by_file ON requests (file_id) WHERE file_id IS NOT NULL`,
  `CREATE INDEX requests_sent ON requests (seq) WHERE provider <> 'rules'`,

  `CREATE TABLE places (
    agent_id TEXT NOT NULL,
    path TEXT NOT NULL,                   -- of a watched directory; absolute, real
    sends TEXT NOT NULL,                  -- JSON, as it was last in force
    explicit INTEGER NOT NULL CHECK (explicit IN (0, 1)),  -- 0: it was what the top level says
    PRIMARY KEY (agent_id, path)
  ) STRICT, WITHOUT ROWID`,
];
