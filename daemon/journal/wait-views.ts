import { sql } from "kysely";
import type { FileError } from "../protocol/file.ts";
import type { Journal } from "./open.ts";
import type { WaitReason } from "./wait-reason.ts";

/** The files of an agent that wait for one reason. */
export interface Wait {
  agent_id: string;
  reason: string;
  files: number;
  /** The earliest, ISO 8601; null: none of them has a time. */
  next_attempt_at: string | null;
  /** How many of them have a time. */
  put_off: number;
}

/** Why files wait now, by agent and reason. Files that only wait for their turn have no reason. */
export function listWaits(journal: Journal): Wait[] {
  return journal.all(
    sql<Wait>`SELECT agent_id, reason, count(*) AS files, min(next_attempt_at) AS next_attempt_at,
        count(next_attempt_at) AS put_off
      FROM files INDEXED BY files_waiting
      WHERE state = 'pending' AND reason IS NOT NULL GROUP BY agent_id, reason`,
  );
}

/** The files of an agent that are not read for one reason. */
export interface Skips {
  agent_id: string;
  reason: string;
  files: number;
}

/** Why files are not read, by agent and reason. */
export function listSkips(journal: Journal): Skips[] {
  return journal.all(
    sql<Skips>`SELECT agent_id, reason, count(*) AS files FROM files INDEXED BY files_skipped
      WHERE state = 'skipped' AND reason IS NOT NULL GROUP BY agent_id, reason
      ORDER BY agent_id, files DESC, reason`,
  );
}

/** The error and the path of the file of a {@link Wait} that is tried first. */
export function findFirstWaiting(
  journal: Journal,
  { agent_id, reason }: Pick<Wait, "agent_id" | "reason">,
): { path: string; error: FileError | null } | undefined {
  const row = journal.get(
    sql<{ path: string; error: string | null }>`
      SELECT path, error FROM files INDEXED BY files_waiting
      WHERE state = 'pending' AND agent_id = ${agent_id} AND reason = ${reason}
      ORDER BY next_attempt_at IS NULL, next_attempt_at, seq LIMIT 1`,
  );
  return row && { path: row.path, error: parseError(row.error) };
}

/** How many files of a run's jobs wait for a reason. */
export function countWaitingFor(journal: Journal, runId: string, reason: WaitReason): number {
  const row = journal.get(
    sql<{ files: number }>`SELECT count(*) AS files FROM jobs JOIN files USING (job_id)
      WHERE jobs.run_id = ${runId} AND jobs.state = 'pending' AND jobs.reason = ${reason}
        AND files.state = 'pending'`,
  );
  return row?.files ?? 0;
}

/** How many files of a {@link Wait} have not changed since an instant, in milliseconds since 1970. */
export function countOldWaiting(
  journal: Journal,
  { agent_id, reason }: Pick<Wait, "agent_id" | "reason">,
  before: number,
): number {
  const row = journal.get(
    sql<{ files: number }>`SELECT count(*) AS files FROM files INDEXED BY files_waiting
      WHERE state = 'pending' AND agent_id = ${agent_id} AND reason = ${reason}
        AND coalesce(ctime_ms, 0) < ${before}`,
  );
  return row?.files ?? 0;
}

/** Files that were put off for an error and are being tried again. */
export interface Retrial {
  agent_id: string;
  error: FileError;
  /** Faults in a row before now; 0: they were put off with the rest of their run. */
  faults: number;
  files: number;
  /** Whether their run has already done a file. */
  has_success: boolean;
}

/** What is being tried again, by agent, error and number of faults. Runs that wait for consent do not count. */
export function listRetrials(journal: Journal): Retrial[] {
  const rows = journal.all(
    sql<{
      agent_id: string;
      error: string;
      faults: number;
      files: number;
      has_success: number;
    }>`
      SELECT jobs.agent_id, min(jobs.error) AS error, jobs.faults, count(*) AS files,
        runs.files_processed > 0 AS has_success
      FROM jobs INDEXED BY jobs_tried_again
      JOIN runs ON runs.run_id = jobs.run_id AND runs.status = 'running' AND runs.awaits_confirmation = 0
      JOIN files ON files.job_id = jobs.job_id AND files.state IN ('pending', 'working')
      WHERE jobs.state IN ('pending', 'working') AND jobs.error IS NOT NULL AND jobs.reason IS NULL
      GROUP BY jobs.agent_id, jobs.error ->> '$.code', jobs.faults, has_success`,
  );
  return rows.map(({ error, has_success, ...rest }) => ({
    ...rest,
    error: JSON.parse(error) as FileError,
    has_success: has_success === 1,
  }));
}

function parseError(text: string | null): FileError | null {
  return text === null ? null : (JSON.parse(text) as FileError);
}
