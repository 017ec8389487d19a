import { sql } from "kysely";
import type { FileError } from "../protocol/file.ts";
import { endAttempt } from "./attempts.ts";
import { appendEvent } from "./events.ts";
import { listFilesOfJob, makeDue, settleFiles } from "./files.ts";
import { findJob } from "./jobs.ts";
import type { Journal } from "./open.ts";
import { loseTestCalls } from "./test-calls.ts";
import { countFile } from "./runs.ts";
import { OUTSIDE_HOURS, type WaitReason } from "./wait-reason.ts";

// What files wait for by the settings alone.
const SET_BY_CONFIG: readonly WaitReason[] = ["not_allowed", OUTSIDE_HOURS];
// Three in a row are not chance: the document kills the process.
const CRASHES_ALLOWED = 3;

/**
 * Repairs the journal after a process that died: closes every open attempt as crashed, and its job waits again
 * in its run. Only the holder of the home's lock may call this, before any work starts. A second call changes
 * nothing. Returns how many attempts had crashed.
 *
 * A job fails if three attempts in a row died before its document was extracted, because the document probably
 * kills the process. Deaths after that step are not counted against the document.
 *
 * If the last run or event is later than `now`, the clock was set back while no process ran: every wait is due, because
 * it may have been written by the wrong clock.
 */
export function recover(journal: Journal, now: string): { crashed: number } {
  return journal.transaction(() => {
    const open = journal.all(
      journal.build
        .selectFrom("attempts")
        .select(["attempt_id", "job_id"])
        .where("finished_at", "is", null),
    );
    for (const attempt of open) {
      endAttempt(journal, attempt.attempt_id, "crashed", null, now);
      recoverJob(journal, attempt, now);
    }
    loseTestCalls(journal);
    // The settings may have been edited while no process ran.
    if (isFromLater(journal, now)) makeDue(journal, undefined, now);
    else for (const reason of SET_BY_CONFIG) makeDue(journal, undefined, now, reason);
    return { crashed: open.length };
  });
}

function recoverJob(
  journal: Journal,
  attempt: { attempt_id: string; job_id: string },
  now: string,
): void {
  const job = findJob(journal, attempt.job_id);
  if (job === undefined || job.state !== "working" || job.attempt_id !== attempt.attempt_id) return;
  const crashes = job.frame === null ? job.crashes + 1 : 0;
  const failed = crashes >= CRASHES_ALLOWED;
  const error: FileError | null = failed
    ? {
        code: "crashed_repeatedly",
        message: `Reading this file crashed the daemon ${crashes} times in a row.`,
        hint: "Retry it after an update of Agent Runner, or change the file. Until then it is not read again.",
      }
    : null;
  journal.run(
    journal.build
      .updateTable("jobs")
      .set({
        state: failed ? "failed" : "pending",
        attempt_id: null,
        crashes,
        error: error === null ? null : JSON.stringify(error),
        finished_at: failed ? now : null,
      })
      .where("job_id", "=", job.job_id),
  );
  const files = listFilesOfJob(journal, job);
  settleFiles(
    journal,
    job.job_id,
    { state: failed ? "failed" : "pending", reason: null, next_attempt_at: null, error },
    now,
  );
  if (error === null) return;
  countFile(journal, job.job_id, "failed");
  const { run_id, agent_id } = job;
  const { code, message } = error;
  for (const { file_id, path } of files) {
    appendEvent(
      journal,
      { type: "file.failed", run_id, agent_id, file_id, path, code, message },
      now,
    );
  }
}

/** Whether the last event or the last run of the journal is later than `now`. */
function isFromLater(journal: Journal, now: string): boolean {
  const last = sql<{ at: string | null }>`SELECT max(
      coalesce((SELECT created_at FROM events ORDER BY event_id DESC LIMIT 1), ''),
      coalesce((SELECT started_at FROM runs ORDER BY seq DESC LIMIT 1), '')) AS at`;
  return (journal.get(last)?.at ?? "") > now;
}
