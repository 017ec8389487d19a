import { appendEvent } from "../journal/events.ts";
import { hasOpenJobs } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { findRunRow, finishRun, type RunRow } from "../journal/runs.ts";
import type { RunStatus } from "../protocol/run.ts";

/**
 * Ends a run whose every file is settled or put off. Gives its status when this call ended it.
 */
export function finishIfComplete(
  journal: Journal,
  runId: string,
  now: string,
): Exclude<RunStatus, "running"> | undefined {
  return journal.transaction(() => {
    const run = findRunRow(journal, runId);
    if (run === undefined || run.status !== "running" || run.listed_at === null) return undefined;
    if (hasOpenJobs(journal, runId)) return undefined;
    return endRun(journal, run, statusOf(run), now) ? statusOf(run) : undefined;
  });
}

/** Ends a run with a status, if it is still running, and says so. */
export function endRun(
  journal: Journal,
  run: Pick<RunRow, "run_id" | "agent_id">,
  status: Exclude<RunStatus, "running">,
  now: string,
): boolean {
  const { run_id, agent_id } = run;
  return journal.transaction(() => {
    if (!finishRun(journal, run_id, status, now)) return false;
    appendEvent(journal, { type: "run.completed", run_id, agent_id, status }, now);
    return true;
  });
}

/** What a run whose work has ended came to. */
export function statusOf(
  run: Pick<
    RunRow,
    "files_unchanged" | "files_processed" | "files_failed" | "files_pending" | "error"
  >,
): "success" | "partial" | "error" {
  const isClean = run.files_failed === 0 && run.files_pending === 0 && run.error === null;
  if (isClean) return "success";
  return run.files_processed + run.files_unchanged > 0 ? "partial" : "error";
}
