import { listRunningRuns } from "../journal/runs.ts";
import { cancelRun } from "./cancel.ts";
import { releaseRuns } from "./release.ts";
import type { RunContext } from "./run-context.ts";

/** A run whose agent is no longer configured is cancelled. */
export function resumeRuns(context: RunContext): void {
  const { journal, roster, starter } = context;
  releaseRuns(context);
  for (const run of listRunningRuns(journal)) {
    const enlisted = roster.find(run.agent_id);
    if (enlisted !== undefined) starter.resume(run, enlisted);
    else cancelRun(context, run, "interrupted");
  }
}
