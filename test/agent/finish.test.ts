import { expect, test } from "vitest";
import { runLoop } from "../../daemon/agent/loop.ts";
import type { ModelRequest } from "../../daemon/agent/model/model.ts";
import { selectTools } from "../../daemon/agent/toolbox.ts";
import { createTask, openLoopBench } from "./loop-bench.ts";

const call = (title: string) => ({ calls: [createTask(title)] });
const FINAL = { text: "Recorded." };
const INVALID = { name: "create_task", arguments: { title: 1 } };
const UNKNOWN_TOOL = { name: "add_task", arguments: { title: "A" } };

function requestsOf(prepared: { model: object }): readonly ModelRequest[] {
  return (prepared.model as { requests: readonly ModelRequest[] }).requests;
}

const FINISH = { name: "finish", arguments: { summary: "Recorded." } };
const REFUSED = createTask("refused");

test.each<[string, Parameters<ReturnType<typeof openLoopBench>["run"]>, object]>([
  [
    "with calls that succeed ends the job",
    [[{ calls: [createTask("1"), createTask("2"), FINISH] }]],
    { outcome: "complete", iterations: 1, warnings: [] },
  ],
  [
    "before the calls ends the job too",
    [[{ calls: [FINISH, createTask("1")] }]],
    { outcome: "complete", iterations: 1 },
  ],
  ["alone ends the job", [[{ calls: [FINISH] }]], { outcome: "complete", iterations: 1 }],
  [
    "without arguments that can be read ends the job",
    [[{ calls: [createTask("1"), { name: "finish", arguments: null }] }]],
    { outcome: "complete", iterations: 1, warnings: [] },
  ],
  [
    "in a reply of its own ends the job",
    [[call("1"), { calls: [FINISH] }]],
    { outcome: "complete", iterations: 2, warnings: [] },
  ],
  [
    "with a refused call goes on",
    [[{ calls: [createTask("1"), REFUSED, FINISH] }, { calls: [FINISH] }]],
    { outcome: "complete", iterations: 2 },
  ],
  [
    "with a wrong call goes on",
    [[{ calls: [INVALID, FINISH] }, { calls: [createTask("1"), FINISH] }]],
    { outcome: "complete", iterations: 2, warnings: [] },
  ],
  [
    "with wrong calls only, three times, ends as bad calls",
    [Array.from({ length: 3 }, () => ({ calls: [UNKNOWN_TOOL, FINISH] })), { max_iterations: 9 }],
    { outcome: "bad_calls", iterations: 3 },
  ],
  [
    "with the same refused call over and over is stopped",
    [Array.from({ length: 4 }, () => ({ calls: [REFUSED, FINISH] })), { max_iterations: 9 }],
    { outcome: "capped", iterations: 4, warnings: [{ code: "repeated_calls" }] },
  ],
  [
    "in the only reply leaves nothing over",
    [[{ calls: [createTask("1"), FINISH] }], { max_iterations: 1 }],
    { outcome: "complete", iterations: 1, warnings: [] },
  ],
  [
    "in place of the closing words ends as they do",
    [[call("1"), { calls: [FINISH] }], { max_iterations: 2 }],
    { outcome: "complete", iterations: 2, warnings: [{ code: "iterations_beyond_limit" }] },
  ],
  [
    "with more calls in place of the closing words is stopped",
    [[call("1"), { calls: [createTask("2"), FINISH] }], { max_iterations: 2 }],
    { outcome: "capped", iterations: 2, warnings: [{ code: "iterations_beyond_limit" }] },
  ],
  [
    "beyond the limit of calls goes on",
    [
      [{ calls: [createTask("1"), createTask("2"), FINISH] }, { calls: [FINISH] }],
      { call_limits: { reading: 0, writing: 1 } },
    ],
    { outcome: "complete", iterations: 2, warnings: [{ code: "calls_beyond_limit" }] },
  ],
])("finish %s, and so it does from the stored replies", async (_, [steps, changes], expected) => {
  const bench = openLoopBench();
  await expect(bench.run(steps, changes)).resolves.toMatchObject(expected);
  await expect(bench.run([], changes)).resolves.toMatchObject(expected);
});

test("finish is offered beside whatever tools an agent has, and its answer says why the work goes on", async () => {
  const { input } = openLoopBench();
  const tools = selectTools(["create_task"]);
  using prepared = input([{ calls: [FINISH, REFUSED] }, FINAL], { tools });
  await runLoop(prepared);
  const [first, second] = requestsOf(prepared);
  expect(first?.tools.map(({ name }) => name)).toEqual(["create_task", "finish"]);
  expect(second?.messages[3]).toMatchObject({ content: expect.stringContaining("Not finished") });
});

test.each([25, 60])("all of %i calls in one reply are run", async (length) => {
  const { happened, run } = openLoopBench();
  const calls = Array.from({ length }, (_, index) => createTask(`Task ${index}`));
  const outcome = await run([{ calls: [...calls, FINISH] }]);
  expect(outcome).toMatchObject({ outcome: "complete", iterations: 1, warnings: [] });
  expect(happened.filter((line) => line.startsWith("create_task"))).toHaveLength(length);
});

test("twenty things, one call in each reply, do not end as complete without a word", async () => {
  const { run } = openLoopBench();
  const steps = Array.from({ length: 12 }, (_, index) => call(`Task ${index}`));
  const stopped = await run(steps, { max_iterations: 12 });
  expect(stopped.outcome).toBe("capped");
  const closed = await openLoopBench().run([...steps.slice(1), FINAL], { max_iterations: 12 });
  for (const { warnings } of [stopped, closed]) {
    expect(warnings).toMatchObject([{ code: "iterations_beyond_limit" }]);
  }
});
