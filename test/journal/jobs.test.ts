import { expect, test } from "vitest";
import { saveAgent } from "../../daemon/journal/agents.ts";
import { findFileRow } from "../../daemon/journal/files.ts";
import {
  adoptJob,
  claimJob,
  endJob,
  findJob,
  hasOpenJobs,
  insertJob,
  listJobsOfHash,
  putOffRun,
  supersedeIfUnwanted,
} from "../../daemon/journal/jobs.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { finishRun, insertRun } from "../../daemon/journal/runs.ts";
import { addFile, addJob, claim, list, NOW, openTestJournal } from "../helper/test-journal.ts";

const LATER = "2026-11-20T10:00:30.000Z";
const PUT_OFF = { reason: "endpoint_unreachable", next_attempt_at: LATER, error: null } as const;

function openRun(journal: Journal, runId: string): void {
  const run = { run_id: runId, agent_id: "inbox", trigger: "manual", force: false } as const;
  insertRun(journal, { ...run, paths: null }, NOW);
}

function addRanked(journal: Journal, jobId: string, rank: number, modified_ms: number): void {
  const job = { agent_id: "inbox", recipe: "r1", run_id: "run_1", rank, modified_ms };
  insertJob(journal, { ...job, job_id: jobId, hash: jobId.padEnd(64, "0") }, NOW);
}

test("what was asked for by hand is claimed first, then live changes, then the newest of the backlog", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  openRun(journal, "run_1");
  addRanked(journal, "old", 2, 1);
  addRanked(journal, "new", 2, 2);
  addRanked(journal, "live", 1, 0);
  addRanked(journal, "by_hand", 0, 0);
  list(journal, "run_1");
  const order = [1, 2, 3, 4].map(() => claim(journal).job_id);
  expect(order).toEqual(["by_hand", "live", "new", "old"]);
});

test("a claim counts the attempt before anything is read, and its files are being worked on", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id, file_ids } = addJob(journal, { paths: ["/in/a.md", "/in/b.md"] });
  const job = claim(journal);
  expect(job).toMatchObject({ job_id, state: "working", attempts: 1, attempt_number: 1 });
  expect(findJob(journal, job_id)).toMatchObject({ attempt_id: job.attempt_id, attempts: 1 });
  expect(file_ids.map((id) => findFileRow(journal, id)?.state)).toEqual(["working", "working"]);
});

test("nothing is claimed of a run that is still being listed, that ended, or of another agent", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  openRun(journal, "run_1");
  addRanked(journal, "job_1", 0, 0);
  const tryClaim = (agentIds: string[]) =>
    claimJob(journal, { agentIds, attemptId: "attempt_1", now: NOW });
  expect(tryClaim(["inbox"])).toBeUndefined();
  list(journal, "run_1");
  expect(tryClaim([])).toBeUndefined();
  expect(tryClaim(["another"])).toBeUndefined();
  finishRun(journal, "run_1", "cancelled", NOW);
  expect(tryClaim(["inbox"])).toBeUndefined();
});

test("each agent's first job is compared with the others', whichever run it is in", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  saveAgent(journal, { agent_id: "other", config: "{}", base_recipe: "r1", ad_hoc: false }, NOW);
  openRun(journal, "run_1");
  addRanked(journal, "mine", 2, 5);
  insertRun(
    journal,
    { run_id: "run_2", agent_id: "other", trigger: "watch", force: false, paths: null },
    NOW,
  );
  const theirs = { job_id: "theirs", agent_id: "other", hash: "f", recipe: "r1", run_id: "run_2" };
  insertJob(journal, { ...theirs, rank: 1, modified_ms: 1 }, NOW);
  list(journal, "run_1");
  list(journal, "run_2");
  const both = { agentIds: ["inbox", "other"], now: NOW };
  expect(claimJob(journal, { ...both, attemptId: "attempt_1" })?.job_id).toBe("theirs");
  expect(claimJob(journal, { ...both, attemptId: "attempt_2" })?.job_id).toBe("mine");
});

