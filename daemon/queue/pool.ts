import { type Clock, toInstant } from "../core/clock.ts";
import { toRunnerError } from "../core/errors.ts";
import { createId } from "../core/id.ts";
import type { Logger } from "../core/logger.ts";
import { type ClaimedJob, claimJob } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { JOURNAL_PAUSE_MS } from "../journal/retry-until-writable.ts";
import type { WaitReason } from "../journal/wait-reason.ts";
import type { EndpointHolds } from "./endpoint-holds.ts";
import { createFaultStreaks } from "./fault-streaks.ts";
import {
  beginFlight,
  endFlights,
  type Flight,
  type FlightContext,
  interruptFlight,
} from "./flight.ts";
import { createLaneHolds } from "./lane-holds.ts";
import type { Worker } from "./work.ts";

/*
 * The pool works on the jobs of running runs, at most as many at a time as each endpoint allows. Every claimed
 * job is settled, whatever happens to it, and the end of one job never stops another. While the journal cannot
 * be written, the pool tries again. It decides nothing about files. A crash leaves jobs claimed, and the next
 * start frees them.
 */

export interface PoolOptions {
  journal: Journal;
  clock: Clock;
  logger: Logger;
  endpoints: EndpointHolds;
  /** Called before every claim, so that a changed config counts from the next job on. */
  workers(): readonly Worker[];
  /** Called after every job that ended or was postponed. */
  onSettled(job: ClaimedJob): void;
}

export interface Pool {
  /** Claims the jobs that can be claimed. Call it whenever there may be a new job. */
  wake(): void;
  /** Interrupts the jobs of a run that has ended; they then wait with this reason. */
  interrupt(runId: string, reason: WaitReason): void;
  /** Stops the jobs of these agents after the request in flight is stored; the jobs then wait again. */
  hold(isHeld: (agentId: string) => boolean): void;
  /** Gives requests in flight `graceMs` to end and aborts the rest. Resolves when no job is in progress. */
  stop(graceMs: number): Promise<void>;
  /** How many jobs are in progress. */
  readonly working: number;
}

export function startPool(options: PoolOptions): Pool {
  const { journal, clock, logger } = options;
  const flights = new Set<Flight>();
  const stopping = new AbortController();
  const holds = createLaneHolds(clock, stopping.signal, wake);
  const context: FlightContext = {
    ...options,
    streaks: createFaultStreaks(),
    holds,
    stopping: stopping.signal,
  };

  function wake(): void {
    try {
      while (!stopping.signal.aborted && beginNext());
    } catch (error) {
      logger.error({ err: toRunnerError(error) }, "No job could be claimed; trying again");
      clock.sleep(JOURNAL_PAUSE_MS, stopping.signal).then(wake, () => {
        // The daemon stops and claims no more jobs.
      });
    }
  }

  /** Claims a job and starts it. Returns false if no job may start now. */
  function beginNext(): boolean {
    // A reply that cannot be kept would be paid for again and again.
    if (journal.fault()?.code === "journal_damaged") return false;
    const workers = options.workers().filter(isFree);
    const job = claimJob(journal, {
      agentIds: workers.map((worker) => worker.agent_id),
      attemptId: createId("attempt"),
      now: toInstant(clock.now()),
    });
    const worker = workers.find((candidate) => candidate.agent_id === job?.agent_id);
    if (job === undefined || worker === undefined) return false;
    const flight = beginFlight(context, job, worker);
    flights.add(flight);
    flight.done = flight.done.finally(() => {
      flights.delete(flight);
      wake();
    });
    return true;
  }

  function isFree({ lane, places, account }: Worker): boolean {
    if (holds.has(lane)) return false;
    // One is enough to find out whether a held endpoint answers again.
    const most = account !== undefined && options.endpoints.has(account) ? 1 : places;
    return [...flights].filter((flight) => flight.lane === lane).length < most;
  }

  return {
    wake,
    interrupt(runId, reason) {
      for (const flight of flights) {
        if (flight.job.run_id === runId) interruptFlight(flight, reason);
      }
    },
    hold(isHeld) {
      for (const flight of flights) if (isHeld(flight.job.agent_id)) flight.stop.abort();
    },
    async stop(graceMs) {
      stopping.abort();
      await endFlights([...flights], clock, graceMs);
    },
    get working() {
      return flights.size;
    },
  };
}
