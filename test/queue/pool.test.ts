import { sql } from "kysely";
import { expect, test } from "vitest";
import { commit } from "../../daemon/commit/commit.ts";
import { type ErrorCode, RunnerError } from "../../daemon/core/errors.ts";
import { createId } from "../../daemon/core/id.ts";
import { saveAgent } from "../../daemon/journal/agents.ts";
import { adoptJob, findJob, insertJob } from "../../daemon/journal/jobs.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { findRun } from "../../daemon/journal/run-views.ts";
import { finishRun, insertRun, listRunningRuns } from "../../daemon/journal/runs.ts";
import type { WorkOutcome } from "../../daemon/queue/work.ts";
import { list, NOW, openTestJournal } from "../helper/test-journal.ts";
import { addJobs, INBOX, openWorkshop } from "./workshop.ts";

const fault = (code: ErrorCode): WorkOutcome => ({
  outcome: "fault",
  error: new RunnerError(code, "It failed."),
});
const skipped: WorkOutcome = { outcome: "skipped", reason: "empty" };

/** A running run of another agent, with one job. */
function addJobOf(journal: Journal, agent_id: string): void {
  saveAgent(journal, { agent_id, config: "{}", base_recipe: "r1", ad_hoc: false }, NOW);
  const run = { run_id: `run_${agent_id}`, agent_id, trigger: "cron", force: false } as const;
  insertRun(journal, { ...run, paths: null }, NOW);
  const job = { job_id: `job_${agent_id}`, agent_id, hash: "f", recipe: "r1", rank: 2 };
  insertJob(journal, { ...job, run_id: run.run_id, modified_ms: 0 }, NOW);
  list(journal, run.run_id);
}

test("as many jobs are worked on at once as their lane has places, whichever agent they are of", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  addJobs(journal, 4);
  for (const agentId of ["second", "third"]) addJobOf(journal, agentId);
  const { pool, atWork } = openWorkshop(journal, [
    { agent_id: "inbox", lane: "shared", places: 2 },
    { agent_id: "second", lane: "shared", places: 2 },
    { agent_id: "third", lane: "own", places: 1 },
  ]);
  pool.wake();
  pool.wake();
  expect(atWork.map(({ job }) => job.agent_id)).toEqual(["inbox", "inbox", "third"]);
  await atWork[0]?.end(skipped);
  expect(pool.working).toBe(3);
  while (atWork.length > 0) await atWork[0]?.end(skipped);
  expect(pool.working).toBe(0);
  expect(journal.all(journal.build.selectFrom("jobs").select("state").distinct())).toEqual([
    { state: "skipped" },
  ]);
});

test("a short fault is waited out in the run, though the clock is set back meanwhile", async () => {
  using opened = await openTestJournal();
  const { journal, clock, pool, atWork } = openWorkshop(opened.journal);
  const run_id = addJobs(journal, 2);
  pool.wake();
  const { job_id } = atWork[0]?.job ?? { job_id: "" };
  await atWork[0]?.end(fault("endpoint_unreachable"));
  expect(findJob(journal, job_id)).toMatchObject({ state: "pending", faults: 1 });
  pool.wake();
  await clock.advance(999);
  expect(pool.working).toBe(0);
  const real = clock.now;
  clock.now = () => real() - 3_600_000;
  await clock.advance(1);
  expect(atWork).toMatchObject([{ job: { attempt_number: 2 } }]);
  expect(findRun(journal, run_id)).toMatchObject({ status: "running", error: null });
  await atWork[0]?.end(skipped);
  expect(atWork).toHaveLength(1);
  await atWork[0]?.end(skipped);
});

test("a fault that stays puts off the rest of the run, which says why", async () => {
  using opened = await openTestJournal();
  const { journal, pool, atWork, settled } = openWorkshop(opened.journal);
  const run_id = addJobs(journal, 3);
  pool.wake();
  await atWork[0]?.end(fault("key_missing"));
  expect(pool.working).toBe(0);
  expect(settled).toHaveLength(1);
  const files = journal.all(journal.build.selectFrom("files").select(["state", "reason"]));
  expect(files).toEqual(Array(3).fill({ state: "pending", reason: "key_missing" }));
  expect(findRun(journal, run_id)).toMatchObject({
    error: { code: "key_missing" },
    files: { found: 3, pending: 3 },
  });
});