test("only the attempt that holds a job may end it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id } = addJob(journal);
  const { attempt_id } = claim(journal);
  const before = findJob(journal, job_id);
  expect(endJob(journal, { job_id, attempt_id: "attempt_x" }, { state: "done" }, NOW)).toBe(false);
  expect(findJob(journal, job_id)).toEqual(before);
  expect(endJob(journal, { job_id, attempt_id }, { state: "done" }, NOW)).toBe(true);
  expect(endJob(journal, { job_id, attempt_id }, { state: "done" }, NOW)).toBe(false);
  expect(findJob(journal, job_id)).toMatchObject({ state: "done", attempt_id: null, faults: 0 });
});

test("a repetition of the same content and recipe is a generation of its own", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  openRun(journal, "run_1");
  const same = { agent_id: "inbox", hash: "h", run_id: "run_1", rank: 0, modified_ms: 0 };
  const insert = (job_id: string, recipe: string) =>
    insertJob(journal, { ...same, job_id, recipe }, NOW).generation;
  expect([insert("job_1", "r1"), insert("job_2", "r1"), insert("job_3", "r2")]).toEqual([0, 1, 0]);
  expect(listJobsOfHash(journal, "inbox", "h").map((job) => job.job_id)).toEqual([
    "job_3",
    "job_2",
    "job_1",
  ]);
});

test("a job is dropped only when no file waits for it, and is not found again", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id } = addJob(journal, { paths: ["/in/a.md"] });
  supersedeIfUnwanted(journal, job_id, NOW);
  expect(findJob(journal, job_id)?.state).toBe("pending");
  addFile(journal, { path: "/in/a.md", hash: "b".repeat(64), job_id: addOther(journal) });
  supersedeIfUnwanted(journal, job_id, NOW);
  expect(findJob(journal, job_id)?.state).toBe("superseded");
  expect(listJobsOfHash(journal, "inbox", "a".repeat(64))).toEqual([]);
});

function addOther(journal: Journal): string {
  const [run] = journal.all(journal.build.selectFrom("runs").select("run_id"));
  return addJob(journal, { hash: "b".repeat(64), paths: [], runId: run?.run_id ?? "" }).job_id;
}

test("postponing a run postpones every job that waits, but no job in progress", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const first = addJob(journal);
  const claimed = claim(journal);
  const hash = "b".repeat(64);
  const second = addJob(journal, { hash, paths: ["/in/b.md"], runId: first.run_id });
  putOffRun(journal, first.run_id, PUT_OFF);
  expect(findJob(journal, claimed.job_id)).toMatchObject({ state: "working" });
  expect(findJob(journal, second.job_id)).toMatchObject({
    state: "pending",
    next_attempt_at: LATER,
  });
  const [file = ""] = second.file_ids;
  expect(findFileRow(journal, file)).toMatchObject({ state: "pending", next_attempt_at: LATER });
  expect(hasOpenJobs(journal, first.run_id)).toBe(true);
  endJob(journal, claimed, { state: "done" }, NOW);
  expect(hasOpenJobs(journal, first.run_id)).toBe(false);
});

test("a job that was put off is claimed in the run that adopts it", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id, run_id } = addJob(journal);
  putOffRun(journal, run_id, PUT_OFF);
  finishRun(journal, run_id, "error", NOW);
  openRun(journal, "run_2");
  adoptJob(journal, job_id, "run_2", 1);
  list(journal, "run_2");
  expect(claim(journal)).toMatchObject({ job_id, run_id: "run_2", next_attempt_at: null });
});

test("a job in the hands of a cancelled run's attempt waits in the run that adopts it once it is interrupted", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job_id, run_id } = addJob(journal);
  const job = claim(journal);
  finishRun(journal, run_id, "cancelled", NOW);
  openRun(journal, "run_2");
  adoptJob(journal, job_id, "run_2", 0);
  list(journal, "run_2");
  const interrupted = {
    state: "pending",
    reason: "interrupted",
    next_attempt_at: null,
    error: null,
    faults: 0,
  } as const;
  expect(endJob(journal, job, interrupted, NOW)).toBe(true);
  expect(claim(journal)).toMatchObject({ job_id, run_id: "run_2", attempt_number: 2 });
});
