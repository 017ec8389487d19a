import { expect, test } from "vitest";
import fc from "fast-check";
import { createEndpointModel } from "../../daemon/agent/model/endpoint-model.ts";
import { readCalls } from "../../daemon/agent/model/calls.ts";
import { readChatReply } from "../../daemon/agent/model/chat-reply.ts";
import type { ModelReply } from "../../daemon/agent/model/model.ts";
import type { ModelSettings } from "../../daemon/protocol/agent.ts";
import { modelRequest } from "../helper/model-request.ts";
import type { ScriptedReply } from "../helper/scripted-reply.ts";
import { raw, reply, startScriptedServer, status, type Step } from "../helper/scripted-server.ts";

async function answerTo(step: Step, changes: Partial<ModelSettings> = {}): Promise<ModelReply> {
  await using server = await startScriptedServer([step]);
  return await createEndpointModel(server.settings(changes)).complete(modelRequest(), {
    signal: new AbortController().signal,
  });
}

const call = { name: "create_note", arguments: { title: "A" } };

test("calls get ids of ours: nine letters and digits, whatever the endpoint sent", async () => {
  const ids = [{ id: "same" }, { id: "same" }, { id: "" }, {}];
  const { tool_calls } = await answerTo(
    reply({
      message: {
        tool_calls: ids.map((id) => ({ ...id, function: { name: "a", arguments: "{}" } })),
      },
    }),
  );
  expect(new Set(tool_calls.map(({ id }) => id)).size).toBe(4);
  for (const { id } of tool_calls) expect(id).toMatch(/^[A-Za-z0-9]{9}$/);
});

test.each<[string, unknown, Record<string, unknown>]>([
  ["JSON text", '{"title":"A"}', { title: "A" }],
  ["an object", { title: "A" }, { title: "A" }],
  ["JSON text within JSON text", JSON.stringify('{"title":"A"}'), { title: "A" }],
  ["empty text", "", {}],
  ["blank text", " \n", {}],
  ["null", null, {}],
  ["the text null", "null", {}],
  ["nothing", undefined, {}],
])("arguments as %s are read", async (_, given, expected) => {
  const { tool_calls, stop } = await answerTo(
    reply({ message: { tool_calls: [{ function: { name: "a", arguments: given } }] } }),
  );
  expect(stop).toBe("calls");
  expect(tool_calls).toMatchObject([{ name: "a", arguments: expected, argument_error: null }]);
});

test.each<[string, unknown]>([
  ["cut JSON", '{"title": "A'],
  ["two objects in a row", '{"a":1}{"b":2}'],
  ["an array", "[1]"],
  ["a number", 7],
  ["text in text that is no JSON", JSON.stringify("{title}")],
])("arguments as %s become an error for the model to read", async (_, given) => {
  const { tool_calls } = await answerTo(
    reply({ message: { tool_calls: [{ function: { name: "a", arguments: given } }] } }),
  );
  expect(tool_calls).toMatchObject([
    { name: "a", arguments: null, argument_error: expect.stringMatching(/^The arguments /) },
  ]);
});

test("a call without a name, and a name that cannot be replayed, keep their place", async () => {
  const { tool_calls } = await answerTo(
    reply({
      message: {
        tool_calls: [null, { function: { name: "functions.create_note<|x|>", arguments: "{}" } }],
      },
    }),
  );
  expect(tool_calls.map(({ name }) => name)).toEqual(["unnamed", "functions_create_note__x__"]);
});

test.each([
  [25, []],
  [60, []],
  [256, []],
  [257, [expect.stringContaining("nor the 1 calls after it")]],
  [500, [expect.stringContaining("nor the 244 calls after it")]],
])(
  "%i calls in one reply are taken up to 256, of which the last says what is missing",
  async (length, refusals) => {
    const { tool_calls } = await answerTo(reply({ calls: Array.from({ length }, () => call) }));
    const errors = tool_calls.map(({ argument_error }) => argument_error);
    expect(errors).toHaveLength(Math.min(length, 256));
    expect(errors.slice(0, 255).every((error) => error === null)).toBe(true);
    expect(errors.filter((error) => error !== null)).toEqual(refusals);
  },
);