test("files that fault whenever they are tried do not keep the others from being tried", async () => {
  using opened = await openTestJournal();
  const { journal, clock, pool, atWork } = openWorkshop(opened.journal);
  addJobs(journal, 5);
  const isBad = ({ hash }: { hash: string }): boolean =>
    hash.startsWith("0") || hash.startsWith("1");
  const done = new Set<string>();
  for (let round = 0; round < 6; round += 1) {
    pool.wake();
    for (let next = atWork[0]; next !== undefined; [next] = atWork) {
      if (!isBad(next.job)) done.add(next.job.job_id);
      await next.end(isBad(next.job) ? fault("request_rejected") : skipped);
    }
    await clock.advance(20 * 60_000);
    takeUpAgain(journal, clock.now());
  }
  expect(done.size).toBe(3);
});

test("an endpoint that fails every file is asked once for each wait, and the waits grow", async () => {
  using opened = await openTestJournal();
  const { journal, clock, pool, atWork } = openWorkshop(opened.journal);
  addJobs(journal, 9);
  const asked: number[] = [];
  const waits: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    pool.wake();
    asked.push(0);
    for (let next = atWork[0]; next !== undefined; [next] = atWork) {
      asked[round] = (asked[round] ?? 0) + 1;
      await next.end(fault("endpoint_unreachable"));
      if (atWork.length === 0) await clock.advance(4_000);
    }
    const due = Math.max(...dueTimes(journal));
    waits.push(Math.round((due - clock.now()) / 1_000));
    await clock.advance(due - clock.now());
    takeUpAgain(journal, clock.now());
  }
  expect(asked).toEqual([4, 1, 1, 1, 1, 1]);
  expect(waits).toEqual([26, 56, 116, 236, 476, 896]);
});

test("what a job throws fails that job alone", async () => {
  using opened = await openTestJournal();
  const { journal, pool, atWork, settled } = openWorkshop(opened.journal);
  addJobs(journal, 2);
  pool.wake();
  const thrown = atWork[0]?.job.job_id ?? "";
  await atWork[0]?.fail(new TypeError("a bug"));
  expect(findJob(journal, thrown)).toMatchObject({ state: "failed" });
  expect(atWork).toHaveLength(1);
  await atWork[0]?.end(skipped);
  expect(settled).toHaveLength(2);
});

test("a committed job is reported; a job that was fenced off is left alone", async () => {
  using opened = await openTestJournal();
  const { journal, pool, atWork, settled } = openWorkshop(opened.journal);
  addJobs(journal, 2);
  pool.wake();
  const [first] = atWork;
  if (first === undefined) throw new Error("Nothing was begun.");
  const change_set = { changes: [], confirmed: [] };
  const request = {
    job: first.job,
    change_set,
    tool_results: new Map(),
    changed_files: [],
    warnings: [],
  };
  commit(journal, request, NOW);
  await first.end({ outcome: "committed" });
  await atWork[0]?.end({ outcome: "fenced" });
  expect(settled).toEqual([first.job.job_id]);
  expect(findJob(journal, first.job.job_id)?.state).toBe("done");
});

test("the jobs of a cancelled run are interrupted at once, the jobs of others are not", async () => {
  using opened = await openTestJournal();
  const { journal, pool, atWork } = openWorkshop(opened.journal, [{ ...INBOX, places: 2 }]);
  const run_id = addJobs(journal, 2);
  pool.wake();
  pool.interrupt("run_other", "cancelled");
  expect(atWork.map(({ abort }) => abort.aborted)).toEqual([false, false]);
  pool.interrupt(run_id, "cancelled");
  expect(atWork.map(({ stop, abort }) => [stop.aborted, abort.aborted])).toEqual([
    [true, true],
    [true, true],
  ]);
  const { job_id } = atWork[0]?.job ?? { job_id: "" };
  const stopped = pool.stop(0);
  while (atWork.length > 0) await atWork[0]?.end({ outcome: "interrupted" });
  await stopped;
  expect(findJob(journal, job_id)).toMatchObject({ state: "pending", reason: "cancelled" });
});

test("a stop lets what is in flight end within its grace, gives up the rest, and begins nothing", async () => {
  using opened = await openTestJournal();
  const { journal, clock, pool, atWork } = openWorkshop(opened.journal, [{ ...INBOX, places: 2 }]);
  addJobs(journal, 3);
  pool.wake();
  const [first, second] = atWork;
  let isStopped = false;
  const stopped = pool.stop(3_000).then(() => {
    isStopped = true;
  });
  expect([first?.stop.aborted, first?.abort.aborted]).toEqual([true, false]);
  await first?.end(skipped);
  await clock.advance(2_999);
  expect([second?.abort.aborted, isStopped]).toEqual([false, false]);
  await clock.advance(1);
  expect(second?.abort.aborted).toBe(true);
  await second?.end({ outcome: "interrupted" });
  await stopped;
  pool.wake();
  expect(pool.working).toBe(0);
  const states = journal.all(journal.build.selectFrom("jobs").select("state").orderBy("seq"));
  expect(states.map(({ state }) => state).toSorted()).toEqual(["pending", "pending", "skipped"]);
});

