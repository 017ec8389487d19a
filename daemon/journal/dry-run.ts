import { sql } from "kysely";
import type { Journal } from "./open.ts";

/** The reason of files and jobs that a dry run left: they wait until a run starts by hand, by schedule or at start. */
export const DRY_RUN = "dry_run";

/** Whether a job is in a dry run now: another run may have adopted it since it was claimed. */
export function isInDryRun(journal: Journal, jobId: string): boolean {
  return (
    journal.get(
      sql`SELECT 1 FROM jobs JOIN runs USING (run_id)
        WHERE jobs.job_id = ${jobId} AND runs.dry_run = 1`,
    ) !== undefined
  );
}
