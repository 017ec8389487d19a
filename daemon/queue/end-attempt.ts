import { toInstant } from "../core/clock.ts";
import { endAttempt } from "../journal/attempts.ts";
import { DRY_RUN, isInDryRun } from "../journal/dry-run.ts";
import { appendEvent } from "../journal/events.ts";
import { listFilesOfJob, settleFiles } from "../journal/files.ts";
import { type ClaimedJob, endJob, type JobEnd, putOffRun } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { countFile, noteRunError } from "../journal/runs.ts";
import type { Settlement } from "./settle.ts";

/**
 * Writes what an attempt came to, in one transaction. Gives false, with nothing changed, when another
 * attempt has the job by now.
 */
export function writeSettlement(
  journal: Journal,
  job: ClaimedJob,
  settlement: Settlement,
  nowMs: number,
): boolean {
  const { attempt } = settlement;
  const now = toInstant(nowMs);
  return journal.transaction(() => {
    const end = isInDryRun(journal, job.job_id) ? leave(settlement.end, now) : settlement.end;
    if (!endJob(journal, job, end, now)) return false;
    const files = listFilesOfJob(journal, job);
    const error = "error" in end ? end.error : null;
    endAttempt(journal, job.attempt_id, attempt, error, now);
    switch (end.state) {
      case "done":
        break;
      case "superseded":
        // Its files were sent back and are looked at again: for this run they stay pending.
        break;
      case "failed":
      case "skipped":
        settleFiles(
          journal,
          job.job_id,
          {
            state: end.state,
            reason: end.state === "skipped" ? end.reason : null,
            next_attempt_at: null,
            error,
          },
          now,
        );
        countFile(journal, job.job_id, end.state);
        break;
      case "pending":
        settleFiles(
          journal,
          job.job_id,
          { ...end, error, next_attempt_at: end.reason === DRY_RUN ? null : end.next_attempt_at },
          now,
        );
        if (settlement.puts_off_run) putOffRun(journal, job.run_id, end);
        if (error !== null && end.next_attempt_at !== null) {
          noteRunError(journal, job.run_id, error);
        }
        break;
    }
    const { run_id, agent_id } = job;
    for (const { file_id, path } of files) {
      const ofFile = { run_id, agent_id, file_id, path };
      if (end.state === "failed") {
        const { code, message } = end.error;
        appendEvent(journal, { type: "file.failed", ...ofFile, code, message }, now);
      } else if (end.state === "skipped") {
        appendEvent(journal, { type: "file.skipped", ...ofFile, reason: end.reason }, now);
      }
    }
    return true;
  });
}

/** What a dry run puts off is left to a run that somebody asks for: no other may do it when it is due. */
function leave(end: JobEnd, now: string): JobEnd {
  const isPutOff = end.state === "pending" && end.next_attempt_at !== null;
  return isPutOff ? { ...end, reason: DRY_RUN, next_attempt_at: now } : end;
}
