import { type Clock, toInstant } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { ClaimedJob } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import type { WaitReason } from "../journal/wait-reason.ts";
import { writeSettlement } from "./end-attempt.ts";
import type { EndpointAccount, EndpointHolds } from "./endpoint-holds.ts";
import type { FaultStreaks } from "./fault-streaks.ts";
import type { LaneHolds } from "./lane-holds.ts";
import { type JobOutcome, settle, toFileError } from "./settle.ts";

/** What settling a job reads and updates. */
export interface SettleContext {
  journal: Journal;
  clock: Clock;
  logger: Logger;
  streaks: FaultStreaks;
  holds: LaneHolds;
  endpoints: EndpointHolds;
}

/** A job whose work ended without a commit. */
export interface EndedJob {
  job: ClaimedJob;
  lane: string;
  account?: EndpointAccount | undefined;
  /** Faults in a row of other jobs before it started: faults of jobs beside it are the same fault. */
  faults_of_others: number;
  /** The reason for which it waits if it was interrupted. */
  reason: WaitReason;
}

/** Writes what follows from the outcome, counts faults, and holds the lane if the endpoint needs a pause. */
export function settleJob(
  { journal, clock, logger, streaks, holds, endpoints }: SettleContext,
  { job, lane, account, faults_of_others, reason }: EndedJob,
  outcome: JobOutcome,
): void {
  const { faults } = job;
  const settlement = settle(outcome, { faults, faults_of_others }, clock.now());
  const { end } = settlement;
  if (outcome.outcome === "interrupted" && end.state === "pending") end.reason = reason;
  if (settlement.tells_of_endpoint && end.state === "pending") {
    const isOfEndpoint = "error" in outcome && outcome.error.kind === "transient";
    streaks.add(job, lane, end.faults, isOfEndpoint);
  }
  const { endpoint_hold_ms: ms } = settlement;
  if (ms !== null && account !== undefined && "error" in outcome && end.state === "pending") {
    const hold = endpoints.hold(account, { code: outcome.error.code, ms });
    end.error = toFileError(hold.error);
    end.next_attempt_at = toInstant(hold.until);
  }
  logOutcome(logger, job, outcome);
  writeSettlement(journal, job, settlement, clock.now());
  if (settlement.hold_ms !== null) holds.hold(lane, settlement.hold_ms);
}

/** Logs the error of a job by its code. */
export function logOutcome(
  logger: Pick<Logger, "warn" | "error">,
  { job_id, agent_id }: Pick<ClaimedJob, "job_id" | "agent_id">,
  outcome: JobOutcome,
): void {
  if (!("error" in outcome)) return;
  const { code, kind, cause } = outcome.error;
  // Without the message, in which an endpoint may quote the document. The journal has it until the file is forgotten.
  const fields = { job_id, agent_id, code };
  if (kind === "bug") logger.error({ ...fields, err: cause }, "A job met a bug");
  else logger.warn(fields, "A job did not succeed");
}
