import { sql } from "kysely";
import { type ModelSettings, RULES } from "../protocol/agent.ts";
import type { Journal } from "./open.ts";
import type { RunRow } from "./runs.ts";

/** The files of a run that need work, by what became of them. Files of one content count once. */
export interface RunBacklog {
  settled: number;
  /** Of those, the ones that were skipped, for which no model was asked. */
  skipped: number;
  working: number;
  /** They wait for their turn. */
  ready: number;
}

export function countBacklog(
  journal: Journal,
  { run_id, dry_run, files_processed }: Pick<RunRow, "run_id" | "dry_run" | "files_processed">,
): RunBacklog {
  const rows = journal.all(
    sql<{ state: string; files: number }>`
      SELECT state, count(*) AS files FROM jobs WHERE run_id = ${run_id} GROUP BY state`,
  );
  const of = new Map(rows.map(({ state, files }) => [state, files]));
  const skipped = of.get("skipped") ?? 0;
  // What a dry run did waits for a run that writes.
  const done = (of.get("done") ?? 0) + (dry_run === 1 ? files_processed : 0);
  return {
    settled: done + (of.get("failed") ?? 0) + skipped,
    skipped,
    working: of.get("working") ?? 0,
    ready: countReady(journal, run_id, null),
  };
}

/** The place of a job in the order in which jobs are claimed. */
export interface Turn {
  rank: number;
  modified_ms: number;
}

/** The place of the job of a run that is claimed last; undefined: none waits for its turn. */
export function findLastTurn(journal: Journal, runId: string): Turn | undefined {
  return journal.get(
    sql<Turn>`SELECT rank, modified_ms FROM jobs
      WHERE run_id = ${runId} AND state = 'pending' AND next_attempt_at IS NULL
      ORDER BY rank DESC, modified_ms LIMIT 1`,
  );
}

/** How many jobs of a run wait for their turn. @param before only those that are claimed before it; null: all */
export function countReady(journal: Journal, runId: string, before: Turn | null): number {
  const isBefore =
    before === null
      ? sql`true`
      : sql`(rank < ${before.rank}
          OR (rank = ${before.rank} AND modified_ms > ${before.modified_ms}))`;
  const row = journal.get(
    sql<{ files: number }>`SELECT count(*) AS files FROM jobs INDEXED BY jobs_to_do
      WHERE run_id = ${runId} AND state = 'pending' AND next_attempt_at IS NULL AND ${isBefore}`,
  );
  return row?.files ?? 0;
}

/** When the work on a file began and ended: ISO 8601, by a clock that may have been wrong. */
export interface Worked {
  started_at: string;
  finished_at: string;
}

/** The files of a run that a model was asked for and that ended last. */
export function listWorked(
  journal: Journal,
  runId: string,
  { provider, name }: Pick<ModelSettings, "provider" | "name">,
  limit: number,
): Worked[] {
  return provider === RULES
    ? listWorkedByRules(journal, runId, limit)
    : listWorkedByModel(journal, runId, name, limit);
}

// A file may take this many requests before the last ones of a run are not found any more.
const REQUESTS_PER_FILE = 12;

/** In the order in which the requests were written, which no clock can change. */
function listWorkedByModel(
  journal: Journal,
  runId: string,
  model: string,
  limit: number,
): Worked[] {
  return journal.all(
    sql<Worked>`
      SELECT attempts.started_at, attempts.finished_at FROM (
        SELECT attempt_id, max(seq) AS last FROM (
          SELECT attempt_id, seq, model FROM requests
          WHERE run_id = ${runId} AND provider <> 'rules'
          ORDER BY seq DESC LIMIT ${limit * REQUESTS_PER_FILE}
        ) WHERE model = ${model} GROUP BY attempt_id
      ) AS asked JOIN attempts ON attempts.attempt_id = asked.attempt_id
      WHERE attempts.outcome IN ('done', 'failed')
        OR (attempts.outcome = 'put_off' AND attempts.error IS NULL)
      ORDER BY asked.last DESC LIMIT ${limit}`,
  );
}

/** Of all that was done last, because no index leads to the rules' work by its run, and it is quick. */
function listWorkedByRules(journal: Journal, runId: string, limit: number): Worked[] {
  return journal.all(
    sql<Worked>`
      SELECT started_at, finished_at FROM (
        SELECT run_id, started_at, finished_at FROM attempts INDEXED BY attempts_done
        WHERE outcome = 'done' ORDER BY finished_at DESC LIMIT ${limit}
      ) WHERE run_id = ${runId}`,
  );
}
