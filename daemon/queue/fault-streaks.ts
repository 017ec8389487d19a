import type { ClaimedJob } from "../journal/jobs.ts";

/**
 * Faults in a row, so that a dead endpoint is not waited for anew with each file. Until a job succeeds, the
 * job that was put off last counts: for its lane if the fault was the endpoint's, for its agent if it was that
 * of a key or a setting, which other agents do not share.
 */
export interface FaultStreaks {
  /** The faults in a row of other jobs that concern this one too. */
  countOfOthers(job: ClaimedJob, lane: string): number;
  /** A job was put off. @param isOfEndpoint else the fault is of the agent's settings */
  add(job: ClaimedJob, lane: string, faults: number, isOfEndpoint: boolean): void;
  /** A job succeeded. */
  end(job: ClaimedJob, lane: string): void;
}

interface PutOff {
  job_id: string;
  /** Faults in a row up to it. */
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
