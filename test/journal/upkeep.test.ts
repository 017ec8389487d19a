import { expect, test } from "vitest";
import { answerRequest, fixFrame, openRequest } from "../../daemon/journal/attempts.ts";
import { findFileHistory } from "../../daemon/journal/file-views.ts";
import { endJob, insertJob, type JobEnd, renewJob } from "../../daemon/journal/jobs.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { purgeOlder } from "../../daemon/journal/retention.ts";
import { startUpkeep } from "../../daemon/journal/upkeep.ts";
import { type FakeClock, fakeClock } from "../helper/fake-clock.ts";
import { addJob, claim, NOW, openTestJournal } from "../helper/test-journal.ts";

const DAY_MS = 86_400_000;
const OLD = "2026-01-01T00:00:00.000Z";
const ALL = { texts: 9, requests: 9, changes: 9 };
const NEVER = (thrown: unknown): void => {
  throw thrown;
};

/** A job with a text and one reply, of some instant; ended as told. */
function talk(
  journal: Journal,
  content: string,
  at: string,
  state: "done" | "superseded" | "pending",
) {
  const { file_ids, job_id } = addJob(journal, {
    hash: content.repeat(64),
    paths: [`/in/${content}.md`],
  });
  const job = claim(journal);
  const { attempt_id, run_id, agent_id } = job;
  const document = {
    content_type: "text/plain",
    title: null,
    text: content,
    headings: [],
    metadata: {},
    warnings: [],
  };
  const frame = {
    fence: "f",
    today: "2026-01-01",
    file_name: "a",
    relative_path: "a",
    modified_at: at,
    projects: [],
    earlier: [],
  };
  fixFrame(journal, job, { frame, document, extractor: "1", recipe: "r1" }, at);
  const model = { provider: "rules", model: "rules" } as const;
  const of = { job_id, attempt_id, run_id, agent_id, iteration: 1, ...model };
  const seq = openRequest(journal, { ...of, reserved_tokens: 0, reserved_usd: null }, at);
  const usage = { input_tokens: 5, cached_input_tokens: 0, output_tokens: 1, cost_usd: 0.5 };
  answerRequest(journal, seq, { reply: '{"text":"hello"}', ...usage }, at);
  const end: JobEnd =
    state === "pending"
      ? { state, reason: "interrupted", next_attempt_at: at, error: null, faults: 0 }
      : { state };
  endJob(journal, job, end, at);
  journal.run(
    journal.build.updateTable("runs").set({ status: "success" }).where("run_id", "=", run_id),
  );
  return { file_id: file_ids[0] ?? "", job };
}

function readKept(journal: Journal, fileId: string) {
  const history = findFileHistory(journal, fileId);
  const [request] = history?.attempts[0]?.requests ?? [];
  return {
    text: history?.text ?? null,
    reply: request?.reply ?? null,
    cost_usd: request?.cost_usd,
  };
}

async function passHours(clock: FakeClock, hours: number, step = 1): Promise<void> {
  for (let hour = 0; hour < hours; hour += step) {
    await expect.poll(() => clock.sleepers()).toBe(1);
    await clock.advance(step * 3_600_000);
  }
  await expect.poll(() => clock.sleepers()).toBe(1);
}

test("what is older than wanted goes, at start and as time passes; what it cost stays", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const old = talk(journal, "a", OLD, "done");
  const young = talk(journal, "b", NOW, "done");
  const clock = fakeClock(NOW);
  await using _upkeep = startUpkeep({ journal, clock, conversationDays: () => 90, onFault: NEVER });
  await expect
    .poll(() => readKept(journal, old.file_id))
    .toEqual({ text: null, reply: null, cost_usd: 0.5 });
  expect(readKept(journal, young.file_id)).toMatchObject({ text: "b", reply: { text: "hello" } });
  await expect.poll(() => clock.sleepers()).toBe(1);
  clock.jump(90 * DAY_MS);
  await passHours(clock, 26);
  await expect
    .poll(() => readKept(journal, young.file_id))
    .toMatchObject({ text: null, reply: null });
});

