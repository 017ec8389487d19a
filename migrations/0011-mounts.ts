import { type Kysely, sql } from "kysely";

/**
 * Where other file systems are mounted below a watched directory.
 *
 * Why so: once a drive is away, its empty place looks like a directory whose files were deleted. Cost: an empty table.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `CREATE TABLE mounts (
    agent_id TEXT NOT NULL REFERENCES agents,
    root TEXT NOT NULL,                   -- the watched directory
    path TEXT NOT NULL,                   -- absolute, below the root
    PRIMARY KEY (agent_id, root, path)
  ) STRICT, WITHOUT ROWID`,
];
