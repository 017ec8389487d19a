import fc from "fast-check";
import { expect, test } from "vitest";
import { createEndpointModel } from "../../daemon/agent/model/endpoint-model.ts";
import { createMemory } from "../../daemon/agent/model/memory.ts";
import type { Message, Model, ModelReply, ModelRequest } from "../../daemon/agent/model/model.ts";
import type { ModelSettings } from "../../daemon/protocol/agent.ts";
import { afterReply, modelRequest } from "../helper/model-request.ts";
import { toChatBody } from "../helper/scripted-responses.ts";
import {
  raw,
  reply,
  type Script,
  startScriptedServer,
  status,
  type Step,
} from "../helper/scripted-server.ts";

const signal = new AbortController().signal;
const call = { name: "create_note", arguments: { title: "A" } };
const done = reply({ content: "Done." });

function start(script: Script) {
  return startScriptedServer(script, { apis: ["responses"] });
}

function complete(model: Model, request = modelRequest()): Promise<ModelReply> {
  return model.complete(request, { signal });
}

/** What is read from this body. */
async function read(body: object, changes: Partial<ModelRequest> = {}): Promise<ModelReply> {
  await using server = await start([raw(JSON.stringify(body), "application/json")]);
  const model = createEndpointModel(server.settings({ api: "responses" }));
  return await complete(model, modelRequest(changes));
}

const said = (text: string) => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }],
});
const asked = (args: unknown) => ({
  type: "function_call",
  id: "fc_1",
  call_id: "c",
  name: "create_note",
  arguments: args,
});

test("the first request keeps nothing at the endpoint and has flat tools that are not strict", async () => {
  await using server = await start([done]);
  const settings = server.settings({ api: "responses", reasoning_effort: "low" });
  await complete(createEndpointModel(settings));
  expect(server.requests[0]?.sent).toEqual({
    model: "scripted",
    instructions: "You keep notes.",
    input: [{ type: "message", role: "user", content: "A document." }],
    store: false,
    include: ["reasoning.encrypted_content"],
    tools: [{ type: "function", ...modelRequest().tools[0], strict: false }],
    parallel_tool_calls: true,
    max_output_tokens: 1_000,
    reasoning: { effort: "low" },
  });
});

test("the closing request has the same tools and forbids them; no effort is sent unless it is set", async () => {
  await using server = await start([done]);
  const model = createEndpointModel(server.settings({ api: "responses" }));
  await complete(model, modelRequest({ may_call_tools: false }));
  expect(server.requests[0]?.sent).toMatchObject({ tool_choice: "none", tools: [{}] });
  expect(server.requests[0]?.sent).not.toHaveProperty("reasoning");
});

test("a schema for the reply is sent as the format of its text", async () => {
  await using server = await start([done]);
  const schema = { type: "object" };
  const request = modelRequest({ tools: [], may_call_tools: false, reply_schema: schema });
  await complete(createEndpointModel(server.settings({ api: "responses" })), request);
  expect(server.requests[0]?.sent["text"]).toEqual({
    format: { type: "json_schema", name: "calls", schema, strict: false },
  });
});

test.each<[string, object, Partial<ModelReply>]>([
  [
    "a text",
    { status: "completed", output: [said("Done.")] },
    { stop: "final", text: "Done.", tool_calls: [] },
  ],
  ["a text without a status", { output: [said("Done.")] }, { stop: "final", text: "Done." }],
  [
    "calls with a text",
    { status: "completed", output: [said("So."), asked('{"title":"A"}')] },
    { stop: "calls", text: "So." },
  ],
  ["arguments as an object", { output: [asked({ title: "A" })] }, { stop: "calls" }],
  [
    "a cut",
    {
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [asked('{"title":"A"}')],
    },
    { stop: "length", tool_calls: [] },
  ],
  [
    "a filter",
    {
      status: "incomplete",
      incomplete_details: { reason: "content_filter" },
      output: [asked('{"title":"A"}')],
    },
    { stop: "filter", tool_calls: [] },
  ],
  [
    "a reason that is not known",
    { status: "incomplete", incomplete_details: { reason: "steered" }, output: [said("So")] },
    { stop: "unknown", finish_reason: "steered" },
  ],
  ["no reason", { status: "incomplete", output: [] }, { stop: "unknown" }],
  ["a cancelled reply", { status: "cancelled", output: [asked("{}")] }, { stop: "unknown" }],
  [
    "a refusal",
    {
      status: "completed",
      output: [{ type: "message", content: [{ type: "refusal", refusal: "No." }] }],
    },
    { stop: "filter", text: "No." },
  ],
  [
    "calls that the server left in the text",
    { output: [said('<tool_call>{"name":"create_note","arguments":{"title":"A"}}</tool_call>')] },
    { stop: "calls", rescued: true },
  ],
  [
    "usage",
    {
      output: [said("Done.")],
      usage: {
        input_tokens: 90,
        input_tokens_details: { cached_tokens: 64 },
        output_tokens: 30,
        output_tokens_details: { reasoning_tokens: 20 },
      },
    },
    {
      usage: {
        input_tokens: 90,
        cached_input_tokens: 64,
        output_tokens: 30,
        reasoning_tokens: 20,
      },
    },
  ],
  ["usage of 0", { output: [], usage: { input_tokens: 0, output_tokens: 3 } }, { usage: null }],
  ["no usage", { output: [] }, { usage: null, cost_usd: null }],
])("a response with %s is read as what it is", async (_, body, expected) => {
  expect(await read(body)).toMatchObject(expected);
});

