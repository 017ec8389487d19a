import fc from "fast-check";
import { expect, test } from "vitest";
import { toInstant } from "../../daemon/core/clock.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { createId } from "../../daemon/core/id.ts";
import { endAttempt, openRequest } from "../../daemon/journal/attempts.ts";
import { claimJob, type ClaimedJob, endJob, insertJob } from "../../daemon/journal/jobs.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { countDone, insertRun, markListed } from "../../daemon/journal/runs.ts";
import type { Backlog } from "../../daemon/protocol/backlog.ts";
import { writeSettlement } from "../../daemon/queue/end-attempt.ts";
import { settle } from "../../daemon/queue/settle.ts";
import { finishIfComplete } from "../../daemon/runs/finish.ts";
import "../helper/seed.ts";
import { addJob, claim, list, NOW } from "../helper/test-journal.ts";
import { openStatusRoom, type StatusRoom } from "./status-room.ts";

/*
 * How far an agent is, and how long the rest takes: measured by what its run did last, and never a number that the
 * journal does not support.
 */

const AGENTS = `
model: { provider: openai, base_url: "http://127.0.0.1:1/v1", name: small, api_key: null }
agents:
  - { id: inbox, directories: [{ path: "/tmp/a" }] }
  - { id: beside, directories: [{ path: "/tmp/b" }] }
  - { id: wide, directories: [{ path: "/tmp/c" }], model: { base_url: "http://127.0.0.1:2/v1", concurrency: 4 } }
  - { id: plain, directories: [{ path: "/tmp/d" }], model: { provider: rules } }
`;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse(NOW);

interface Done {
  /** Milliseconds since the start. */
  from: number;
  to: number;
  end?: "done" | "failed" | "skipped";
  model?: string;
}

/** Files done one after another, each in this time. */
function oneByOne(count: number, ms: number, more: Partial<Done> = {}): Done[] {
  return Array.from({ length: count }, (_, n) => ({ from: n * ms, to: (n + 1) * ms, ...more }));
}

let count = 0;

function insert(
  journal: Journal,
  run: { run_id: string; agent_id: string },
  { rank = 2, modified_ms = 1 } = {},
): string {
  count += 1;
  const hash = count.toString(16).padStart(64, "0");
  const job = { job_id: createId("job"), hash, recipe: "r1", rank, modified_ms };
  return insertJob(journal, { ...run, ...job }, NOW).job_id;
}

/** A run in progress that did some files, and has others to do. */
function work(
  journal: Journal,
  done: readonly Done[],
  ready: number,
  { agent = "inbox", rank = 2, modified_ms = 1, awaits = false } = {},
): { run_id: string; agent_id: string } {
  const run = { run_id: createId("run"), agent_id: agent };
  insertRun(journal, { ...run, trigger: "manual", force: false, paths: null }, NOW);
  const none = { unchanged: 5, skipped: 2, failed: 0, waiting: 0 };
  markListed(journal, run.run_id, none, NOW);
  for (const one of done) doFile(journal, run, one);
  for (let n = 0; n < ready; n += 1) insert(journal, run, { rank, modified_ms });
  if (awaits) {
    journal.run(
      journal.build
        .updateTable("runs")
        .set({ awaits_confirmation: 1 })
        .where("run_id", "=", run.run_id),
    );
  }
  return run;
}

function begin(journal: Journal, agent_id: string, at: number): ClaimedJob {
  const now = toInstant(START + at);
  const options = { agentIds: [agent_id], attemptId: createId("attempt"), now };
  const job = claimJob(journal, options);
  if (job === undefined) throw new Error("There was no job to claim.");
  return job;
}

