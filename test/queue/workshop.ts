import { silentLogger } from "../../daemon/core/logger.ts";
import { createId } from "../../daemon/core/id.ts";
import type { ClaimedJob } from "../../daemon/journal/jobs.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { insertRun } from "../../daemon/journal/runs.ts";
import { openEndpointHolds } from "../../daemon/queue/endpoint-holds.ts";
import { type Pool, startPool } from "../../daemon/queue/pool.ts";
import type { Worker, WorkOutcome } from "../../daemon/queue/work.ts";
import { type FakeClock, fakeClock } from "../helper/fake-clock.ts";
import { addJob, list, NOW } from "../helper/test-journal.ts";

export interface AtWork {
  job: ClaimedJob;
  stop: AbortSignal;
  abort: AbortSignal;
  /** Ends the work. */
  end(outcome: WorkOutcome): Promise<void>;
  fail(error: Error): Promise<void>;
}

export interface Workshop {
  journal: Journal;
  clock: FakeClock;
  pool: Pool;
  /** What is worked on, in the order it was begun. */
  atWork: AtWork[];
  settled: string[];
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A pool whose work ends when the test says so. */
export function openWorkshop(journal: Journal, agents: Omit<Worker, "work">[] = [INBOX]): Workshop {
  const clock = fakeClock(NOW);
  const atWork: AtWork[] = [];
  const settled: string[] = [];
  const work: Worker["work"] = (job, signals) =>
    new Promise((resolve, reject) => {
      const leave = (): Promise<void> => {
        atWork.splice(
          atWork.findIndex((each) => each.job === job),
          1,
        );
        return turn();
      };
      atWork.push({
        job,
        ...signals,
        end(outcome) {
          resolve(outcome);
          return leave();
        },
        fail(error) {
          reject(error);
          return leave();
        },
      });
    });
  const pool = startPool({
    journal,
    clock,
    endpoints: openEndpointHolds({ journal, clock, agentsAt: () => agents.map((a) => a.agent_id) }),
    logger: silentLogger,
    workers: () => agents.map((agent) => ({ ...agent, work })),
    onSettled: (job) => settled.push(job.job_id),
  });
  return { journal, clock, pool, atWork, settled };
}

export const INBOX = { agent_id: "inbox", lane: "one", places: 1 };

/** A running run of `inbox` with so many jobs of one file each. */
export function addJobs(journal: Journal, count: number): string {
  const runId = createId("run");
  const run = { run_id: runId, agent_id: "inbox", trigger: "manual", force: false } as const;
  insertRun(journal, { ...run, paths: null }, NOW);
  for (let index = 0; index < count; index += 1) {
    addJob(journal, { hash: `${index}`.repeat(64), paths: [`/in/${index}`], runId });
  }
  list(journal, runId);
  return runId;
}
