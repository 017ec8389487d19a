import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { createEndpointModel } from "../../daemon/agent/model/endpoint-model.ts";
import type { ModelReply } from "../../daemon/agent/model/model.ts";
import { modelSchema } from "../../daemon/protocol/agent.ts";
import { testFolder } from "./folder.ts";
import { afterReply, modelRequest } from "./model-request.ts";
import { answerDocument } from "./scripted-answers.ts";
import { scriptedModel } from "./scripted-model.ts";
import { reply, startScriptedServer } from "./scripted-server.ts";

const { signal } = new AbortController();
const tools = ["create_note", "create_task"].map((name) => ({
  name,
  description: name,
  parameters: {},
}));

test("a scripted server fails the test on a request too many", async () => {
  const server = await startScriptedServer([]);
  const model = createEndpointModel(server.settings());
  await expect(model.complete(modelRequest(), { signal })).rejects.toMatchObject({
    code: "endpoint_fault",
  });
  await expect(server[Symbol.asyncDispose]()).rejects.toThrow("request 1 of a script of 0");
});

test("a scripted server fails the test on a step that was left over", async () => {
  const server = await startScriptedServer([reply()]);
  await expect(server[Symbol.asyncDispose]()).rejects.toThrow("1 steps");
});

test("a scripted model fails the test on a request too many and on a step left over", async () => {
  const model = scriptedModel([{ text: "A" }]);
  expect(() => model[Symbol.dispose]()).toThrow("1 steps");
  expect((await model.complete(modelRequest(), { signal })).text).toBe("A");
  await expect(model.complete(modelRequest(), { signal })).rejects.toThrow("Request 2");
});

test("a scripted model gives calls with ids of their own, throws errors and asks functions", async () => {
  using model = scriptedModel([
    { calls: [{ name: "a", arguments: {} }] },
    new Error("down"),
    ({ iteration }) => ({ text: String(iteration), calls: [{ name: "b", arguments: null }] }),
  ]);
  const first = await model.complete(modelRequest(), { signal });
  await expect(model.complete(modelRequest(), { signal })).rejects.toThrow("down");
  const third = await model.complete(modelRequest({ iteration: 3 }), { signal });
  expect([first.stop, first.tool_calls[0]?.id, third.text, third.tool_calls[0]?.id]).toEqual([
    "calls",
    "call00001",
    "3",
    "call00002",
  ]);
});

const text = "Minutes\n# Kick-off\n- [ ] Call Ann\n- [x] Sent\n- [ ] Write it down";
const user = `File: in/a.md\n\nBetween <document-x> and </document-x>.\n<document-x>\n${text}\n</document-x>`;
const request = modelRequest({ messages: [{ role: "user", content: user }], tools });

test("the standing answer is one note, one task for each open box, then a sentence", async () => {
  await using server = await startScriptedServer(answerDocument);
  const model = createEndpointModel(server.settings());
  const first = await model.complete(request, { signal });
  expect(first.tool_calls.map((call) => [call.name, call.arguments?.["title"]])).toEqual([
    ["create_note", "Kick-off"],
    ["create_task", "Call Ann"],
    ["create_task", "Write it down"],
  ]);
  const last = await model.complete(
    { ...request, messages: afterReply(request, first) },
    { signal },
  );
  expect([last.stop, last.text]).toEqual(["final", 'Recorded "Kick-off".']);
});

test("many tasks are spread over replies, and a reply that may not call says it is done", async () => {
  const boxes = Array.from({ length: 20 }, (_, index) => `- [ ] Task ${index}`).join("\n");
  const many = modelRequest({ messages: [{ role: "user", content: boxes }], tools });
  await using server = await startScriptedServer(answerDocument);
  const model = createEndpointModel(server.settings());
  const first = await model.complete(many, { signal });
  const messages = afterReply(many, first);
  const second = await model.complete({ ...many, messages }, { signal });
  const count = (answer: ModelReply): number => answer.tool_calls.length;
  expect([count(first), count(second)]).toEqual([15, 6]);
  const last = await model.complete({ ...many, messages, may_call_tools: false }, { signal });
  expect(last.stop).toBe("final");
});

test("the program prints its address and logs each request before it answers", async () => {
  using folder = testFolder();
  const log = folder.file("requests.jsonl");
  const program = spawn(process.execPath, [
    "test/helper/scripted-server-main.ts",
    "--port=0",
    "--latency-ms=1",
    `--log=${log}`,
  ]);
  try {
    const [base_url] = (await once(createInterface(program.stdout), "line")) as [string];
    const settings = modelSchema.parse({ provider: "openai", base_url, name: "m", api_key: null });
    const model = createEndpointModel(settings);
    const first = await model.complete(request, { signal });
    await model.complete({ ...request, messages: afterReply(request, first) }, { signal });
  } finally {
    program.kill();
    await once(program, "exit");
  }
  const lines = readFileSync(log, "utf8").trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    [1, 2].map((n) => ({
      at: expect.any(String),
      n,
      model: "m",
      iteration: n,
      key: "Minutes",
      file: "in/a.md",
      tools: ["create_note", "create_task"],
    })),
  );
});