test("a job that cannot be settled while the disk is full is settled once it is not", async () => {
  using opened = await openTestJournal();
  const { journal, clock, pool, atWork, settled } = openWorkshop(opened.journal);
  addJobs(journal, 1);
  pool.wake();
  const { job_id } = atWork[0]?.job ?? { job_id: "" };
  journal.run(sql`PRAGMA query_only = ON`);
  await atWork[0]?.end(skipped);
  pool.wake();
  expect(findJob(journal, job_id)?.state).toBe("working");
  journal.run(sql`PRAGMA query_only = OFF`);
  await clock.advance(5_000);
  expect(findJob(journal, job_id)?.state).toBe("skipped");
  expect([settled, pool.working]).toEqual([[job_id], 0]);
  await pool.stop(0);
});

test("a claim that the disk does not let through is tried again", async () => {
  using opened = await openTestJournal();
  const { journal, clock, pool, atWork } = openWorkshop(opened.journal);
  addJobs(journal, 1);
  journal.run(sql`PRAGMA query_only = ON`);
  pool.wake();
  expect(atWork).toHaveLength(0);
  journal.run(sql`PRAGMA query_only = OFF`);
  await clock.advance(5_000);
  expect(atWork).toHaveLength(1);
  await atWork[0]?.end(skipped);
});

function dueTimes(journal: Journal): number[] {
  const jobs = journal.all(
    journal.build.selectFrom("jobs").select("next_attempt_at").where("state", "=", "pending"),
  );
  return jobs.map(({ next_attempt_at }) => Date.parse(next_attempt_at ?? ""));
}

/** A run of trigger `retry` takes up what is due. */
function takeUpAgain(journal: Journal, nowMs: number): void {
  const run_id = createId("run");
  for (const { run_id: ended } of listRunningRuns(journal)) finishRun(journal, ended, "error", NOW);
  const run = { run_id, agent_id: "inbox", trigger: "retry", force: false } as const;
  insertRun(journal, { ...run, paths: null }, NOW);
  const due = journal.all(
    journal.build
      .selectFrom("jobs")
      .select("job_id")
      .where("state", "=", "pending")
      .where("next_attempt_at", "<=", new Date(nowMs).toISOString()),
  );
  for (const { job_id } of due) adoptJob(journal, job_id, run_id, 2);
  list(journal, run_id);
}

test("a fault of an endpoint is waited out by all agents that share it, and not waited out anew by each", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  addJobs(journal, 1);
  addJobOf(journal, "second");
  addJobOf(journal, "third");
  const { pool, atWork, clock } = openWorkshop(journal, [
    { agent_id: "inbox", lane: "shared", places: 1 },
    { agent_id: "second", lane: "shared", places: 1 },
    { agent_id: "third", lane: "own", places: 1 },
  ]);
  const working = (): string[] => atWork.map(({ job }) => job.agent_id).toSorted();
  const dead = { outcome: "fault", error: new RunnerError("endpoint_unreachable", "") } as const;
  const failShared = async (): Promise<void> => {
    await atWork.find(({ job }) => job.agent_id !== "third")?.end(dead);
  };
  pool.wake();
  expect(working()).toEqual(["inbox", "third"]);
  for (const wait of [1_000, 2_000, 4_000]) {
    await failShared();
    expect(working()).toEqual(["third"]);
    await clock.advance(wait);
    expect(working()).toEqual(["inbox", "third"]);
  }
  await failShared();
  // The next one to ask finds out at its first request.
  expect(working()).toEqual(["second", "third"]);
  await failShared();
  expect(working()).toEqual(["third"]);
  expect(findJob(journal, "job_second")).toMatchObject({
    state: "pending",
    next_attempt_at: expect.any(String),
  });
  await atWork[0]?.end(skipped);
  await pool.stop(0);
});

test("a key that is refused is waited for by its agent alone", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  addJobs(journal, 1);
  addJobOf(journal, "second");
  const { pool, atWork, clock } = openWorkshop(journal, [
    { agent_id: "inbox", lane: "shared", places: 1 },
    { agent_id: "second", lane: "shared", places: 1 },
  ]);
  pool.wake();
  await atWork[0]?.end({ outcome: "fault", error: new RunnerError("key_refused", "") });
  const fault = new RunnerError("endpoint_fault", "");
  await atWork[0]?.end({ outcome: "fault", error: fault });
  expect(findJob(journal, "job_second")).toMatchObject({ next_attempt_at: null });
  await clock.advance(1_000);
  expect(atWork.map(({ job }) => job.agent_id)).toEqual(["second"]);
  await atWork[0]?.end(skipped);
  await pool.stop(0);
});
