import { type Clock, toInstant } from "../core/clock.ts";
import { toRunnerError } from "../core/errors.ts";
import { createId } from "../core/id.ts";
import type { Logger } from "../core/logger.ts";
import { type ClaimedJob, claimJob } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { writeSettlement } from "./end-attempt.ts";
import { type JobOutcome, settle } from "./settle.ts";

/*
 * The pool works off the jobs of running runs, as many at a time as each endpoint may have. It promises
 * that every claimed job is settled, whatever happens to it, and that one job's end never stops another;
 * while the journal cannot be written it tries again. It decides nothing about files. A crash leaves
 * claimed jobs behind, which recovery gives back.
 */

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

// How long to wait before the journal is asked again when it could not be written.
const JOURNAL_PAUSE_MS = 5_000;

interface PutOff {
  job_id: string;
  /** Faults in a row up to it. */
  faults: number;
}

interface Flight {
  job: ClaimedJob;
  lane: string;
  stop: AbortController;
  abort: AbortController;
  /** Why it waits if it is interrupted. */
  reason: string;
  done: Promise<void>;
}

export function startPool(options: PoolOptions): Pool {
  const { journal, clock, logger } = options;
  const flights = new Set<Flight>();
  // Lanes that wait out short faults, and how many of them; not until when, since the clock may jump.
  const held = new Map<string, number>();
  // The job that was put off last, until another succeeds: of each lane for faults of its endpoint, of each
  // agent for those of its key or its settings, which are no other agent's.
  const faulty = { lanes: new Map<string, PutOff>(), agents: new Map<string, PutOff>() };
  const stopping = new AbortController();

  function wake(): void {
    try {
      while (!stopping.signal.aborted && beginNext());
    } catch (error) {
      logger.error({ err: toRunnerError(error) }, "No job could be claimed; trying again");
      clock.sleep(JOURNAL_PAUSE_MS, stopping.signal).then(wake, () => {
        // Stopping: nobody waits any more.
      });
    }
  }

  /** Claims a job and begins it; gives false when there is none that may be begun now. */
  function beginNext(): boolean {
    const workers = options.workers().filter(isFree);
    const job = claimJob(journal, {
      agentIds: workers.map((worker) => worker.agent_id),
      attemptId: createId("attempt"),
      now: toInstant(clock.now()),
    });
    const worker = workers.find((candidate) => candidate.agent_id === job?.agent_id);
    if (job === undefined || worker === undefined) return false;
    begin(job, worker);
    return true;
  }

  function isFree(worker: Worker): boolean {
    if (held.has(worker.lane)) return false;
    const busy = [...flights].filter((flight) => flight.lane === worker.lane).length;
    return busy < worker.places;
  }

  function begin(job: ClaimedJob, worker: Worker): void {
    const stop = new AbortController();
    const abort = new AbortController();
    const signals = { stop: stop.signal, abort: abort.signal };
    const done = workOff(job, worker, signals).finally(() => {
      flights.delete(flight);
      wake();
    });
    const flight: Flight = { job, lane: worker.lane, stop, abort, reason: "interrupted", done };
    flights.add(flight);
  }

  /** The faults in a row, of another file, that concern this one too. */
  function countFaults({ job_id, agent_id }: ClaimedJob, { lane }: Worker): number {
    const others = [faulty.lanes.get(lane), faulty.agents.get(agent_id)];
    return Math.max(
      0,
      ...others.map((last) => (last?.job_id === job_id ? 0 : (last?.faults ?? 0))),
    );
  }

  async function workOff(job: ClaimedJob, worker: Worker, signals: WorkSignals): Promise<void> {
    // As of before it was tried: what fails beside it says nothing more of the endpoint.
    const faultsOfOthers = countFaults(job, worker);
    const outcome = await doWork(job, worker, signals);
    for (;;) {
      try {
        settleJob(job, worker, outcome, faultsOfOthers);
        return;
      } catch (error) {
        const fields = { job_id: job.job_id, err: toRunnerError(error) };
        logger.error(fields, "A job could not be settled; trying again");
      }
      try {
        await clock.sleep(JOURNAL_PAUSE_MS, stopping.signal);
      } catch {
        // Stopping: the job stays claimed and is given back at the next start.
        return;
      }
    }
  }

  async function doWork(
    job: ClaimedJob,
    worker: Worker,
    signals: WorkSignals,
  ): Promise<WorkOutcome> {
    try {
      return await worker.work(job, signals);
    } catch (error) {
      return { outcome: "failed", error: toRunnerError(error) };
    }
  }

  function settleJob(
    job: ClaimedJob,
    { lane }: Worker,
    outcome: WorkOutcome,
    faultsOfOthers: number,
  ): void {
    switch (outcome.outcome) {
      case "committed":
        faulty.lanes.delete(lane);
        faulty.agents.delete(job.agent_id);
        break;
      case "fenced":
        logger.warn({ job_id: job.job_id }, "A job was taken over by another attempt");
        return;
      default: {
        const { job_id, agent_id, faults } = job;
        const settlement = settle(
          outcome,
          { faults, faults_of_others: faultsOfOthers },
          clock.now(),
        );
        const { end } = settlement;
        if (outcome.outcome === "interrupted" && end.state === "pending") {
          end.reason = [...flights].find((flight) => flight.job === job)?.reason ?? end.reason;
        }
        if (settlement.tells_of_endpoint && end.state === "pending") {
          const isOfEndpoint = "error" in outcome && outcome.error.kind === "transient";
          const last = { job_id, faults: end.faults };
          if (isOfEndpoint) faulty.lanes.set(lane, last);
          else faulty.agents.set(agent_id, last);
        }
        if ("error" in outcome) {
          const { code, message, kind, cause } = outcome.error;
          const fields = { job_id, agent_id, code, error: message };
          if (kind === "bug") logger.error({ ...fields, err: cause }, "A job met a bug");
          else logger.warn(fields, "A job did not succeed");
        }
        writeSettlement(journal, job, settlement, clock.now());
        if (settlement.hold_ms !== null) hold(lane, settlement.hold_ms);
      }
    }
    options.onSettled(job);
  }

  function hold(lane: string, ms: number): void {
    held.set(lane, (held.get(lane) ?? 0) + 1);
    clock.sleep(ms, stopping.signal).then(
      () => {
        const left = (held.get(lane) ?? 1) - 1;
        if (left === 0) held.delete(lane);
        else held.set(lane, left);
        wake();
      },
      () => {
        // Stopping: nobody waits any more.
      },
    );
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
      const all = [...flights];
      for (const flight of all) flight.stop.abort();
      const grace = new AbortController();
      const late = clock.sleep(graceMs, grace.signal).then(
        () => {
          for (const flight of all) flight.abort.abort();
        },
        () => {
          // All ended within the grace.
        },
      );
      await Promise.all(all.map((flight) => flight.done));
      grace.abort();
      await late;
    },
    get working() {
      return flights.size;
    },
  };
}
