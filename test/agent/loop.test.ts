import { expect, test } from "vitest";
import { runLoop } from "../../daemon/agent/loop.ts";
import type { ModelRequest } from "../../daemon/agent/model/model.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { createTask, openLoopBench } from "./loop-bench.ts";

const call = (title: string) => ({ calls: [createTask(title)] });
const FINAL = { text: "Recorded." };

test("a reply is stored before its calls run, and the next request has their results", async () => {
  const { happened, input } = openLoopBench();
  using prepared = input([call("One"), FINAL]);
  const outcome = await runLoop(prepared);
  expect(outcome).toMatchObject({ outcome: "complete", iterations: 2 });
  expect(happened).toEqual(["open 1", "answer 1", "create_task One", "open 2", "answer 2"]);
  const [, second] = requestsOf(prepared);
  const [, , assistant, result] = second?.messages ?? [];
  expect(assistant).toMatchObject({ role: "assistant", reply: { tool_calls: [{}] } });
  expect(result).toMatchObject({ role: "tool", name: "create_task" });
  expect(result && "content" in result ? result.content : "").toContain('"id":"id_One"');
  expect(outcome.tool_results.get(1)).toEqual([expect.stringContaining('"ok":true')]);
});

function requestsOf(prepared: { model: object }): readonly ModelRequest[] {
  return (prepared.model as { requests: readonly ModelRequest[] }).requests;
}

test("a stored reply is never asked for again, and its calls are staged again", async () => {
  const bench = openLoopBench();
  const broken = bench.run([call("One"), new RunnerError("endpoint_fault", "")]);
  await expect(broken).rejects.toMatchObject({ code: "endpoint_fault" });
  bench.happened.length = 0;
  await expect(bench.run([FINAL])).resolves.toMatchObject({ outcome: "complete", iterations: 2 });
  expect(bench.happened).toEqual(["create_task One", "open 2", "answer 2"]);
  bench.happened.length = 0;
  await expect(bench.run([])).resolves.toMatchObject({ outcome: "complete", iterations: 2 });
  expect(bench.happened).toEqual(["create_task One"]);
});

test("requests of a job begin alike and have the same tools, done again or not", async () => {
  const { input } = openLoopBench();
  using first = input([call("One"), call("Two"), FINAL]);
  await runLoop(first);
  const [one, two, three] = requestsOf(first);
  expect(two?.messages.slice(0, 2)).toEqual(one?.messages);
  expect(three?.messages.slice(0, 4)).toEqual(two?.messages);
  expect(three?.tools).toEqual(one?.tools);
  expect([one, two, three].map((request) => request?.messages.length)).toEqual([2, 4, 6]);
});

test("the last iteration forbids calls, and does not run calls that come", async () => {
  const { happened, input } = openLoopBench();
  using prepared = input([call("1"), call("2"), call("3")], { max_iterations: 3 });
  await expect(runLoop(prepared)).resolves.toMatchObject({ outcome: "capped", iterations: 3 });
  expect(requestsOf(prepared).map((request) => request.may_call_tools)).toEqual([
    true,
    true,
    false,
  ]);
  expect(happened.filter((line) => line.startsWith("create"))).toEqual([
    "create_task 1",
    "create_task 2",
  ]);
});

test.each(["length", "filter"] as const)(
  "closing words that end with %s take nothing from what was recorded before",
  async (stop) => {
    const { run } = openLoopBench();
    const running = run([call("1"), { text: "I have", stop }], { max_iterations: 2 });
    await expect(running).resolves.toMatchObject({ outcome: "capped", iterations: 2 });
  },
);

const INVALID = { name: "create_task", arguments: { title: 1 } };
const UNKNOWN_TOOL = { name: "add_task", arguments: { title: "A" } };

