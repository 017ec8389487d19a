import { renameSync, rmSync, writeFileSync } from "node:fs";
import { sql } from "kysely";
import { expect, test } from "vitest";
import type { Model } from "../daemon/agent/model/model.ts";
import { RunnerError } from "../daemon/core/errors.ts";
import { findFileHistory } from "../daemon/journal/file-views.ts";
import { listEntityViews } from "../daemon/journal/entity-views.ts";
import { findJob } from "../daemon/journal/jobs.ts";
import { recover } from "../daemon/journal/recover.ts";
import { waitFor } from "./helper/program.ts";
import { NOW } from "./helper/test-journal.ts";
import { type ModelStep, scriptedModel } from "./helper/scripted-model.ts";
import { openPipelineBench } from "./helper/pipeline-bench.ts";

const FINAL: ModelStep = { text: "Recorded." };
const ALL = { limit: 100 };

const say = (title: string, quote?: string): ModelStep => ({
  calls: [{ name: "create_task", arguments: { title, quote: quote ?? null } }],
});

test("a file is read, thought about and committed, with its usage and its conversation", async () => {
  using bench = await openPipelineBench({ "a.md": "# Plan\nCall Bob.\n" });
  using model = scriptedModel([say("Call Bob", "Call Bob."), FINAL]);
  await expect(bench.work(model)).resolves.toEqual({ outcome: "committed" });
  expect(bench.file("a.md")).toMatchObject({ state: "done", reason: null, error: null });
  expect(listEntityViews(bench.journal, "task", ALL).items).toMatchObject([
    { title: "Call Bob", sources: [{ quote: "Call Bob.", verified: true }] },
  ]);
  expect(bench.run()).toMatchObject({
    status: "success",
    files: { found: 1, processed: 1 },
    usage: { requests: 2, input_tokens: 200 },
  });
  const history = findFileHistory(bench.journal, bench.file("a.md").file_id);
  expect(history?.text).toContain("Call Bob.");
  expect(history?.attempts[0]?.requests).toHaveLength(2);
});

test("copies share one job, and are all sources of what it made", async () => {
  using bench = await openPipelineBench({ "a.md": "Same.", "b.md": "Same.", "c/d.md": "Same." });
  using model = scriptedModel([say("Call"), FINAL]);
  await expect(bench.work(model)).resolves.toEqual({ outcome: "committed" });
  const [task] = listEntityViews(bench.journal, "task", ALL).items;
  expect(task?.sources).toHaveLength(3);
  expect(bench.run().files).toMatchObject({ found: 3, processed: 1, unchanged: 2 });
});

test("a copy that is gone or changed does not keep the others from being read", async () => {
  using bench = await openPipelineBench({ "a.md": "Same.", "b.md": "Same.", "c.md": "Same." });
  rmSync(bench.path("a.md"));
  writeFileSync(bench.path("b.md"), "Other.");
  using model = scriptedModel([say("Call"), FINAL]);
  await expect(bench.work(model)).resolves.toEqual({ outcome: "committed" });
  expect(bench.file("c.md").state).toBe("done");
  for (const name of ["a.md", "b.md"]) {
    expect(bench.file(name)).toMatchObject({ state: "pending", reason: "changed", job_id: null });
  }
  const [task] = listEntityViews(bench.journal, "task", ALL).items;
  expect(task?.sources.map(({ path }) => path)).toEqual([bench.path("c.md")]);
});

test.each<[string, (path: string) => void]>([
  ["changed", (path) => writeFileSync(path, "Something else.")],
  ["was deleted", (path) => rmSync(path)],
  ["was emptied", (path) => writeFileSync(path, "")],
])(
  "a file that %s before it was read asks no model, and is looked at again",
  async (_n, change) => {
    using bench = await openPipelineBench({ "a.md": "Call Bob." });
    change(bench.path("a.md"));
    using model = scriptedModel([]);
    await expect(bench.work(model)).resolves.toEqual({ outcome: "changed" });
    expect(bench.file("a.md")).toMatchObject({
      state: "pending",
      reason: "changed",
      job_id: null,
      next_attempt_at: "2026-11-20T10:00:02.000Z",
    });
    expect(findJob(bench.journal, bench.jobId)).toMatchObject({ state: "superseded" });
    expect(bench.run().files).toMatchObject({ found: 1, pending: 1 });
  },
);

