import type { ErrorCode } from "../core/errors.ts";
import { DRY_RUN } from "../journal/dry-run.ts";
import type { QuietReason } from "../journal/wait-reason.ts";
import type { Agent } from "../protocol/agent.ts";
import type { SkipReason } from "../protocol/file.ts";

/** The part of a job's row that the decision needs. */
export interface KnownJob {
  job_id: string;
  run_id: string;
  recipe: string;
  /** The recipe without the product's versions. */
  base_recipe: string;
  state: "pending" | "working" | "done" | "failed" | "skipped" | "superseded";
  /** Pending: what it waits for. With `cancelled` and `dry_run` it waits until a person asks for it. */
  reason: string | null;
  /** The version that made its document; null: it has none. */
  extractor: string | null;
  next_attempt_at: string | null;
  /** When its content was forgotten; null: it was not. */
  forgotten_at: string | null;
}

const RUN_BUDGET: ErrorCode = "run_budget_exhausted";

/** Why a file waits whose run was cancelled. */
export const CANCELLED = "cancelled" satisfies QuietReason;

/** Why a file is skipped whose results were undone: it is read again only when a person asks for it. */
export const UNDONE: SkipReason = "undone";

/** What becomes of a file whose content is known now. */
export type Verdict<Job extends KnownJob> =
  /** The job's result is valid for this file too: no job is needed. */
  | { verdict: "stands"; job: Job }
  /** A job of this run has the same content: the file waits for it. */
  | { verdict: "joins"; job: Job }
  /** Put off by an earlier run, and not due; or cancelled. */
  | { verdict: "waits"; job: Job }
  /** An earlier run left it undone, and this run does it. */
  | { verdict: "adopts"; job: Job }
  | { verdict: "new" };

/**
 * Decides whether a content needs work: the place where "each file exactly once" is kept. Pure.
 *
 * A result is final for its content under its recipe. A recipe that the user changed makes done work new only
 * where the agent asks for it; new versions of the product alone never do. Failed and skipped work is tried again under
 * either, but what failed at its model only under another base recipe: a better extractor does not change the model. What was undone or forgotten last stays so under any recipe. `force` repeats
 * done work, but once in a run, and includes the work that still waits.
 *
 * @param jobs every job of this agent and content that is not superseded, newest first
 */
export function decide<Job extends KnownJob>(
  jobs: readonly Job[],
  run: {
    run_id: string;
    recipe: string;
    base_recipe: string;
    on_recipe_change: Agent["on_recipe_change"];
    force: boolean;
    /** Whether it does work that was put off before that is due. */
    takes_put_off: boolean;
    /** Whether it does work of a cancelled run: by hand and by schedule, not because another file changed. */
    takes_cancelled: boolean;
    /** Whether it does work that a dry run left: by hand, by schedule and at start. */
    takes_dry_run: boolean;
    /** ISO 8601. */
    now: string;
  },
): Verdict<Job> {
  const isOfBase = (job: Job): boolean => job.base_recipe === run.base_recipe;
  const own = jobs.find((job) => job.run_id === run.run_id);
  if (own !== undefined && own.next_attempt_at === null) {
    return { verdict: isOpen(own) ? "joins" : "stands", job: own };
  }
  const current = jobs.find(isOfBase);
  if (current !== undefined && isOpen(current)) {
    const isDue = current.next_attempt_at === null || current.next_attempt_at <= run.now;
    // What another run had no budget for may have one of its own in this.
    const isOfRun = current.reason === RUN_BUDGET;
    const isTaken = (isDue && !isLeft(current, run)) || isOfRun || run.takes_put_off || run.force;
    return { verdict: isTaken ? "adopts" : "waits", job: current };
  }
  if (run.force) return { verdict: "new" };
  // Under another recipe too: whoever edits the instructions after a look has not asked for it yet.
  const left = jobs.find((job) => isOpen(job) && isLeft(job, run));
  if (left !== undefined && !run.takes_put_off) return { verdict: "waits", job: left };
  const settled = jobs.find((job) => !isOpen(job));
  if (settled !== undefined && isPutAside(settled)) return { verdict: "stands", job: settled };
  if (current !== undefined && (isAnswered(current) || current.recipe === run.recipe)) {
    return { verdict: "stands", job: current };
  }
  const done = jobs.find(
    (job) => job.state === "done" && (run.on_recipe_change === "new_only" || isOfBase(job)),
  );
  return done === undefined ? { verdict: "new" } : { verdict: "stands", job: done };
}

function isLeft(
  { reason }: KnownJob,
  run: { takes_cancelled: boolean; takes_dry_run: boolean },
): boolean {
  return (
    (reason === CANCELLED && !run.takes_cancelled) || (reason === DRY_RUN && !run.takes_dry_run)
  );
}

/** Whether a model was asked about its document, and the result is final. */
function isAnswered({ state, extractor }: KnownJob): boolean {
  return state === "done" || (state === "failed" && extractor !== null);
}

function isPutAside({ state, reason, forgotten_at }: KnownJob): boolean {
  return (state === "skipped" && reason === UNDONE) || forgotten_at !== null;
}

function isOpen(job: KnownJob): boolean {
  return job.state === "pending" || job.state === "working";
}
