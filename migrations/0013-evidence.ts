import { type Kysely, sql } from "kysely";

/**
 * Adds what shows that a thing is no longer in its file.
 *
 * Why so: a source held the passage of the version that it was in, and nothing told whether the file still has it.
 * Cost: no row is rewritten. Sources of older homes stay current; their jobs are not known to have read everything.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // The job that did not find it in the file any more; null: it is current.
  `ALTER TABLE sources ADD COLUMN dropped_by TEXT REFERENCES jobs (job_id)`,
  `CREATE INDEX sources_dropped ON sources (dropped_by) WHERE dropped_by IS NOT NULL`,
  // 1: a done job that read the whole text to its end; null: it did not, or is older than this column.
  `ALTER TABLE jobs ADD COLUMN read_whole INTEGER CHECK (read_whole IN (0, 1))`,
];
