import { type RawBuilder, sql } from "kysely";
import type { FileOutcome } from "../protocol/file.ts";
import type { RunOutcomes } from "../protocol/run.ts";
import { isCapped, toWarning, type Warning } from "../protocol/warning.ts";
import type { JobRow } from "./jobs.ts";
import type { Journal } from "./open.ts";
import type { FileResult, RunRow } from "./runs.ts";

/** Writes what a job that is done came to, once its changes are written. */
export function saveOutcome(
  journal: Journal,
  { job_id }: Pick<JobRow, "job_id">,
  warnings: readonly Warning[],
): FileResult {
  const said = journal.get(
    sql`SELECT 1 FROM changes WHERE job_id = ${job_id} AND state = 'applied' LIMIT 1`,
  );
  const whole = said === undefined ? "nothing_recorded" : "recorded";
  const outcome = isCapped(warnings) ? "capped" : whole;
  journal.run(
    journal.build
      .updateTable("jobs")
      .set({ outcome, warnings: JSON.stringify(warnings) })
      .where("job_id", "=", job_id),
  );
  return toResult(outcome, warnings);
}

function toResult(outcome: FileOutcome, warnings: readonly Warning[]): FileResult {
  return { outcome, is_warned: outcome !== "capped" && warnings.length > 0 };
}

/** What a done job came to, as {@link saveOutcome} wrote it. */
export function readResult({
  outcome,
  warnings,
}: Pick<JobRow, "outcome" | "warnings">): FileResult {
  return toResult(outcome ?? "recorded", parseWarnings(warnings));
}

// For jobs of versions that kept no outcome: whether they ever changed or confirmed something.
const DERIVED = sql`iif(EXISTS (
  SELECT 1 FROM changes WHERE changes.job_id = jobs.job_id AND changes.state IN ('applied', 'undone')
), 'recorded', 'nothing_recorded')`;

/** The outcome of `jobs` for a query; null unless `files` are done. */
export const OUTCOME: RawBuilder<FileOutcome | null> = sql`
  CASE files.state WHEN 'done' THEN coalesce(jobs.outcome, ${DERIVED}) END`;

/** The warnings of `jobs` for a query, as JSON; of a job that is not done, the warnings of its document. */
export const WARNINGS: RawBuilder<string | null> = sql`coalesce(jobs.warnings, (
  SELECT documents.document -> '$.warnings' FROM documents
  WHERE documents.hash = jobs.hash AND documents.extractor = jobs.extractor))`;

export function parseWarnings(text: string | null): Warning[] {
  return text === null ? [] : (JSON.parse(text) as (Warning | string)[]).map(toWarning);
}

/** What the files that a run has done came to. */
export function countOutcomes(journal: Journal, run: RunRow): RunOutcomes {
  const { files_processed, files_capped, files_nothing_recorded } = run;
  const capped = files_capped ?? 0;
  const nothing_recorded = files_nothing_recorded ?? deriveNothing(journal, run);
  const recorded = Math.max(0, files_processed - capped - nothing_recorded);
  return { recorded, nothing_recorded, capped };
}

function deriveNothing(journal: Journal, { run_id, dry_run }: RunRow): number {
  if (dry_run === 1) return 0;
  const row = journal.get(
    sql<{ files: number }>`SELECT count(*) AS files FROM jobs
      WHERE run_id = ${run_id} AND state = 'done' AND ${DERIVED} = 'nothing_recorded'`,
  );
  return row?.files ?? 0;
}

/** The paths of an agent's files that are done with an outcome. */
export function listPathsOfOutcome(
  journal: Journal,
  agentId: string,
  outcome: FileOutcome,
): string[] {
  const rows = journal.all(
    sql<{ path: string }>`SELECT files.path FROM files JOIN jobs ON jobs.job_id = files.job_id
      WHERE files.state = 'done' AND +files.agent_id = ${agentId} AND ${OUTCOME} = ${outcome}
      ORDER BY files.path`,
  );
  return rows.map(({ path }) => path);
}