test.each<[string, Parameters<ReturnType<typeof openLoopBench>["run"]>, string[]]>([
  ["nothing", [[call("1"), FINAL]], []],
  ["a mistake that is corrected", [[{ calls: [INVALID] }, call("1"), FINAL]], []],
  ["its last mistake", [[call("1"), { calls: [INVALID] }, FINAL]], ["calls_not_understood"]],
  [
    "a mistake among right calls",
    [[{ calls: [createTask("1"), UNKNOWN_TOOL] }, FINAL]],
    ["calls_not_understood"],
  ],
  [
    "that it has no reply left",
    [[call("1"), call("2"), FINAL], { max_iterations: 3 }],
    ["iterations_beyond_limit"],
  ],
  [
    "that its calls are not run any more",
    [[call("1"), call("2"), call("3")], { max_iterations: 3 }],
    ["iterations_beyond_limit"],
  ],
  ["that it may not call again", [[call("1")], { max_iterations: 1 }], ["iterations_beyond_limit"]],
  [
    "that it made too many calls",
    [
      [{ calls: [createTask("1"), createTask("2")] }, FINAL],
      { call_limits: { reading: 1, writing: 1 } },
    ],
    ["calls_beyond_limit"],
  ],
  [
    "that it repeats itself",
    [[call("1"), call("1"), call("1"), call("2")], { max_iterations: 9 }],
    ["repeated_calls"],
  ],
  [
    "that it is at its end, having repeated itself",
    [[call("1"), call("1"), call("1"), FINAL], { max_iterations: 9 }],
    [],
  ],
])("the person sees each limit that the model sees: %s", async (_, [steps, changes], codes) => {
  const { warnings } = await openLoopBench().run(steps, changes);
  expect(warnings.map(({ code }) => code)).toEqual(codes);
  for (const { message } of warnings) expect(message).toMatch(/^[A-Z].*\d.*\.$/u);
});

test("a single iteration is for the work, not for the closing words", async () => {
  const { happened, input } = openLoopBench();
  using prepared = input([call("1")], { max_iterations: 1 });
  await expect(runLoop(prepared)).resolves.toMatchObject({ outcome: "capped", iterations: 1 });
  expect(requestsOf(prepared)[0]?.may_call_tools).toBe(true);
  expect(happened).toContain("create_task 1");
});

test("the number of replies left is at the end of the last tool result, and not in the journal", async () => {
  const { input } = openLoopBench();
  const two = (turn: number) => ({ calls: [createTask(`a${turn}`), createTask(`b${turn}`)] });
  using prepared = input([two(1), two(2), two(3), FINAL], { max_iterations: 4 });
  const { tool_results } = await runLoop(prepared);
  const last = requestsOf(prepared).at(-1)?.messages ?? [];
  const results = last.filter((message) => message.role === "tool").map(({ content }) => content);
  expect(results.map((content) => /\((.*)\)$/u.exec(content)?.[1] ?? "")).toEqual([
    "",
    "",
    "",
    "Two replies are left. Finish recording in the next one.",
    "",
    "This is the last reply. Answer with one short sentence and no tool call.",
  ]);
  expect(last.filter((message) => message.role === "user")).toHaveLength(1);
  expect([...tool_results.values()].flat().join("")).not.toContain("left");
});

test("a reply that a filter withheld is stored, and its calls are not run", async () => {
  const { happened, run } = openLoopBench();
  const step = { ...call("1"), stop: "filter" as const };
  await expect(run([step])).resolves.toMatchObject({ outcome: "refused", iterations: 1 });
  expect(happened).toEqual(["open 1", "answer 1"]);
});

const CUT_OFF = { ...call("1"), stop: "length" as const };

