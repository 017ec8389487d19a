import { DRY_RUN } from "../journal/dry-run.ts";
import type { FileRow } from "../journal/files.ts";
import type { JobRow } from "../journal/jobs.ts";
import type { FileError } from "../protocol/file.ts";
import { UNDONE, type Verdict } from "./decide.ts";
import { parseError } from "./listing.ts";

/** What becomes of an observed file: its state, and what that leads to. */
export interface SettledState {
  state: FileRow["state"];
  reason: string | null;
  next_attempt_at: string | null;
  processed_at: string | null;
  error: FileError | null;
  /** The file has another job than before. */
  is_new: boolean;
  /** It was taken back, and other files keep its content in force. */
  is_undone: boolean;
}

/**
 * Decides what becomes of a file whose content is known and judged. Pure.
 *
 * @param job the verdict's job, or the one that was made for it
 * @param before the file's row, by its path or by the place that it moved from
 */
export function settleState(
  { verdict }: Verdict<JobRow>,
  job: JobRow,
  before: FileRow | undefined,
  { hash, now }: { hash: string; now: string },
): SettledState {
  const stands = verdict === "stands";
  const waits = verdict === "waits";
  const is_undone = stands && before !== undefined && isUndone(before, hash);
  const settled = is_undone ? "skipped" : job.state;
  const state = stands && settled !== "superseded" ? settled : "pending";
  const is_new = before?.job_id !== job.job_id;
  return {
    state,
    reason: is_undone ? UNDONE : stands || waits ? job.reason : null,
    next_attempt_at: waits && job.reason !== DRY_RUN ? job.next_attempt_at : null,
    processed_at: is_new && state === "done" ? now : (before?.processed_at ?? null),
    error: stands || waits ? parseError(job.error) : null,
    is_new,
    is_undone,
  };
}

function isUndone(before: FileRow, hash: string): boolean {
  return before.state === "skipped" && before.reason === UNDONE && before.hash === hash;
}
