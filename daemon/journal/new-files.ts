import { sql } from "kysely";
import type { Journal } from "./open.ts";

/** A file whose content waits in a run, and that was never read. Of files of one content, one. */
export interface NewFile {
  path: string;
  /** The watched directory it is under. */
  root: string;
}

/** In the order in which a run reads them. */
export function listNewFiles(journal: Journal, runId: string): NewFile[] {
  return journal.all(
    sql<NewFile>`
      SELECT min(files.path) AS path, files.root
      FROM jobs INDEXED BY jobs_to_do JOIN files ON files.job_id = jobs.job_id
      WHERE jobs.run_id = ${runId} AND jobs.state = 'pending' AND jobs.next_attempt_at IS NULL
      GROUP BY jobs.job_id HAVING max(files.processed_at) IS NULL
      ORDER BY jobs.rank, jobs.modified_ms DESC`,
  );
}