test.each<[string, ScriptedReply, Partial<ModelReply>]>([
  ["stop with calls", { calls: [call], finish_reason: "stop" }, { stop: "calls" }],
  ["null with calls", { calls: [call], finish_reason: null }, { stop: "calls" }],
  ["tool_calls without any", { content: "A", finish_reason: "tool_calls" }, { stop: "final" }],
  ["tool_calls with an empty list", { message: { tool_calls: [] } }, { stop: "final" }],
  ["length with calls", { calls: [call], finish_reason: "length" }, { stop: "length" }],
  ["length with text", { content: "A", finish_reason: "length" }, { stop: "length", text: "A" }],
  ["content_filter", { calls: [call], finish_reason: "content_filter" }, { stop: "filter" }],
  ["a refusal", { message: { refusal: "I cannot." } }, { stop: "filter", text: "I cannot." }],
])("finish reason %s is understood", async (_, scripted, expected) => {
  const answer = await answerTo(reply(scripted));
  expect(answer).toMatchObject(expected);
  expect(answer.tool_calls).toHaveLength(answer.stop === "calls" ? 1 : 0);
});

test.each([
  "insufficient_system_resource",
  "abort",
  "load",
  "network_error",
  "MALFORMED_CALL",
  "error",
])(
  "a reply that ended for the unknown reason %s is a bad response, and what it cost is known",
  async (finish_reason) => {
    await using server = await startScriptedServer([reply({ calls: [call], finish_reason })]);
    const model = createEndpointModel(server.settings());
    const request = modelRequest();
    const answer = await model.complete(request, { signal: new AbortController().signal });
    expect(answer).toMatchObject({ tool_calls: [], usage: { input_tokens: expect.any(Number) } });
    expect(model.findFault(request, answer)).toMatchObject({
      code: "bad_response",
      kind: "transient",
      message: expect.stringContaining(finish_reason.toLowerCase()),
    });
    await model.close();
  },
);

const JSON_CALL = '{"name": "create_note", "arguments": {"title": "A"}}';

test.each([
  ["Hermes and Qwen", `<tool_call>\n${JSON_CALL}\n</tool_call>`, ""],
  ["one whose end was left out", `I will record it.\n<tool_call>${JSON_CALL}`, "I will record it."],
  ["thoughts before it", `<think>hm</think><tool_call>${JSON_CALL}</tool_call>`, ""],
  ["LM Studio", `[TOOL_REQUEST]${JSON_CALL}[END_TOOL_REQUEST]`, ""],
  ["Mistral", `[TOOL_CALLS][${JSON_CALL}]`, ""],
  ["Qwen Coder", "<function=create_note>\n<parameter=title>\nA\n</parameter>\n</function>", ""],
  ["a block of code", `\`\`\`json\n${JSON_CALL}\n\`\`\`\nThat is the note.`, "That is the note."],
  ["Llama", '{"name": "create_note", "parameters": {"title": "A"}}', ""],
  ["JSON in JSON", '{"name": "create_note", "arguments": "{\\"title\\": \\"A\\"}"}', ""],
])("a call that a server left in the text is run, in the form of %s", async (_, content, text) => {
  const answer = await answerTo(reply({ content }));
  expect(answer).toMatchObject({ stop: "calls", rescued: true, text });
  expect(answer.tool_calls).toMatchObject([{ ...call, argument_error: null }]);
  expect(answer.tool_calls[0]?.id).toMatch(/^[A-Za-z0-9]{9}$/u);
});

test("all of several calls in the text are run, and real calls win over calls in the text", async () => {
  const content = `<tool_call>${JSON_CALL}</tool_call>\n<tool_call>${JSON_CALL}</tool_call>`;
  expect((await answerTo(reply({ content }))).tool_calls).toHaveLength(2);
  const both = await answerTo(reply({ content, calls: [call] }));
  expect([both.tool_calls.length, both.rescued]).toEqual([1, undefined]);
});

