import { toInstant } from "../core/clock.ts";
import { leaveDirectories } from "../journal/directories.ts";
import { appendEvent } from "../journal/events.ts";
import { hasOpenJobs } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { countOutcomes } from "../journal/outcomes.ts";
import { toFileCounts } from "../journal/run-views.ts";
import { findRunRow, finishRun as markFinished, type RunRow } from "../journal/runs.ts";
import { OUTSIDE_HOURS } from "../journal/wait-reason.ts";
import { countWaitingFor } from "../journal/wait-views.ts";
import type { RunStatus } from "../protocol/run.ts";
import type { RunContext } from "./run-context.ts";

/** Ends a run if nothing is left to do in it, and lets its agent look at what came meanwhile. */
export function finishRun(
  { journal, clock, logger, roster, progress, lookQueue }: RunContext,
  { run_id, agent_id }: Pick<RunRow, "run_id" | "agent_id">,
): void {
  // A directory may have left the config while its files were listed or worked on.
  const directories = roster.find(agent_id)?.agent.directories ?? [];
  const paths = directories.map(({ path }) => path);
  leaveDirectories(journal, agent_id, paths);
  progress.note(run_id);
  const status = finishIfComplete(journal, run_id, toInstant(clock.now()));
  if (status === undefined) return;
  progress.end(run_id);
  logger.info({ run_id, agent_id, status }, "A run ended");
  lookQueue.attend(agent_id);
}

/** Ends a run if every file of it is settled or put off. Gives its status if this call ended it. */
export function finishIfComplete(
  journal: Journal,
  runId: string,
  now: string,
): Exclude<RunStatus, "running"> | undefined {
  return journal.transaction(() => {
    const run = findRunRow(journal, runId);
    if (run === undefined || run.status !== "running" || run.listed_at === null) return undefined;
    if (hasOpenJobs(journal, runId)) return undefined;
    const status = statusOf(withoutEarly(journal, run));
    return endRun(journal, run, status, now) ? status : undefined;
  });
}

/** A run without the files that wait for the hours of their model: that is no fault of the run. */
function withoutEarly(journal: Journal, run: RunRow): RunRow {
  const early = countWaitingFor(journal, run.run_id, OUTSIDE_HOURS);
  return { ...run, files_pending: Math.max(0, run.files_pending - early) };
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
    if (!markFinished(journal, run_id, status, now)) return false;
    const row = findRunRow(journal, run_id);
    const result = row && {
      files: toFileCounts(row),
      outcomes: countOutcomes(journal, row),
      warned: row.files_warned ?? 0,
    };
    appendEvent(journal, { type: "run.completed", run_id, agent_id, status, ...result }, now);
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