function doFile(
  journal: Journal,
  run: { run_id: string; agent_id: string },
  { from, to, end = "done", model = "small" }: Done,
): void {
  insert(journal, run);
  const job = begin(journal, run.agent_id, from);
  if (end !== "skipped") {
    const provider = run.agent_id === "plain" ? "rules" : "openai";
    const { job_id, attempt_id } = job;
    const asked = {
      iteration: 1,
      provider,
      model,
      reserved_tokens: 1,
      reserved_usd: null,
    } as const;
    openRequest(journal, { ...run, job_id, attempt_id, ...asked }, toInstant(START + from));
  }
  const now = toInstant(START + to);
  const error = { code: "bad_tool_calls", message: "Bad.", hint: null };
  const ends = {
    done: { state: "done" },
    failed: { state: "failed", error },
    skipped: { state: "skipped", reason: "empty" },
  } as const;
  journal.transaction(() => {
    endJob(journal, job, ends[end], now);
    endAttempt(journal, job.attempt_id, end, null, now);
  });
}

/** Puts a file of `inbox` off, in a run of its own that has ended. */
function putOff(journal: Journal, code: "budget_exhausted" | "too_long"): void {
  count += 1;
  const hash = count.toString(16).padStart(64, "0");
  const { run_id } = addJob(journal, { hash, paths: [`/in/${count}.md`] });
  const error = new RunnerError(code, "Later.");
  const settlement = settle({ outcome: "fault", error }, { faults: 3 }, START);
  writeSettlement(journal, claim(journal), settlement, START);
  finishIfComplete(journal, run_id, NOW);
}

const hours = (number: number): number => number * 3_600;

