import type { Clock } from "../core/clock.ts";
import { toRunnerError } from "../core/errors.ts";
import type { ClaimedJob } from "../journal/jobs.ts";
import { retryUntilWritable } from "../journal/retry-until-writable.ts";
import type { WaitReason } from "../journal/wait-reason.ts";
import { type EndedJob, type SettleContext, settleJob } from "./settle-job.ts";
import type { Worker, WorkOutcome } from "./work.ts";

/** A job in progress. */
export interface Flight extends EndedJob {
  stop: AbortController;
  abort: AbortController;
  /** Resolves when the job is settled; never rejects. */
  done: Promise<void>;
}

export interface FlightContext extends SettleContext {
  /** Aborted when the pool stops. */
  stopping: AbortSignal;
  /** Called after every job that ended or was postponed. */
  onSettled(job: ClaimedJob): void;
}

/** Starts the work on a claimed job. The job is settled however the work ends. */
export function beginFlight(context: FlightContext, job: ClaimedJob, worker: Worker): Flight {
  const flight: Flight = {
    job,
    lane: worker.lane,
    account: worker.account,
    faults_of_others: context.streaks.countOfOthers(job, worker.lane),
    stop: new AbortController(),
    abort: new AbortController(),
    reason: "interrupted",
    done: Promise.resolve(),
  };
  flight.done = workOff(context, flight, worker);
  return flight;
}

async function workOff(context: FlightContext, flight: Flight, worker: Worker): Promise<void> {
  const { clock, logger, stopping } = context;
  const outcome = await doWork(flight, worker);
  // If the daemon stops before the job is settled, it stays claimed, and the next start frees it.
  await retryUntilWritable(() => conclude(context, flight, outcome), {
    clock,
    signal: stopping,
    onFault(thrown) {
      const fields = { job_id: flight.job.job_id, err: toRunnerError(thrown) };
      logger.error(fields, "A job could not be settled; trying again");
    },
  });
}

async function doWork({ job, stop, abort }: Flight, worker: Worker): Promise<WorkOutcome> {
  try {
    return await worker.work(job, { stop: stop.signal, abort: abort.signal });
  } catch (error) {
    return { outcome: "failed", error: toRunnerError(error) };
  }
}

function conclude(context: FlightContext, flight: Flight, outcome: WorkOutcome): void {
  const { job, lane } = flight;
  switch (outcome.outcome) {
    case "committed":
      context.streaks.end(job, lane);
      break;
    case "fenced":
      context.logger.warn({ job_id: job.job_id }, "A job was taken over by another attempt");
      return;
    default:
      settleJob(context, flight, outcome);
  }
  context.onSettled(job);
}

/** Aborts a job at once. It then waits with this reason. */
export function interruptFlight(flight: Flight, reason: WaitReason): void {
  flight.reason = reason;
  flight.stop.abort();
  flight.abort.abort();
}

/** Lets requests in flight end within the grace period, then aborts the rest. */
export async function endFlights(
  flights: readonly Flight[],
  clock: Clock,
  graceMs: number,
): Promise<void> {
  for (const flight of flights) flight.stop.abort();
  const grace = new AbortController();
  const late = clock.sleep(graceMs, grace.signal).then(
    () => {
      for (const flight of flights) flight.abort.abort();
    },
    () => {
      // All ended within the grace period.
    },
  );
  await Promise.all(flights.map((flight) => flight.done));
  grace.abort();
  await late;
}
