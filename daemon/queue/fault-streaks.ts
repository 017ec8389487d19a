import type { ClaimedJob } from "../journal/jobs.ts";

/**
 * Counts faults in a row across jobs, so that each file does not wait for a dead endpoint all over again. Until
 * a job succeeds, the job that was postponed last counts: for its lane if the endpoint caused the fault, for its
 * agent if a key or a setting did, which other agents do not share.
 */
export interface FaultStreaks {
  /** The faults in a row of other jobs that also concern this one. */
  countOfOthers(job: ClaimedJob, lane: string): number;
  /** Reports a postponed job. @param isOfEndpoint false: the agent's settings caused the fault */
  add(job: ClaimedJob, lane: string, faults: number, isOfEndpoint: boolean): void;
  /** Reports a job that succeeded. */
  end(job: ClaimedJob, lane: string): void;
}

interface PutOff {
  job_id: string;
  /** The faults in a row, including its own. */
  faults: number;
}

export function createFaultStreaks(): FaultStreaks {
  const lanes = new Map<string, PutOff>();
  const agents = new Map<string, PutOff>();
  return {
    countOfOthers({ job_id, agent_id }, lane) {
      const others = [lanes.get(lane), agents.get(agent_id)];
      return Math.max(
        0,
        ...others.map((last) => (last?.job_id === job_id ? 0 : (last?.faults ?? 0))),
      );
    },
    add({ job_id, agent_id }, lane, faults, isOfEndpoint) {
      if (isOfEndpoint) lanes.set(lane, { job_id, faults });
      else agents.set(agent_id, { job_id, faults });
    },
    end({ agent_id }, lane) {
      lanes.delete(lane);
      agents.delete(agent_id);
    },
  };
}
