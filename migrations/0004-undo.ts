import { type Kysely, sql } from "kysely";

/**
 * What a person needs to have explained, taken back and forgotten: which files a job was done for, the passage
 * each change rests on, and which undo took it back.
 *
 * Why so: a source holds only the latest word of a file, so nothing told what rested on it before that word.
 * Cost: a row for each job and file; of jobs so far, those that sources or files still name. No row is rewritten.
 */
export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

const STATEMENTS = [
  // The files whose content a job was done for. A file keeps those of its earlier contents.
  `CREATE TABLE origins (
    job_id TEXT NOT NULL REFERENCES jobs (job_id),
    file_id TEXT NOT NULL REFERENCES files (file_id),
    PRIMARY KEY (job_id, file_id)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX origins_by_file ON origins (file_id)`,
  `INSERT INTO origins (job_id, file_id)
    SELECT job_id, file_id FROM sources
    UNION SELECT files.job_id, files.file_id FROM files JOIN jobs USING (job_id) WHERE jobs.state = 'done'`,

  // Every undo; null: not what was asked to be taken back.
  `CREATE TABLE undos (
    undo_id TEXT NOT NULL PRIMARY KEY,
    run_id TEXT REFERENCES runs (run_id),
    file_id TEXT,
    agent_id TEXT,
    since TEXT,
    reverted INTEGER NOT NULL,            -- changes taken back
    created_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,

  // Which undo took the change back; null: none.
  `ALTER TABLE changes ADD COLUMN undo_id TEXT REFERENCES undos (undo_id)`,
  // The passage it rests on, as the model gave it, and whether it stands in the text; null: none, or forgotten.
  `ALTER TABLE changes ADD COLUMN quote TEXT`,
  `ALTER TABLE changes ADD COLUMN verified INTEGER`,

  // Its content was forgotten then: it is not sent again, under whatever recipe; null: it was not.
  `ALTER TABLE jobs ADD COLUMN forgotten_at TEXT`,

  // What retention removes, the oldest first.
  `CREATE INDEX documents_by_age ON documents (created_at)`,
  `CREATE INDEX requests_kept ON requests (sent_at) WHERE reply IS NOT NULL`,
];
