import type { ClaimedJob } from "../journal/jobs.ts";
import type { ModelSettings } from "../protocol/agent.ts";
import type { EndpointAccount } from "./endpoint-holds.ts";
import type { JobOutcome } from "./settle.ts";

/** An agent whose jobs may start. */
export interface Worker {
  agent_id: string;
  /** Jobs of the same lane share its places, whichever agent they belong to. */
  lane: string;
  /** What its requests count for; left out: it sends none. */
  account?: EndpointAccount | undefined;
  /** How many jobs of the lane may be in progress at once. */
  places: number;
  /** Does one job. An exception fails the job. */
  work(job: ClaimedJob, signals: WorkSignals): Promise<WorkOutcome>;
}

/** The lane of a model: who asks the same endpoint shares its places. */
export function laneOf({ provider, base_url }: ModelSettings): string {
  return provider === "openai" ? base_url : provider;
}

/** `committed`: the change set is committed. `fenced`: another attempt has the job by now. */
export type WorkOutcome = JobOutcome | { outcome: "committed" | "fenced" };

export interface WorkSignals {
  /** Start no further request. */
  stop: AbortSignal;
  /** Abort the request in flight. */
  abort: AbortSignal;
}