test.each([
  [{ code: "server_error", message: "It broke." }, "endpoint_fault"],
  [{ code: "rate_limit_exceeded", message: "Too many." }, "rate_limited"],
  [{ code: "invalid_prompt", message: "Your prompt was flagged." }, "reply_filtered"],
  [{ code: "insufficient_quota", message: "No credit." }, "quota_exhausted"],
])("a failed response with %j is a fault of that kind", async (error, code) => {
  const failed = read({ status: "failed", error, output: [asked("{}")] });
  await expect(failed).rejects.toMatchObject({ code });
});

test("thoughts go back byte by byte and in their order, with calls and results under our ids", async () => {
  const thoughts = [
    { id: "rs_1", type: "reasoning", summary: [], encrypted_content: "gAAA\u2028é==" },
    {
      encrypted_content: "b",
      summary: [{ type: "summary_text", text: "x" }],
      type: "reasoning",
      id: "rs_2",
    },
  ];
  await using server = await start([
    reply({ thoughts, content: "So.", calls: [call, call] }),
    done,
  ]);
  const model = createEndpointModel(server.settings({ api: "responses" }));
  const request = modelRequest();
  // As the journal keeps it.
  const stored = JSON.parse(JSON.stringify(await complete(model, request))) as ModelReply;
  await complete(model, { ...request, messages: afterReply(request, stored) });
  const input = server.requests[1]?.sent["input"] as Record<string, unknown>[];
  expect(JSON.stringify(input.slice(1, 3))).toBe(JSON.stringify(thoughts));
  const [first, second] = stored.tool_calls.map(({ id }) => id);
  expect(input.slice(3).map(({ type, call_id }) => [type, call_id])).toEqual([
    ["message", undefined],
    ["function_call", first],
    ["function_call", second],
    ["function_call_output", first],
    ["function_call_output", second],
  ]);
});

test("a thought without content does not go back: the endpoint could not find it by its id", async () => {
  const id = { type: "reasoning", summary: [] };
  const thoughts = [
    { ...id, id: "rs_1" },
    { ...id, id: "rs_2", encrypted_content: null, content: [] },
    { ...id, id: "rs_3", content: [{ type: "reasoning_text", text: "Hm." }] },
  ];
  await using server = await start([reply({ thoughts, calls: [call] }), done]);
  const model = createEndpointModel(server.settings({ api: "responses" }));
  const request = modelRequest();
  const first = await complete(model, request);
  await complete(model, { ...request, messages: afterReply(request, first) });
  const sent = JSON.stringify(server.requests[1]?.sent);
  expect(thoughts.map((thought) => sent.includes(thought.id))).toEqual([false, false, true]);
});

test("another endpoint or model gets what was said and called, without the thoughts", async () => {
  const thoughts = [{ id: "rs_1", type: "reasoning", summary: [], encrypted_content: "a" }];
  await using server = await start([reply({ thoughts, calls: [call] })]);
  await using other = await start([done, done]);
  const request = modelRequest();
  const settings: Partial<ModelSettings> = { api: "responses" };
  const stored = await complete(createEndpointModel(server.settings(settings)), request);
  const later = { ...request, messages: afterReply(request, stored) };
  await complete(createEndpointModel(other.settings(settings)), later);
  await complete(createEndpointModel(other.settings({ ...settings, name: "n" })), later);
  for (const { sent } of other.requests) expect(JSON.stringify(sent)).not.toContain("rs_1");
});

test("thoughts that an endpoint does not take back are left out of this conversation from then on", async () => {
  const thoughts = [{ id: "rs_1", type: "reasoning", summary: [], encrypted_content: "a" }];
  const refusal = status(400, {
    error: {
      message: "The encrypted content a could not be verified.",
      type: "invalid_request_error",
      param: null,
      code: "invalid_encrypted_content",
    },
  });
  const answered = reply({ thoughts, calls: [call] });
  await using server = await start([answered, refusal, answered, done]);
  const model = createEndpointModel(server.settings({ api: "responses" }));
  let request = modelRequest();
  for (let iteration = 1; iteration <= 2; iteration += 1) {
    request = { ...request, messages: afterReply(request, await complete(model, request)) };
  }
  await complete(model, request);
  const counts = server.requests.map(({ sent }) => JSON.stringify(sent).split("rs_1").length - 1);
  expect(counts).toEqual([0, 1, 0, 1]);
});

