import type { RunRow } from "../journal/runs.ts";
import type { WaitReason } from "../journal/wait-reason.ts";
import { cancelRun, endWork } from "./cancel.ts";
import { finishRun } from "./finish.ts";
import { releaseRuns } from "./release.ts";
import { resumeRuns } from "./resume.ts";
import type { RunContext } from "./run-context.ts";

/*
 * The life of a run after it was started: its end, its cancelling, the consent it waits for, its second life
 * after a crash. It promises that a run ends exactly once and that its files are never lost with it: what is
 * not done when it ends waits. It never starts one. A crash leaves runs `running`; the next start resumes them.
 */

export interface Runs {
  /** Ends a run if every file of it is settled or put off. Call it when a job or a listing of it has ended. */
  finish(of: { run_id: string; agent_id: string }): void;
  /** Ends a run now. @param reason what its files wait for */
  cancel(run: RunRow, reason: WaitReason): void;
  /** Ends everything that an agent does: its listing and its run. */
  endWork(agentId: string): void;
  /** Lets the runs go on whose agents, as they are now, no longer ask for consent. */
  release(): void;
  /** Continues the runs that an earlier process left running. Call it once, before new ones are started. */
  resume(): void;
}

export function createRuns(context: RunContext): Runs {
  return {
    finish: (of) => finishRun(context, of),
    cancel: (run, reason) => cancelRun(context, run, reason),
    endWork: (agentId) => endWork(context, agentId),
    release: () => releaseRuns(context),
    resume: () => resumeRuns(context),
  };
}