test("a reply that was cut off is requested once more, with more room and in smaller parts, and none of it is run", async () => {
  const bench = openLoopBench();
  using prepared = bench.input([CUT_OFF, call("2"), FINAL]);
  await expect(runLoop(prepared)).resolves.toMatchObject({ outcome: "complete", iterations: 3 });
  const [one, two] = requestsOf(prepared);
  expect(two?.max_output_tokens).toBe(2 * (one?.max_output_tokens ?? 0));
  expect(two?.messages).toHaveLength(2);
  const [asked, again] = [one, two].map((request) => request?.messages.at(-1));
  expect(again).toMatchObject({ role: "user", content: expect.stringContaining("was cut off") });
  expect(asked).toMatchObject({ content: expect.not.stringContaining("was cut off") });
  expect(bench.happened.filter((line) => line.startsWith("create"))).toEqual(["create_task 2"]);
  // From the stored replies it goes the same way.
  await expect(bench.run([])).resolves.toMatchObject({ outcome: "complete", iterations: 3 });
});

test("a second reply that was cut off ends the loop, and so does one with no reply left after it", async () => {
  const { happened, run } = openLoopBench();
  const twice = run([call("a"), CUT_OFF, CUT_OFF], { max_iterations: 12 });
  await expect(twice).resolves.toMatchObject({ outcome: "truncated", iterations: 3 });
  expect(happened).not.toContain("create_task 1");
  const last = openLoopBench().run([CUT_OFF], { max_iterations: 2 });
  await expect(last).resolves.toMatchObject({ outcome: "truncated", iterations: 1 });
});

test.each([
  ["nothing", ""],
  ["at length", "The document is about a garden. ".repeat(20)],
])("a model that answers %s without a call is asked once to use the tools", async (_, text) => {
  const { input } = openLoopBench();
  using prepared = input([{ text }, call("1"), FINAL]);
  await expect(runLoop(prepared)).resolves.toMatchObject({ outcome: "complete", iterations: 3 });
  expect(requestsOf(prepared)[1]?.messages.at(-1)).toMatchObject({
    role: "user",
    content: expect.stringContaining("by calling the tools"),
  });
  const stubborn = openLoopBench().run([{ text }, { text }]);
  await expect(stubborn).resolves.toMatchObject({ outcome: "complete", iterations: 2 });
});

test("one short sentence closes, and so does silence after work", async () => {
  const sentence = openLoopBench().run([FINAL]);
  await expect(sentence).resolves.toMatchObject({ outcome: "complete", iterations: 1 });
  const worked = openLoopBench().run([call("1"), { text: "" }]);
  await expect(worked).resolves.toMatchObject({ outcome: "complete", iterations: 2 });
});

test("a model reads its wrong calls and may correct them", async () => {
  const { input } = openLoopBench();
  const wrong = {
    calls: [
      { name: "delete_task", arguments: { id: "task_1" } },
      { name: "create_task", arguments: { title: "", due_date: "soon" } },
      { name: "create_task", arguments: null },
      createTask("refused"),
    ],
  };
  using prepared = input([wrong, call("Right"), FINAL]);
  await expect(runLoop(prepared)).resolves.toMatchObject({ outcome: "complete" });
  const results = (requestsOf(prepared)[1]?.messages ?? [])
    .filter((message) => message.role === "tool")
    .map(({ content }) => content);
  expect(results[0]).toMatch(/There is no tool .*delete_task.*create_task/u);
  expect(results[1]).toMatch(/Nothing was recorded.*title: .*due_date: /u);
  expect(results[2]).toContain("not valid JSON");
  expect(results[3]).toContain("It is not wanted.");
});

test("three replies in a row without a correct call end the loop", async () => {
  const { run } = openLoopBench();
  const bad = { calls: [{ name: "nonsense", arguments: {} }] };
  const outcome = run([bad, bad, bad], { max_iterations: 12 });
  await expect(outcome).resolves.toMatchObject({ outcome: "bad_calls", iterations: 3 });
  const corrected = openLoopBench().run([bad, bad, call("x"), bad, bad, FINAL], {
    max_iterations: 12,
  });
  await expect(corrected).resolves.toMatchObject({ outcome: "complete" });
});