const CASES: Record<string, [build: (room: StatusRoom) => void, expected: Backlog | null]> = {
  "nothing to do": [() => {}, null],
  "nothing but done files": [({ journal }) => void work(journal, oneByOne(4, HOUR), 0), null],
  "files done at a steady speed": [
    ({ journal }) => void work(journal, oneByOne(4, HOUR), 6),
    { done: 4, total: 10, waiting: 0, seconds_left: hours(6) },
  ],
  "too few to measure": [
    ({ journal }) => void work(journal, oneByOne(2, HOUR), 6),
    { done: 2, total: 8, waiting: 0, seconds_left: null },
  ],
  "a run that still looks for files": [
    ({ journal }) => void addJob(journal, { runId: unlisted(journal) }),
    { done: 0, total: 1, waiting: 0, seconds_left: null },
  ],
  "a file that is being read counts as left": [
    ({ journal }) => {
      work(journal, oneByOne(3, HOUR), 2);
      begin(journal, "inbox", 3 * HOUR);
    },
    { done: 3, total: 5, waiting: 0, seconds_left: hours(2) },
  ],
  "failed files take their time too": [
    ({ journal }) => void work(journal, oneByOne(3, HOUR, { end: "failed" }), 2),
    { done: 3, total: 5, waiting: 0, seconds_left: hours(2) },
  ],
  "half of the files are skipped at once": [
    ({ journal }) => {
      const skipped = oneByOne(3, 0, { end: "skipped" });
      work(journal, [...oneByOne(3, HOUR), ...skipped], 8);
    },
    { done: 6, total: 14, waiting: 0, seconds_left: hours(4) },
  ],
  "the last files count, not the first": [
    ({ journal }) => {
      const slow = oneByOne(30, 2 * MINUTE).map(({ from, to }) => ({
        from: from + HOUR,
        to: to + HOUR,
      }));
      work(journal, [...oneByOne(30, MINUTE), ...slow], 30);
    },
    { done: 60, total: 90, waiting: 0, seconds_left: hours(1) },
  ],
  "files that another model did say nothing": [
    ({ journal }) => void work(journal, oneByOne(9, MINUTE, { model: "fast" }), 2),
    { done: 9, total: 11, waiting: 0, seconds_left: null },
  ],
  "a pause": [
    ({ journal, pauses }) => {
      work(journal, oneByOne(3, HOUR), 2);
      pauses.pause("inbox", 60);
    },
    { done: 3, total: 5, waiting: 2, seconds_left: null },
  ],
  "files that wait for consent": [
    ({ journal }) => void work(journal, oneByOne(3, HOUR), 2, { awaits: true }),
    { done: 3, total: 5, waiting: 2, seconds_left: null },
  ],
  "files put off by a run that has ended": [
    ({ journal }) => {
      putOff(journal, "budget_exhausted");
      putOff(journal, "too_long");
    },
    { done: 0, total: 2, waiting: 2, seconds_left: null },
  ],
  "files put off beside others that go on": [
    ({ journal }) => {
      putOff(journal, "too_long");
      work(journal, oneByOne(3, HOUR), 2);
    },
    { done: 3, total: 6, waiting: 1, seconds_left: hours(2) },
  ],
  "another agent whose files the endpoint does before": [
    ({ journal }) => {
      work(journal, oneByOne(3, HOUR), 2, { modified_ms: 1 });
      work(journal, oneByOne(3, 2 * HOUR), 3, { agent: "beside", modified_ms: 2 });
    },
    { done: 3, total: 5, waiting: 0, seconds_left: hours(8) },
  ],
  "another agent whose files the endpoint does afterwards": [
    ({ journal }) => {
      work(journal, oneByOne(3, HOUR), 2, { rank: 1 });
      work(journal, oneByOne(1, 2 * HOUR), 3, { agent: "beside", rank: 2 });
    },
    { done: 3, total: 5, waiting: 0, seconds_left: hours(2) },
  ],
  "another agent before it whose speed is not known": [
    ({ journal }) => {
      work(journal, oneByOne(3, HOUR), 2);
      work(journal, oneByOne(1, HOUR), 3, { agent: "beside", modified_ms: 2 });
    },
    { done: 3, total: 5, waiting: 0, seconds_left: null },
  ],
  "an agent at another endpoint": [
    ({ journal }) => {
      work(journal, oneByOne(3, HOUR), 2);
      work(journal, [], 3, { agent: "wide", modified_ms: 2 });
    },
    { done: 3, total: 5, waiting: 0, seconds_left: hours(2) },
  ],
  "a machine that slept in the midst of a file": [
    ({ journal }) => {
      const slept = { from: 6 * MINUTE, to: 6 * MINUTE + 8 * HOUR };
      work(journal, [...oneByOne(6, MINUTE), slept], 60);
    },
    { done: 7, total: 67, waiting: 0, seconds_left: hours(1) },
  ],
  "a pause between files": [
    ({ journal }) => {
      const later = oneByOne(3, HOUR).map(({ from, to }) => ({
        from: from + 50 * HOUR,
        to: to + 50 * HOUR,
      }));
      work(journal, [...oneByOne(3, HOUR), ...later], 2);
    },
    { done: 6, total: 8, waiting: 0, seconds_left: hours(2) },
  ],
  "a clock set back in the midst of a file": [
    ({ journal }) => {
      const back = { from: 3 * HOUR, to: -40_000 * HOUR };
      work(journal, [...oneByOne(3, HOUR), back], 2);
    },
    { done: 4, total: 6, waiting: 0, seconds_left: hours(2) },
  ],
  "a clock set ahead in the midst of a file": [
    ({ journal }) => {
      const ahead = { from: 3 * HOUR, to: 40_000 * HOUR };
      work(journal, [...oneByOne(3, HOUR), ahead], 2);
    },
    { done: 4, total: 6, waiting: 0, seconds_left: hours(2) },
  ],
  "a clock set back between files, so that their times overlap": [
    ({ journal }) => void work(journal, [...oneByOne(3, HOUR), ...oneByOne(3, HOUR)], 2),
    { done: 6, total: 8, waiting: 0, seconds_left: hours(2) },
  ],
  "no clock that any file was right by": [
    ({ journal }) => {
      const wrong = oneByOne(9, HOUR).map(({ from, to }) => ({ from: to, to: from }));
      work(journal, wrong, 2);
    },
    { done: 9, total: 11, waiting: 0, seconds_left: null },
  ],
};