test("what is written while the clock is behind is not old when it is set right", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  await using _upkeep = startUpkeep({ journal, clock, conversationDays: () => 3, onFault: NEVER });
  await expect.poll(() => clock.sleepers()).toBe(1);
  const old = talk(journal, "a", OLD, "superseded");
  await passHours(clock, 48, 12);
  expect(readKept(journal, old.file_id)).toMatchObject({ text: "a", reply: { text: "hello" } });
  await passHours(clock, 72, 12);
  await expect
    .poll(() => readKept(journal, old.file_id))
    .toMatchObject({ text: null, reply: null });
});

test("without a limit everything is kept, until one is set", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const old = talk(journal, "a", OLD, "done");
  const clock = fakeClock(NOW);
  let days: number | null = null;
  await using _upkeep = startUpkeep({
    journal,
    clock,
    conversationDays: () => days,
    onFault: NEVER,
  });
  await expect.poll(() => clock.sleepers()).toBe(1);
  expect(readKept(journal, old.file_id)).toMatchObject({ text: "a" });
  days = 30;
  await clock.pass(3_600_000);
  await expect
    .poll(() => readKept(journal, old.file_id))
    .toMatchObject({ text: null, reply: null });
});

test("a job that waits keeps the replies that it goes on with", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { file_id } = talk(journal, "a", OLD, "pending");
  while (purgeOlder(journal, NOW, ALL) > 0);
  expect(readKept(journal, file_id)).toMatchObject({ reply: { text: "hello" } });
});

test("a superseded job is not renewed without its replies", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const { job } = talk(journal, "a", OLD, "superseded");
  const { agent_id, hash, recipe, base_recipe, run_id, rank, modified_ms } = job;
  const again = { agent_id, hash, run_id, rank, modified_ms };
  while (purgeOlder(journal, NOW, ALL) > 0);
  expect(renewJob(journal, { ...again, base_recipe })).toBeUndefined();
  expect(insertJob(journal, { job_id: "job_2", recipe, ...again }, NOW).generation).toBe(1);
});

test("a transaction purges little, and the next one the rest", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  for (let index = 0; index < 5; index += 1) {
    const values = { hash: `h${index}`, extractor: "1", document: "{}", created_at: OLD };
    journal.run(journal.build.insertInto("documents").values(values));
  }
  const purged = [];
  for (let some = -1; some !== 0; purged.push(some)) some = purgeOlder(journal, NOW, ALL);
  expect(purged).toEqual([2, 2, 1, 0]);
});

test("a journal that cannot be written is reported, and tried again an hour later", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const old = talk(journal, "a", OLD, "done");
  const clock = fakeClock(NOW);
  const faults: unknown[] = [];
  let isFull = true;
  const broken: Journal = {
    ...journal,
    transaction: (work) => {
      if (isFull) throw new Error("disk full");
      return journal.transaction(work);
    },
  };
  const options = {
    conversationDays: () => 90,
    onFault: (thrown: unknown) => void faults.push(thrown),
  };
  await using _upkeep = startUpkeep({ journal: broken, clock, ...options });
  await expect.poll(() => clock.sleepers()).toBe(1);
  expect(faults).toHaveLength(1);
  isFull = false;
  await clock.pass(3_600_000);
  await expect.poll(() => readKept(journal, old.file_id)).toMatchObject({ text: null });
});

test("a clock that jumps ahead, and is set right within a day, purges nothing; one that stays does", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const young = talk(journal, "a", NOW, "done");
  const clock = fakeClock(NOW);
  const start = () => startUpkeep({ journal, clock, conversationDays: () => 90, onFault: NEVER });
  const whole = { text: "a", reply: { text: "hello" } };
  {
    await using _upkeep = start();
    await passHours(clock, 1);
    clock.jump(5 * 365 * DAY_MS);
    await passHours(clock, 20);
  }
  {
    // A restart and another wrong date do not help.
    await using _upkeep = start();
    clock.jump(40 * DAY_MS);
    await passHours(clock, 20);
    expect(readKept(journal, young.file_id)).toMatchObject(whole);
    clock.jump(-(5 * 365 + 40) * DAY_MS);
    await passHours(clock, 48);
    expect(readKept(journal, young.file_id)).toMatchObject(whole);
    clock.jump(91 * DAY_MS);
    await passHours(clock, 26);
  }
  expect(readKept(journal, young.file_id)).toMatchObject({ text: null, reply: null });
});
