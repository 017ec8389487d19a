import type { ClaimedJob } from "../journal/jobs.ts";
import type { JobOutcome } from "./settle.ts";

/** An agent whose jobs may be worked on. */
export interface Worker {
  agent_id: string;
  /** Jobs with the same lane share its places, whichever agent they are of. */
  lane: string;
  places: number;
  /** Does one job. What it throws fails the job. */
  work(job: ClaimedJob, signals: WorkSignals): Promise<WorkOutcome>;
}

/** `committed`: the work is true. `fenced`: another attempt has the job by now. */
export type WorkOutcome = JobOutcome | { outcome: "committed" | "fenced" };

export interface WorkSignals {
  /** Begin no further request. */
  stop: AbortSignal;
  /** Give up the request in flight. */
  abort: AbortSignal;
}