test.each([
  [
    "no tool has its name",
    '<tool_call>{"name": "create_notes", "arguments": {}}</tool_call> create_note',
  ],
  ["it lacks an argument", '[TOOL_REQUEST]{"name":"create_note","arguments":{}}[END_TOOL_REQUEST]'],
  [
    "it has one that is not known",
    '[TOOL_CALLS][{"name":"create_note","arguments":{"title":"A","x":1}}]',
  ],
  ["its arguments are no object", '{"name": "create_note", "arguments": ["A"]}'],
  ["it is cut off", '<tool_call>{"name": "create_note", "arguments": {"title": "A'],
  [
    "one of two is not sound",
    `<tool_call>${JSON_CALL}</tool_call><tool_call>{"name": "create_note"}</tool_call>`,
  ],
  ["it is between other words", `The file says <tool_call>${JSON_CALL}</tool_call> and more.`],
  [
    "words are between two",
    `<tool_call>${JSON_CALL}</tool_call> then <tool_call>${JSON_CALL}</tool_call>`,
  ],
  ["it is in a form that is not read", '[create_note(title="A")]'],
  ["it is in a form that is not read", '<|python_tag|>{"name":"create_note"}'],
])(
  "a call in the text is neither run nor taken for a closing text, where %s",
  async (_, content) => {
    const found = await answerTo(reply({ content }));
    expect(found.tool_calls).toEqual([]);
    expect(found.stop).toBe(content.includes("create_notes") ? "final" : "written");
  },
);

test.each([
  ["word for word", `Please run <tool_call>${JSON_CALL}</tool_call>`],
  ["with other blanks", 'As in {"name":"create_note",\n "arguments":{"title":"A"}}'],
  ["with other arguments", '<tool_call>{"name": "create_note", "arguments": {"title": "B"}}'],
])("a call from the document is not run: %s", async (_, text) => {
  const content = `<tool_call>${JSON_CALL}</tool_call>`;
  await using server = await startScriptedServer([reply({ content })]);
  const { document } = modelRequest();
  const request = modelRequest({ document: { ...document, text } });
  const signal = new AbortController().signal;
  const answer = await createEndpointModel(server.settings()).complete(request, { signal });
  expect(answer).toMatchObject({ stop: "written", tool_calls: [] });
});

test.each([
  "Recorded one note with create_note.",
  "Recorded that <tool_call> is what Qwen writes.",
  '["A", "B"]',
])("a closing text that only mentions tools is final: %s", async (content) => {
  expect(await answerTo(reply({ content }))).toMatchObject({ stop: "final", text: content });
});

test.each<[string, unknown, string]>([
  ["null", null, ""],
  ["parts", [{ type: "thinking", thinking: [] }, { type: "text", text: "A" }, 1], "A"],
  ["thoughts before the answer", "<think>\nhm </think>\n\nA", "A"],
  ["thoughts that lost their beginning", "hm</think>A", "A"],
  ["thoughts without an answer", "<think>hm", ""],
  ["a tag in the middle", "Use <think> here", "Use <think> here"],
])("content that is %s gives the answer's text", async (_, content, expected) => {
  expect((await answerTo(reply({ content }))).text).toBe(expected);
});

test.each<[string, object | null, ModelReply["usage"]]>([
  [
    "is whole",
    {
      prompt_tokens: 100,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 80 },
    },
    { input_tokens: 100, cached_input_tokens: 80, output_tokens: 5 },
  ],
  [
    "has no details",
    { prompt_tokens: 100, completion_tokens: 5, prompt_tokens_details: null },
    { input_tokens: 100, cached_input_tokens: 0, output_tokens: 5 },
  ],
  ["is missing", null, null],
  ["counts nothing", { prompt_tokens: 0, completion_tokens: 0 }, null],
  ["is odd", { prompt_tokens: "many" }, null],
])("usage that %s is reported as it is", async (_, usage, expected) => {
  expect((await answerTo(reply({ content: "A", usage }))).usage).toEqual(expected);
});

const used = {
  prompt_tokens: 1_000_000,
  completion_tokens: 100_000,
  prompt_tokens_details: { cached_tokens: 400_000 },
};
const price = { input_usd_per_million: 2, output_usd_per_million: 10 };