function unlisted(journal: Journal): string {
  const run_id = createId("run");
  const run = { run_id, agent_id: "inbox", trigger: "manual", force: false, paths: null } as const;
  insertRun(journal, run, NOW);
  return run_id;
}

function backlogOf({ status }: StatusRoom, agentId = "inbox"): Backlog | null | undefined {
  return status().agents.find(({ id }) => id === agentId)?.backlog;
}

test.each(Object.entries(CASES))("%s", async (_, [build, expected]) => {
  using room = await openStatusRoom(AGENTS);
  build(room);
  expect(backlogOf(room)).toEqual(expected);
});

test("files that are done at the same time take that much less", async () => {
  using room = await openStatusRoom(AGENTS);
  const four = [0, 0, 0, 0].map(() => ({ from: 0, to: HOUR }));
  work(room.journal, four, 8, { agent: "wide" });
  expect(backlogOf(room, "wide")).toMatchObject({ total: 12, seconds_left: hours(2) });
});

test("the rules are measured like any model", async () => {
  using room = await openStatusRoom(AGENTS);
  work(room.journal, oneByOne(5, MINUTE, { model: "rules" }), 60, { agent: "plain" });
  expect(backlogOf(room, "plain")).toMatchObject({ total: 65, seconds_left: hours(1) });
});

test("what a dry run did counts as done, and its speed is measured", async () => {
  using room = await openStatusRoom(AGENTS);
  const { journal } = room;
  const run = { run_id: createId("run"), agent_id: "inbox" };
  insertRun(journal, { ...run, trigger: "manual", force: false, dry_run: true, paths: null }, NOW);
  markListed(journal, run.run_id, { unchanged: 0, skipped: 0, failed: 0, waiting: 0 }, NOW);
  const left = { state: "pending", reason: "dry_run", error: null, faults: 0 } as const;
  for (const { from, to } of oneByOne(3, HOUR)) {
    insert(journal, run);
    const { job_id, attempt_id } = begin(journal, "inbox", from);
    const asked = { provider: "openai", model: "small", reserved_tokens: 1 } as const;
    const request = { ...run, ...asked, job_id, attempt_id, iteration: 1, reserved_usd: null };
    openRequest(journal, request, NOW);
    const now = toInstant(START + to);
    endJob(journal, { job_id, attempt_id }, { ...left, next_attempt_at: now }, now);
    endAttempt(journal, attempt_id, "put_off", null, now);
    countDone(journal, job_id, { outcome: "recorded", is_warned: false });
  }
  insert(journal, run);
  insert(journal, run);
  expect(backlogOf(room)).toEqual({ done: 3, total: 5, waiting: 0, seconds_left: hours(2) });
});

test("files of one content count once, as the run counts them", async () => {
  using room = await openStatusRoom(AGENTS);
  const { run_id } = addJob(room.journal, { paths: ["/in/a.md", "/in/b.md"] });
  list(room.journal, run_id);
  expect(backlogOf(room)).toMatchObject({ done: 0, total: 1 });
});

test("whatever the clock did, the time left is a number that can be, or not known", async () => {
  const instant = fc.oneof(
    fc.integer({ min: 0, max: 100 * HOUR }),
    fc.integer({ min: -400_000 * HOUR, max: 400_000 * HOUR }),
  );
  const file = fc.record({ from: instant, to: instant });
  const files = fc.array(file, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 4 }), async (done, ready) => {
      using room = await openStatusRoom(AGENTS);
      work(room.journal, done, ready);
      const backlog = backlogOf(room);
      expect(backlog).toMatchObject({ done: done.length, total: done.length + ready });
      const left = backlog?.seconds_left ?? 0;
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left).toBeLessThanOrEqual(ready * hours(24));
    }),
    { numRuns: 25 },
  );
});
