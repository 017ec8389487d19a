import { type Clock, toInstant } from "../core/clock.ts";
import { toRunnerError } from "../core/errors.ts";
import { createId } from "../core/id.ts";
import type { Logger } from "../core/logger.ts";
import { type ClaimedJob, claimJob } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { JOURNAL_PAUSE_MS } from "../journal/retry-until-writable.ts";
import { createFaultStreaks } from "./fault-streaks.ts";
import { beginFlight, endFlights, type Flight, type FlightContext } from "./flight.ts";
import { createLaneHolds } from "./lane-holds.ts";
import type { Worker } from "./work.ts";

/*
 * The pool works off the jobs of running runs, as many at a time as each endpoint may have. It promises
 * that every claimed job is settled, whatever happens to it, and that one job's end never stops another;
 * while the journal cannot be written it tries again. It decides nothing about files. A crash leaves
 * claimed jobs behind, which recovery gives back.
 */

export interface PoolOptions {
  journal: Journal;
  clock: Clock;
  logger: Logger;
  /** Asked before every claim, so a changed config counts from the next job on. */
  workers(): readonly Worker[];
  /** Called after every job that ended or was put off. */
  onSettled(job: ClaimedJob): void;
}

export interface Pool {
  /** Claims what can be claimed. Call it whenever there may be something new to do. */
  wake(): void;
  /** Interrupts the jobs of a run that has ended; they wait for this reason. */
  interrupt(runId: string, reason: string): void;
  /** Lets the requests of these agents' jobs end and be stored; their jobs then wait again. */
  hold(isHeld: (agentId: string) => boolean): void;
  /** Lets requests in flight end for `graceMs`, gives up the rest; resolves when nothing is worked on. */
  stop(graceMs: number): Promise<void>;
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
        // The daemon stops: no job is claimed any more.
      });
    }
  }

  /** Claims a job and begins it. Gives whether there was one that may be begun now. */
  function beginNext(): boolean {
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

  function isFree({ lane, places }: Worker): boolean {
    if (holds.has(lane)) return false;
    return [...flights].filter((flight) => flight.lane === lane).length < places;
  }

  return {
    wake,
    interrupt(runId, reason) {
      for (const flight of flights) {
        if (flight.job.run_id !== runId) continue;
        flight.reason = reason;
        flight.stop.abort();
        flight.abort.abort();
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
