import { type Kysely, sql } from "kysely";

/**
 * What shows that a file was renamed and edited between two looks: the birth of its inode and a sketch of its lines.
 *
 * Why so: neither path nor hash finds such a file again, and an inode alone proves nothing, because systems use
 * one again at once. In a table of its own, so that the rows that each sweep reads stay small. Cost: an empty
 * table; the files of an older home get their row when they are read next.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  `CREATE TABLE traces (
    file_id TEXT NOT NULL PRIMARY KEY REFERENCES files (file_id),
    inode REAL NOT NULL,
    born_ms REAL NOT NULL,                -- birth time; a file whose system reports none has no row
    sketch BLOB                           -- hashes of its lines, 4 bytes each, at most 64; null: never read, or forgotten
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX traces_by_birth ON traces (inode, born_ms)`,
  // The status is asked for often, and skipped files may be many.
  `CREATE INDEX files_in_conflict ON files (agent_id, path)
    WHERE state = 'skipped' AND reason = 'conflict_copy'`,
];
