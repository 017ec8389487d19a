import { toInstant } from "../core/clock.ts";
import { endAttempt } from "../journal/attempts.ts";
import { DRY_RUN, isInDryRun } from "../journal/dry-run.ts";
import { appendEvent } from "../journal/events.ts";
import { type FileRow, listFilesOfJob, settleFiles } from "../journal/files.ts";
import { type ClaimedJob, endJob, type JobEnd, putOffRun } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { countFile, noteRunError } from "../journal/runs.ts";
import type { FileError } from "../protocol/file.ts";
import type { Settlement } from "./settle.ts";

/**
 * Writes the end of an attempt that did not commit, in one transaction: job, files, attempt, run counts, events.
 * Returns false, with nothing changed, if another attempt has the job by now.
 *
 * @param nowMs milliseconds since 1970
 */
export function writeSettlement(
  journal: Journal,
  job: ClaimedJob,
  settlement: Settlement,
  nowMs: number,
): boolean {
  const now = toInstant(nowMs);
  return journal.transaction(() => {
    const end = isInDryRun(journal, job.job_id) ? leave(settlement.end, now) : settlement.end;
    if (!endJob(journal, job, end, now)) return false;
    const files = listFilesOfJob(journal, job);
    endAttempt(journal, job.attempt_id, settlement.attempt, errorOf(end), now);
    writeFiles(journal, job, { ...settlement, end }, now);
    for (const file of files) reportFile(journal, job, file, end, now);
    return true;
  });
}

function writeFiles(
  journal: Journal,
  { job_id, run_id }: ClaimedJob,
  { end, puts_off_run }: Pick<Settlement, "end" | "puts_off_run">,
  now: string,
): void {
  const error = errorOf(end);
  switch (end.state) {
    case "done":
    case "superseded":
      // The files of a superseded job are pending again already, and stay so in this run.
      break;
    case "failed":
    case "skipped": {
      const reason = end.state === "skipped" ? end.reason : null;
      settleFiles(journal, job_id, { state: end.state, reason, next_attempt_at: null, error }, now);
      countFile(journal, job_id, end.state);
      break;
    }
    case "pending": {
      const next_attempt_at = end.reason === DRY_RUN ? null : end.next_attempt_at;
      settleFiles(journal, job_id, { ...end, error, next_attempt_at }, now);
      if (puts_off_run) putOffRun(journal, run_id, end);
      if (error !== null && end.next_attempt_at !== null) noteRunError(journal, run_id, error);
      break;
    }
  }
}

function reportFile(
  journal: Journal,
  { run_id, agent_id }: ClaimedJob,
  { file_id, path }: FileRow,
  end: JobEnd,
  now: string,
): void {
  const ofFile = { run_id, agent_id, file_id, path };
  if (end.state === "failed") {
    const { code, message } = end.error;
    appendEvent(journal, { type: "file.failed", ...ofFile, code, message }, now);
  } else if (end.state === "skipped") {
    appendEvent(journal, { type: "file.skipped", ...ofFile, reason: end.reason }, now);
  }
}

function errorOf(end: JobEnd): FileError | null {
  return "error" in end ? end.error : null;
}

/** What a dry run postpones waits for a run that starts by hand, by schedule or at start; no other run does it when it is due. */
function leave(end: JobEnd, now: string): JobEnd {
  const isPutOff = end.state === "pending" && end.next_attempt_at !== null;
  return isPutOff ? { ...end, reason: DRY_RUN, next_attempt_at: now } : end;
}