test("a model that only repeats its calls gets a hint once, and then its last reply", async () => {
  const { happened, input } = openLoopBench();
  const again = {
    calls: [{ name: "list_tasks", arguments: { text: "x", status: "open" } }, createTask("One")],
  };
  const turned = {
    calls: [createTask("One"), { name: "list_tasks", arguments: { status: "open", text: "x" } }],
  };
  using prepared = input([again, turned, again, call("Two")], { max_iterations: 9 });
  await expect(runLoop(prepared)).resolves.toMatchObject({ outcome: "capped", iterations: 4 });
  const requests = requestsOf(prepared);
  expect(requests.map((request) => request.may_call_tools)).toEqual([true, true, true, false]);
  const hints = (requests.at(-1)?.messages ?? []).flatMap((message) =>
    message.role === "tool" ? (/\n\((.*)\)$/u.exec(message.content)?.[1] ?? []) : [],
  );
  expect(hints).toEqual([
    "You have made these calls before. Go on, or finish.",
    "This is the last reply. Answer with one short sentence and no tool call.",
  ]);
  expect(happened).not.toContain("create_task Two");
});

test("a turn with one new call continues, although its other calls are repeated", async () => {
  const { run } = openLoopBench();
  const turn = (title: string) => ({ calls: [createTask("One"), createTask(title)] });
  const steps = ["One", "Two", "Three", "Four"].map(turn);
  await expect(run([...steps, FINAL], { max_iterations: 9 })).resolves.toMatchObject({
    outcome: "complete",
  });
});

test("a stop lets the reply in flight be stored and begins no further request", async () => {
  const { happened, run } = openLoopBench();
  const stopping = new AbortController();
  const step = () => {
    stopping.abort();
    return call("One");
  };
  const running = run([step], { stop: stopping.signal });
  await expect(running).rejects.toMatchObject({ name: "AbortError" });
  expect(happened).toEqual(["open 1", "answer 1", "create_task One"]);
});

test("a stop after the last reply does not undo it", async () => {
  const { run } = openLoopBench();
  const stopping = new AbortController();
  const step = () => {
    stopping.abort();
    return FINAL;
  };
  await expect(run([step], { stop: stopping.signal })).resolves.toMatchObject({
    outcome: "complete",
  });
});

test("an abort ends the request in flight, which is neither answered nor failed", async () => {
  const { happened, run } = openLoopBench();
  const aborting = new AbortController();
  const step = (_request: ModelRequest, signal: AbortSignal) => {
    aborting.abort();
    signal.throwIfAborted();
    return FINAL;
  };
  await expect(run([step], { abort: aborting.signal })).rejects.toMatchObject({
    name: "AbortError",
  });
  expect(happened).toEqual(["open 1"]);
});

test("a fault of the endpoint is recorded and thrown unchanged; any other error is a bug of ours", async () => {
  const { happened, run } = openLoopBench();
  const fault = new RunnerError("rate_limited", "Wait.");
  await expect(run([fault])).rejects.toBe(fault);
  await expect(run([new TypeError("oops")])).rejects.toMatchObject({ code: "internal" });
  expect(happened).toEqual(["open 1", "fail 1 rate_limited", "open 1", "fail 1 internal"]);
});

test("calls beyond the limit of their kind are refused and not run, and what came before them counts", async () => {
  const { happened, input } = openLoopBench();
  const list = { name: "list_notes", arguments: {} };
  const bad = { name: "create_task", arguments: {} };
  const step = { calls: [list, list, bad, createTask("1"), createTask("2"), list] };
  using prepared = input([step, FINAL], { call_limits: { reading: 1, writing: 2 } });
  const { outcome, tool_results } = await runLoop(prepared);
  expect(outcome).toBe("complete");
  expect(happened.filter((line) => line.startsWith("create"))).toEqual(["create_task 1"]);
  const beyond = (tool_results.get(1) ?? []).map(
    (result) => /The limit of .*\./u.exec(result)?.[0],
  );
  expect(beyond).toEqual([
    undefined,
    "The limit of 1 reading calls per file is reached.",
    undefined,
    undefined,
    "The limit of 2 writing calls per file is reached.",
    "The limit of 1 reading calls per file is reached.",
  ]);
});