test.each<[string, (path: string) => void]>([
  ["written to", (path) => writeFileSync(path, "Call Ann.")],
  [
    "replaced",
    (path) => {
      writeFileSync(`${path}.new`, "Call Bob.");
      renameSync(`${path}.new`, path);
    },
  ],
  ["deleted", (path) => rmSync(path)],
])(
  "a file that is %s while the model thinks is committed as it was read, and pending",
  async (_n, change) => {
    using bench = await openPipelineBench({ "a.md": "Call Bob." });
    const thinking: ModelStep = () => {
      change(bench.path("a.md"));
      return { calls: [{ name: "create_task", arguments: { title: "Call Bob" } }] };
    };
    using model = scriptedModel([thinking, FINAL]);
    await expect(bench.work(model)).resolves.toEqual({ outcome: "committed" });
    expect(bench.file("a.md")).toMatchObject({
      state: "pending",
      reason: "changed",
      hash: null,
      // It was done, so it is left alone for longer before it is taken again: an editor may be saving it.
      processed_at: NOW,
      next_attempt_at: "2026-11-20T10:00:30.000Z",
    });
    const [task] = listEntityViews(bench.journal, "task", ALL).items;
    expect(task?.sources).toHaveLength(1);
    expect(findJob(bench.journal, bench.jobId)?.state).toBe("done");
  },
);

test("a fault of the endpoint puts the file off, and its replies are not asked for again", async () => {
  using bench = await openPipelineBench({ "a.md": "Call Bob." });
  using failing = scriptedModel([
    say("Call Bob"),
    new RunnerError("rate_limited", "Wait.", {
      data: { retry_after_ms: 60_000 },
    }),
  ]);
  await expect(bench.work(failing)).resolves.toMatchObject({ outcome: "fault" });
  expect(bench.file("a.md")).toMatchObject({
    state: "pending",
    reason: "rate_limited",
    next_attempt_at: "2026-11-20T10:01:00.000Z",
  });
  expect(bench.run()).toMatchObject({ status: "error", error: { code: "rate_limited" } });
  expect(listEntityViews(bench.journal, "task", ALL).items).toEqual([]);
  bench.listAgain();
  using model = scriptedModel([FINAL]);
  await expect(bench.work(model)).resolves.toEqual({ outcome: "committed" });
  expect(listEntityViews(bench.journal, "task", ALL).items).toHaveLength(1);
});

test("a reply that the disk has no room for is kept until it has, and is not asked for again", async () => {
  using bench = await openPipelineBench({ "a.md": "Call Bob." });
  const fill: ModelStep = () => {
    bench.journal.run(sql`PRAGMA query_only = ON`);
    return { calls: [{ name: "create_task", arguments: { title: "Call Bob" } }] };
  };
  using model = scriptedModel([fill, FINAL]);
  const outcome = bench.work(model);
  await waitFor("the reply waits", () => bench.clock.sleepers() === 1);
  expect(model.requests).toHaveLength(1);
  bench.journal.run(sql`PRAGMA query_only = OFF`);
  await bench.clock.advance(5_000);
  await expect(outcome).resolves.toEqual({ outcome: "committed" });
  expect(bench.run().usage.requests).toBe(2);
});

test("what stands in the way of the model itself puts the file off too", async () => {
  using bench = await openPipelineBench({ "a.md": "Call Bob." });
  const missing = (): Model => {
    throw new RunnerError("key_missing", "OPENAI_API_KEY is not set.");
  };
  await expect(bench.work(missing)).resolves.toMatchObject({ outcome: "fault" });
  expect(bench.file("a.md")).toMatchObject({ state: "pending", reason: "key_missing" });
});

