import { toInstant } from "../core/clock.ts";
import { putOffRun } from "../journal/jobs.ts";
import type { WaitReason } from "../journal/wait-reason.ts";
import { findRunningRun, type RunRow } from "../journal/runs.ts";
import { CANCELLED } from "../trigger/decide.ts";
import { endRun } from "./finish.ts";
import type { RunContext } from "./run-context.ts";

/** @param why the reason that its files wait for */
export function cancelRun(
  { journal, clock, starter, pool, progress }: RunContext,
  run: RunRow,
  why: WaitReason,
): void {
  const { run_id, agent_id } = run;
  // Only a run that a person asks for continues a dry run.
  const reason = run.dry_run === 1 ? CANCELLED : why;
  starter.abandon(agent_id);
  progress.end(run_id);
  journal.transaction(() => {
    endRun(journal, run, "cancelled", toInstant(clock.now()));
    putOffRun(journal, run_id, { reason, next_attempt_at: null, error: null });
  });
  pool.interrupt(run_id, reason);
}

/** Ends the listing and the run of an agent that is no longer configured as it was. */
export function endWork(context: RunContext, agentId: string): void {
  context.starter.abandon(agentId);
  const run = findRunningRun(context.journal, agentId);
  if (run !== undefined) cancelRun(context, run, "interrupted");
}
