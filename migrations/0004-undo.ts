import { type Kysely, sql } from "kysely";

/**
 * What explaining, undoing and forgetting need: the files for which a job was done, the passage that is the
 * reason of each change, and the undo that reverted it.
 *
 * Why so: a source holds only the latest statement of a file, so the earlier statements were not known.
 * Cost: a row for each job and file; for older jobs, as far as sources or files still name them. No row is
 * rewritten.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // The files for whose content a job was done. A file keeps the jobs of its earlier contents.
  `CREATE TABLE origins (
    job_id TEXT NOT NULL REFERENCES jobs (job_id),
    file_id TEXT NOT NULL REFERENCES files (file_id),
    PRIMARY KEY (job_id, file_id)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX origins_by_file ON origins (file_id)`,
  `INSERT INTO origins (job_id, file_id)
    SELECT job_id, file_id FROM sources
    UNION SELECT files.job_id, files.file_id FROM files JOIN jobs USING (job_id) WHERE jobs.state = 'done'`,

  // Every undo; null: not the scope of this undo.
  `CREATE TABLE undos (
    undo_id TEXT NOT NULL PRIMARY KEY,
    run_id TEXT REFERENCES runs (run_id),
    file_id TEXT,
    agent_id TEXT,
    since TEXT,
    reverted INTEGER NOT NULL,            -- changes taken back
    created_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,

  // The undo that reverted the change; null: the change was not undone.
  `ALTER TABLE changes ADD COLUMN undo_id TEXT REFERENCES undos (undo_id)`,
  // The passage that is its reason, as the model gave it, and whether the text has it; null: no passage, or forgotten.
  `ALTER TABLE changes ADD COLUMN quote TEXT`,
  `ALTER TABLE changes ADD COLUMN verified INTEGER`,

  // When its content was forgotten; it is then not sent again under any recipe; null: it was not forgotten.
  `ALTER TABLE jobs ADD COLUMN forgotten_at TEXT`,

  // What retention removes, oldest first.
  `CREATE INDEX documents_by_age ON documents (created_at)`,
  `CREATE INDEX requests_kept ON requests (sent_at) WHERE reply IS NOT NULL`,
];