const CUT_OFF: ModelStep = { ...FINAL, stop: "length" };
const nonsense: ModelStep = { calls: [{ name: "nonsense", arguments: {} }] };
const looking: ModelStep = { calls: [{ name: "list_tasks", arguments: {} }] };

test.each<[string, ModelStep[]]>([
  ["reply_truncated", [say("Call"), CUT_OFF, CUT_OFF]],
  ["reply_filtered", [{ ...FINAL, stop: "filter" }]],
  ["bad_tool_calls", [nonsense, nonsense, nonsense]],
  ["bad_tool_calls", [say("Call"), { text: "<tool_call>{}", stop: "written" }]],
  ["iterations_exhausted", [looking, looking, looking, looking]],
  ["reply_filtered", [new RunnerError("reply_filtered", "No.")]],
  ["internal", [new TypeError("a bug")]],
])("a bad answer fails the file with %s, and nothing of it is kept", async (code, steps) => {
  using bench = await openPipelineBench({ "a.md": "Call Bob." });
  using model = scriptedModel(steps);
  await expect(bench.work(model)).resolves.toMatchObject({ outcome: "failed", error: { code } });
  expect(bench.file("a.md")).toMatchObject({ state: "failed" });
  expect(bench.file("a.md").error).toContain(code);
  expect(bench.run()).toMatchObject({ status: "error", files: { found: 1, failed: 1 } });
});

test("what was recorded before the iterations ended is kept", async () => {
  using bench = await openPipelineBench({ "a.md": "Call Bob." });
  const create: ModelStep = { calls: [{ name: "create_task", arguments: { title: "Call Bob" } }] };
  using model = scriptedModel([create, looking, looking, looking, looking]);
  await expect(bench.work(model)).resolves.toEqual({ outcome: "committed" });
  expect(listEntityViews(bench.journal, "task", ALL).items).toHaveLength(1);
});

test("a file in which there is nothing to read is skipped without asking the model", async () => {
  using bench = await openPipelineBench({ "a.md": " \n\n" });
  using model = scriptedModel([]);
  await expect(bench.work(model)).resolves.toEqual({ outcome: "skipped", reason: "empty" });
  expect(bench.file("a.md")).toMatchObject({ state: "skipped", reason: "empty" });
  expect(bench.run()).toMatchObject({ status: "success", files: { found: 1, skipped: 1 } });
});

test("a stop gives the job back, and the next attempt asks only what was not answered", async () => {
  using bench = await openPipelineBench({ "a.md": "Call Bob." });
  const stopping = new AbortController();
  const step: ModelStep = () => {
    stopping.abort();
    return { calls: [{ name: "create_task", arguments: { title: "Call Bob" } }] };
  };
  using stopped = scriptedModel([step]);
  const outcome = bench.work(stopped, { stop: stopping.signal });
  await expect(outcome).resolves.toEqual({ outcome: "interrupted" });
  expect(bench.file("a.md")).toMatchObject({ state: "pending", reason: "interrupted" });
  using model = scriptedModel([FINAL]);
  await expect(bench.work(model)).resolves.toEqual({ outcome: "committed" });
  expect(listEntityViews(bench.journal, "task", ALL).items).toHaveLength(1);
});

test("an attempt that was taken for dead commits nothing beside the one that took over", async () => {
  using bench = await openPipelineBench({ "a.md": "Call Bob." });
  const step: ModelStep = async () => {
    recover(bench.journal, NOW);
    using other = scriptedModel([say("Call Bob"), FINAL]);
    await expect(bench.work(other)).resolves.toEqual({ outcome: "committed" });
    return { calls: [{ name: "create_task", arguments: { title: "Call Robert" } }] };
  };
  using late = scriptedModel([step]);
  const outcome = await bench.work(late);
  expect(outcome.outcome).not.toBe("committed");
  expect(listEntityViews(bench.journal, "task", ALL).items).toMatchObject([{ title: "Call Bob" }]);
  expect(bench.file("a.md").state).toBe("done");
});
