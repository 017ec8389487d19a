import type { ErrorCode, RunnerError } from "../core/errors.ts";
import { toInstant } from "../core/clock.ts";
import type { JobEnd } from "../journal/jobs.ts";
import type { AttemptOutcome } from "../journal/tables.ts";
import type { SkipReason } from "../protocol/file.ts";

/** How one attempt at a job ended, other than by its commit. */
export type JobOutcome =
  | { outcome: "skipped"; reason: SkipReason }
  /** The file, or the model's answers to it, are bad: final for this content and recipe. */
  | { outcome: "failed"; error: RunnerError }
  /** The endpoint, its key or its quota is at fault: the file has done nothing wrong. */
  | { outcome: "fault"; error: RunnerError }
  /** No file has this content any more. */
  | { outcome: "changed" }
  /** The daemon stops, or the run was cancelled. */
  | { outcome: "interrupted" };

// Faults that every file of the endpoint would meet. Any other may be this file's alone.
const CONCERNS_ALL: ReadonlySet<string> = new Set<ErrorCode>([
  "key_missing",
  "key_refused",
  "quota_exhausted",
  "budget_exhausted",
  "run_budget_exhausted",
  "price_unknown",
  "model_not_found",
  "endpoint_unreachable",
  "rate_limited",
]);

// What one file meets and the next may not.
const CONCERNS_ONE: ReadonlySet<string> = new Set<ErrorCode>(["too_long", "prompt_truncated"]);

/** What an outcome leads to. */
export interface Settlement {
  end: JobEnd;
  attempt: AttemptOutcome;
  /** Nothing more of this run may be sent to the endpoint for so long; null: go on. */
  hold_ms: number | null;
  /** Whether the rest of the run is put off with this job: the endpoint would answer it the same. */
  puts_off_run: boolean;
  /** Whether the file is put off for a fault that other files may meet as well. */
  tells_of_endpoint: boolean;
}

// A short fault (a restart, a lost connection) is waited out inside the run, this often.
const SHORT_WAITS_MS = [1_000, 2_000, 4_000];
// What the endpoint asks us to wait is waited out inside the run up to this.
const LONGEST_SHORT_WAIT_MS = 10_000;
// A fault that stays: 30 s, doubled each time, up to 15 min.
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 15 * 60_000;
// No endpoint may ask us to wait longer than a day without our asking again.
const LONGEST_ASKED_WAIT_MS = 24 * 60 * 60_000;

/**
 * Decides what becomes of a job. Pure: the same outcome, job and instant always give the same settlement.
 *
 * @param job.faults endpoint faults in a row before this one
 * @param job.faults_of_others those of another file of its endpoint or agent that was put off before this one was
 *   tried; 0: there is none, or a file succeeded since
 * @param now milliseconds since 1970
 */
export function settle(
  outcome: JobOutcome,
  job: { faults: number; faults_of_others?: number },
  now: number,
): Settlement {
  const goOn = { hold_ms: null, puts_off_run: false, tells_of_endpoint: false };
  switch (outcome.outcome) {
    case "skipped":
      return { end: { state: "skipped", reason: outcome.reason }, attempt: "skipped", ...goOn };
    case "failed":
      return {
        end: { state: "failed", error: toFileError(outcome.error) },
        attempt: "failed",
        ...goOn,
      };
    case "changed":
      return { end: { state: "superseded" }, attempt: "changed", ...goOn };
    case "interrupted":
      return {
        end: {
          state: "pending",
          reason: "interrupted",
          next_attempt_at: null,
          error: null,
          faults: job.faults,
        },
        attempt: "interrupted",
        ...goOn,
      };
    case "fault":
      return settleFault(outcome.error, job, now);
  }
}

function settleFault(
  error: RunnerError,
  job: { faults: number; faults_of_others?: number },
  now: number,
): Settlement {
  const { faults_of_others: faultsOfOthers = 0 } = job;
  // An endpoint that failed another file just before is not waited for anew.
  const faultsBefore = Math.max(job.faults, faultsOfOthers);
  const asked = error.data["retry_after_ms"];
  const askedMs = typeof asked === "number" ? Math.min(asked, LONGEST_ASKED_WAIT_MS) : undefined;
  const shortMs =
    error.kind === "transient" ? (askedMs ?? SHORT_WAITS_MS[faultsBefore]) : undefined;
  const isShort =
    shortMs !== undefined &&
    shortMs <= LONGEST_SHORT_WAIT_MS &&
    faultsBefore < SHORT_WAITS_MS.length;
  const end = {
    state: "pending" as const,
    reason: error.code,
    error: toFileError(error),
    faults: faultsBefore + 1,
  };
  if (isShort) {
    return {
      end: { ...end, next_attempt_at: null },
      attempt: "put_off",
      hold_ms: shortMs,
      puts_off_run: false,
      tells_of_endpoint: false,
    };
  }
  const doublings = Math.max(0, faultsBefore - SHORT_WAITS_MS.length);
  const ownMs = Math.min(FIRST_WAIT_MS * 2 ** doublings, LONGEST_WAIT_MS);
  const waitMs = Math.max(askedMs ?? 0, ownMs);
  const isOfOne = CONCERNS_ONE.has(error.code);
  return {
    end: { ...end, next_attempt_at: toInstant(now + waitMs) },
    attempt: "put_off",
    hold_ms: null,
    puts_off_run: CONCERNS_ALL.has(error.code) || (faultsOfOthers > 0 && !isOfOne),
    tells_of_endpoint: !isOfOne,
  };
}

/** An error as the journal keeps it and the wire shows it. */
export function toFileError(error: RunnerError): {
  code: string;
  message: string;
  hint: string | null;
} {
  return { code: error.code, message: error.message, hint: error.hint };
}