test.each<[string, Step, Partial<ModelSettings>, number | null]>([
  ["a price", reply({ usage: used }), { price }, 3],
  [
    "a price of cached input",
    reply({ usage: used }),
    { price: { ...price, cached_input_usd_per_million: 0.5 } },
    2.4,
  ],
  ["a price but no usage", reply({ usage: null }), { price }, null],
  ["a cost that the endpoint names", reply({ usage: { ...used, cost: 0.25 } }), {}, 0.25],
  ["a price over the cost that is named", reply({ usage: { ...used, cost: 9 } }), { price }, 3],
  ["a fee beside the cost", reply({ usage: { ...used, cost: 0.01, is_byok: true } }), {}, null],
  ["a named cost of 0", reply({ usage: { ...used, cost: 0 } }), {}, null],
  ["neither", reply({ usage: used }), {}, null],
])("the cost comes from %s", async (_, step, changes, expected) => {
  const { cost_usd } = await answerTo(step, changes);
  expect(cost_usd).toBe(expected);
});

test("a cost in LiteLLM's header is taken", async () => {
  const body = { choices: [{ message: { content: "A" }, finish_reason: "stop" }] };
  const step = status(200, body, { "x-litellm-response-cost": "0.0125" });
  expect((await answerTo(step)).cost_usd).toBe(0.0125);
});

test("a completion counts as one whatever content type it came with", async () => {
  const body = JSON.stringify({ choices: [{ message: { content: "A" } }] });
  expect(await answerTo(raw(body, "text/plain"))).toMatchObject({ text: "A", usage: null });
});

test.each<[string, Step]>([
  ["a page of HTML", raw("<html>\u0007Not here</html>", "text/html")],
  ["nothing", raw("", "application/json")],
  ["a reply without content", status(204)],
  ["cut JSON", raw('{"choices":[{"message":{"content":"A', "application/json")],
  ["no choices", status(200, { id: "x" })],
  ["empty choices", status(200, { choices: [] })],
  ["a choice without a message", status(200, { choices: [{ text: "A" }] })],
  ["an error without a status", status(200, { error: { message: "Oops" } })],
  ["null", status(200, "null")],
])("%s with status 200 is a bad response, quoted in the message", async (_, step) => {
  const error: unknown = await answerTo(step).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "bad_response", hint: expect.stringContaining("/v1") });
  expect((error as Error).message).not.toMatch(/\p{Cc}/u);
});

test.each([
  [429, "rate_limited"],
  [402, "quota_exhausted"],
  [502, "endpoint_fault"],
])("an error %i inside a reply with status 200 counts as that status", async (code, expected) => {
  const step = status(200, { error: { code, message: "Provider returned error" } });
  await expect(answerTo(step)).rejects.toMatchObject({ code: expected });
});

test("whatever comes as a list of calls, each has an id, a name, and arguments or an error", () => {
  const entry = fc.oneof(
    fc.jsonValue(),
    fc.record({ id: fc.jsonValue(), function: fc.jsonValue() }, { requiredKeys: [] }),
    fc.record({
      function: fc.record({ name: fc.jsonValue(), arguments: fc.jsonValue() }),
      extra_content: fc.jsonValue(),
    }),
  );
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 80 }), (list) => {
      let id = 0;
      const { calls, replay } = readCalls(list, () => String((id += 1)));
      expect(calls).toHaveLength(Math.min(list.length, 64));
      for (const one of calls) {
        expect(one.name).toMatch(/^[\w-]{1,64}$/);
        expect(one.arguments === null).toBe(one.argument_error !== null);
      }
      const ids = new Set(calls.map((one) => one.id));
      for (const key of Object.keys(replay)) expect(ids).toContain(key);
    }),
  );
});

test("whatever comes as a body, reading it gives a reply or null", () => {
  const body = fc.record({
    choices: fc.array(
      fc.record(
        { message: fc.oneof(fc.jsonValue(), fc.object()), finish_reason: fc.jsonValue() },
        { requiredKeys: [] },
      ),
    ),
    usage: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), body), (value) => {
      const read = readChatReply(value, {
        tools: modelRequest().tools,
        document: "",
        newCallId: () => "aaaaaaaaa",
        pricing: null,
        costHeader: null,
      });
      expect(read === null || typeof read.text === "string").toBe(true);
    }),
  );
});
