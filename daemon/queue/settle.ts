import { CODES, type ErrorCode, type RunnerError } from "../core/errors.ts";
import { toInstant } from "../core/clock.ts";
import type { JobEnd } from "../journal/jobs.ts";
import { OUTSIDE_HOURS } from "../journal/wait-reason.ts";
import type { AttemptOutcome } from "../journal/tables.ts";
import type { SkipReason } from "../protocol/file.ts";

/** How one attempt at a job ended without a commit. */
export type JobOutcome =
  | { outcome: "skipped"; reason: SkipReason }
  /** The file, or the model's answers about it, are bad: final for this content and recipe. */
  | { outcome: "failed"; error: RunnerError }
  /** The endpoint, its key or its quota is the cause, not the file. */
  | { outcome: "fault"; error: RunnerError }
  /** The hours of its model have not begun. */
  | {
      outcome: "early";
      /** Milliseconds since 1970. */
      until: number;
      /** Whether the rest of its run waits, too. */
      concerns_run: boolean;
    }
  /** No file has this content any more. */
  | { outcome: "changed" }
  /** The daemon stops, or the run was cancelled. */
  | { outcome: "interrupted" };

// Faults that every file of the endpoint would meet. Other faults may concern one file only.
const CONCERNS_ALL: ReadonlySet<string> = new Set<ErrorCode>([
  "key_missing",
  "key_refused",
  "quota_exhausted",
  "budget_exhausted",
  "run_budget_exhausted",
  "price_unknown",
  "model_not_found",
  "no_tool_calling",
  "endpoint_unreachable",
  "rate_limited",
]);

// Faults that concern one file only.
const CONCERNS_ONE: ReadonlySet<string> = new Set<ErrorCode>([
  "too_long",
  "prompt_truncated",
  "not_allowed",
]);

/** Whether every file of the endpoint or agent would meet a fault. */
export function concernsAll(code: string): boolean {
  return CONCERNS_ALL.has(code);
}

/** Whether a fault may still be waited out inside its run, as one of so many in a row. */
export function isShortFault(code: ErrorCode, faults: number): boolean {
  return CODES[code].kind === "transient" && faults > 0 && faults <= SHORT_WAITS_MS.length;
}

/** What follows from an outcome. */
export interface Settlement {
  end: JobEnd;
  attempt: AttemptOutcome;
  /** How long its lane sends nothing to the endpoint; null: it continues. */
  hold_ms: number | null;
  /** How long nothing is sent to the endpoint, because it asked for that; null: it did not. */
  endpoint_hold_ms: number | null;
  /** Whether the rest of the run is postponed too, because the endpoint would answer the same. */
  puts_off_run: boolean;
  /** Whether the file is postponed for a fault that other files may meet too. */
  tells_of_endpoint: boolean;
}

// The waits inside the run for a short fault (a restart, a lost connection).
const SHORT_WAITS_MS = [1_000, 2_000, 4_000];
// The longest wait that an endpoint may request for the run to wait it out.
const LONGEST_SHORT_WAIT_MS = 10_000;
// The wait for a longer fault: 30 s, doubled each time, up to 15 min.
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 15 * 60_000;
// From this on, a wait that an endpoint asks for concerns all of its files, not only the one that met it.
const HOLD_FROM_MS = 60_000;
// Faults by which an endpoint says that it wants fewer requests, whatever they are about.
const HOLDS: ReadonlySet<string> = new Set<ErrorCode>([
  "rate_limited",
  "quota_exhausted",
  "endpoint_fault",
]);
// Longer waits that an endpoint requests are cut to a day.
const LONGEST_ASKED_WAIT_MS = 24 * 60 * 60_000;

/**
 * Decides how a job continues. Pure: the same outcome, job and instant always lead to the same settlement.
 *
 * @param job.faults endpoint faults of this job in a row before this one
 * @param job.faults_of_others faults in a row of another file of its endpoint or agent that was postponed before
 *   this one started; 0: there is no such file, or a file succeeded since
 * @param now milliseconds since 1970
 */
export function settle(
  outcome: JobOutcome,
  job: { faults: number; faults_of_others?: number },
  now: number,
): Settlement {
  const goOn = {
    hold_ms: null,
    endpoint_hold_ms: null,
    puts_off_run: false,
    tells_of_endpoint: false,
  };
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
    case "early":
      return {
        end: {
          state: "pending",
          reason: OUTSIDE_HOURS,
          next_attempt_at: toInstant(outcome.until),
          error: null,
          faults: job.faults,
        },
        attempt: "put_off",
        ...goOn,
        puts_off_run: outcome.concerns_run,
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
  const heldUntil = error.data["held_until"];
  if (typeof heldUntil === "number") return waitForEndpoint(error, job.faults, heldUntil);
  // The endpoint just failed another file: continue its series of waits, do not start a new one.
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
      endpoint_hold_ms: null,
      puts_off_run: false,
      tells_of_endpoint: false,
    };
  }
  const doublings = Math.max(0, faultsBefore - SHORT_WAITS_MS.length);
  const ownMs = Math.min(FIRST_WAIT_MS * 2 ** doublings, LONGEST_WAIT_MS);
  const isHold = askedMs !== undefined && askedMs > HOLD_FROM_MS && HOLDS.has(error.code);
  // All of its files wait for the same time.
  const waitMs = isHold ? askedMs : Math.max(askedMs ?? 0, ownMs);
  const isOfOne = CONCERNS_ONE.has(error.code);
  return {
    end: { ...end, next_attempt_at: toInstant(now + waitMs) },
    attempt: "put_off",
    hold_ms: null,
    endpoint_hold_ms: isHold ? askedMs : null,
    puts_off_run: isHold || CONCERNS_ALL.has(error.code) || (faultsOfOthers > 0 && !isOfOne),
    tells_of_endpoint: !isOfOne,
  };
}

/** Nothing was sent, because the endpoint is held: no fault of this job, and the rest of its run waits with it. */
function waitForEndpoint(error: RunnerError, faults: number, until: number): Settlement {
  const { code: reason } = error;
  const next_attempt_at = toInstant(until);
  return {
    end: { state: "pending", reason, error: toFileError(error), faults, next_attempt_at },
    attempt: "put_off",
    hold_ms: null,
    endpoint_hold_ms: null,
    puts_off_run: true,
    tells_of_endpoint: false,
  };
}

/** An error as the journal keeps it and the API shows it. */
export function toFileError(error: RunnerError): {
  code: string;
  message: string;
  hint: string | null;
} {
  return { code: error.code, message: error.message, hint: error.hint };
}
