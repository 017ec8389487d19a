import { type Kysely, sql } from "kysely";

/**
 * Adds what a job came to (`outcome`) and what of its file was not read or was lost (`warnings`), and the
 * indexes that say why files wait.
 *
 * Why so: both belong to the job, since all files of one content share them. Jobs of older homes keep null: their
 * outcome follows from their changes, and their warnings from their document, without reading a file again.
 * Cost: the columns rewrite no row; the indexes hold waiting and skipped files only.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // How a done job ended; null: not done, or done before this column.
  `ALTER TABLE jobs ADD COLUMN outcome TEXT CHECK (outcome IN ('recorded','nothing_recorded','capped'))`,
  // JSON array of {code, message}; null: none, or the document has them.
  `ALTER TABLE jobs ADD COLUMN warnings TEXT`,
  // Of files_processed; null: a run before these columns.
  `ALTER TABLE runs ADD COLUMN files_nothing_recorded INTEGER`,
  `ALTER TABLE runs ADD COLUMN files_capped INTEGER`,
  // Why files wait.
  `CREATE INDEX files_waiting ON files (agent_id, reason, next_attempt_at)
    WHERE state = 'pending' AND reason IS NOT NULL`,
  // Why files are skipped.
  `CREATE INDEX files_skipped ON files (agent_id, reason) WHERE state = 'skipped'`,
  // Jobs that were put off for an error and are tried again.
  `CREATE INDEX jobs_tried_again ON jobs (agent_id)
    WHERE state IN ('pending', 'working') AND error IS NOT NULL AND reason IS NULL`,
];