function refusal(message: string, param: string): Step {
  return status(400, { error: { message, type: "invalid_request_error", param, code: null } });
}

test.each([
  ["include", "include", "Encrypted content is not supported with this model."],
  ["reasoning", "reasoning.effort", "Unsupported parameter: 'reasoning.effort'."],
  ["parallel_tool_calls", "", "Unknown parameter: 'parallel_tool_calls'."],
  ["max_output_tokens", "", "Unsupported parameter: max_output_tokens"],
  ["strict", "tools[0].strict", "Unknown parameter: 'tools[0].strict'."],
])("a field that is refused is left out and stays out: %s", async (field, param, message) => {
  const nothing = raw('{"output":[]}', "application/json");
  const script = [refusal(message, param), nothing];
  await using server = await startScriptedServer(script, { apis: ["responses"] });
  const memory = createMemory();
  const settings = server.settings({ api: "responses", reasoning_effort: "low" });
  await complete(createEndpointModel(settings, { memory }));
  const texts = server.requests.map(({ sent }) => JSON.stringify(sent));
  expect(texts.map((text) => text.includes(`"${field}":`))).toEqual([true, false]);
  expect(memory.read()).toMatchObject({
    responses_quirks: { without: [field] },
    quirks: { without: [] },
  });
});

test("what says to keep nothing is never left out", async () => {
  await using server = await start([refusal("Unknown parameter: 'store'.", "store")]);
  const model = createEndpointModel(server.settings({ api: "responses" }));
  await expect(complete(model)).rejects.toMatchObject({ code: "request_rejected" });
});

const anyArguments = fc.option(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }), {
  nil: null,
});
/** Replies as any API and endpoint leaves them in the journal. */
const anyReply = fc
  .record({
    text: fc.oneof(fc.constant(""), fc.string()),
    calls: fc.array(
      fc.record({ name: fc.constantFrom("create_note", "search"), args: anyArguments }),
      {
        maxLength: 4,
      },
    ),
    /** Fewer or more calls in the output than were read. */
    surplus: fc.integer({ min: -1, max: 2 }),
    origin: fc.constantFrom("here", "elsewhere", "chat"),
  })
  .filter(({ text, calls }) => text !== "" || calls.length > 0);

test("any history of replies is a valid input of both APIs", async () => {
  await using chat = await startScriptedServer(() => done);
  await using responses = await start(() => done);
  const models = [
    createEndpointModel(chat.settings({ api: "chat" })),
    createEndpointModel(responses.settings({ api: "responses" })),
  ];
  const here = `scripted at ${new URL(responses.url).origin}`;
  await fc.assert(
    fc.asyncProperty(fc.array(anyReply, { maxLength: 5 }), async (replies) => {
      let count = 0;
      const messages: Message[] = [...modelRequest().messages];
      for (const { text, calls, surplus, origin } of replies) {
        const tool_calls = calls.map(({ name, args }) => {
          count += 1;
          const id = `id${String(count).padStart(7, "0")}`;
          return { id, name, arguments: args, argument_error: args === null ? "Bad." : null };
        });
        const output = [
          { id: `rs_${count}`, type: "reasoning", summary: [], encrypted_content: "a" },
          ...(text === "" ? [] : [said(text)]),
          ...Array.from({ length: Math.max(0, calls.length + surplus) }, () => asked("{ not json")),
        ];
        const output_of = origin === "here" ? here : "m at https://elsewhere.example";
        const replay = origin === "chat" ? { reasoning_content: "hm" } : { output, output_of };
        const answer: ModelReply = {
          text,
          tool_calls,
          stop: "calls",
          usage: null,
          cost_usd: null,
          replay,
        };
        messages.push({ role: "assistant", reply: answer });
        for (const { id, name } of tool_calls) {
          messages.push({ role: "tool", tool_call_id: id, name, content: "" });
        }
        if (calls.length === 0) messages.push({ role: "user", content: "Go on." });
      }
      for (const model of models) await complete(model, modelRequest({ messages }));
      const sent = responses.requests.at(-1)?.sent;
      // Throws for a call without exactly one output, an id twice, or an item of another form.
      const byChat = chat.requests.at(-1)?.body.messages ?? [];
      const outline = (list: typeof byChat) =>
        list.map(({ role, tool_calls, tool_call_id }) => [
          role,
          tool_calls?.map(({ id, function: { name, arguments: args } }) => [id, name, args]),
          tool_call_id,
        ]);
      const byResponses = toChatBody(sent)["messages"] as typeof byChat;
      expect(outline(byResponses)).toEqual(outline(byChat));
      const keys = byChat.flatMap((message) => Object.keys(message));
      expect(keys.filter((key) => key.startsWith("output"))).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
