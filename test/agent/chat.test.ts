import { expect, test } from "vitest";
import { createEndpointModel } from "../../daemon/agent/model/endpoint-model.ts";
import { renderChatRequest } from "../../daemon/agent/model/chat-request.ts";
import { createMemory } from "../../daemon/agent/model/memory.ts";
import type { Model, ModelReply } from "../../daemon/agent/model/model.ts";
import { NO_QUIRKS } from "../../daemon/agent/model/quirks.ts";
import { isAbort } from "../../daemon/core/errors.ts";
import { modelSchema } from "../../daemon/protocol/agent.ts";
import { afterReply, modelRequest } from "../helper/model-request.ts";
import {
  hang,
  reply,
  startScriptedServer,
  status,
  trickle,
  type Step,
} from "../helper/scripted-server.ts";

const never = new AbortController().signal;
const call = { name: "create_note", arguments: { title: "A" } };
const note = reply({ calls: [call] });
const done = reply({ content: "Done." });

function complete(model: Model, request = modelRequest()): Promise<ModelReply> {
  return model.complete(request, { signal: never });
}

test("a request holds the model, the messages, the tools and the longest reply, and nothing else", async () => {
  await using server = await startScriptedServer([done]);
  await complete(createEndpointModel(server.settings({ name: "m" })));
  const { tools } = modelRequest();
  expect(server.requests[0]?.body).toEqual({
    model: "m",
    messages: [
      { role: "system", content: "You keep notes." },
      { role: "user", content: "A document." },
    ],
    tools: tools.map((tool) => ({ type: "function", function: tool })),
    parallel_tool_calls: true,
    max_tokens: 1_000,
  });
});

test("without tools there is no tools array and no tool choice", async () => {
  await using server = await startScriptedServer([done]);
  await complete(
    createEndpointModel(server.settings()),
    modelRequest({ tools: [], may_call_tools: false }),
  );
  expect(Object.keys(server.requests[0]?.body ?? {})).toEqual(["model", "messages", "max_tokens"]);
});

test("the last iteration keeps the tools, forbids calls, and ignores calls that come", async () => {
  await using server = await startScriptedServer([reply({ content: "Done.", calls: [call] })]);
  const last = await complete(
    createEndpointModel(server.settings()),
    modelRequest({ may_call_tools: false }),
  );
  const body = server.requests[0]?.body;
  expect([body?.tools?.length, body?.["tool_choice"]]).toEqual([1, "none"]);
  expect([last.stop, last.text, last.tool_calls]).toEqual(["final", "Done.", []]);
});

test("a reply is replayed with its calls under our ids, and each result is one non-empty string", async () => {
  await using server = await startScriptedServer([note, done]);
  const model = createEndpointModel(server.settings());
  const request = modelRequest();
  const first = await complete(model, request);
  const id = first.tool_calls[0]?.id ?? "";
  const messages = afterReply(request, first);
  messages.splice(-1, 1, { role: "tool", tool_call_id: id, name: "create_note", content: "" });
  await complete(model, { ...request, messages });
  expect(server.requests[1]?.body.messages.slice(2)).toEqual([
    {
      role: "assistant",
      content: null,
      tool_calls: [
        { id, type: "function", function: { name: "create_note", arguments: '{"title":"A"}' } },
      ],
    },
    { role: "tool", tool_call_id: id, content: "(nothing)" },
  ]);
});

test("arguments that could not be read are replayed as an empty object", async () => {
  await using server = await startScriptedServer([
    reply({ calls: [{ name: "create_note", arguments: '{"title": "A' }] }),
    done,
  ]);
  const model = createEndpointModel(server.settings());
  const request = modelRequest();
  const first = await complete(model, request);
  await complete(model, { ...request, messages: afterReply(request, first) });
  expect(server.requests[1]?.body.messages[2]?.tool_calls?.[0]?.function.arguments).toBe("{}");
});

test("the size of a request is known before it is sent", async () => {
  await using server = await startScriptedServer([note, done]);
  const model = createEndpointModel(server.settings());
  const request = modelRequest({ document: { ...modelRequest().document, text: "Größe" } });
  const first = await complete(model, request);
  const second = { ...request, messages: afterReply(request, first) };
  const sizes = [request, second].map((asked) => model.sizeOf(asked));
  await complete(model, second);
  expect(server.requests.map(({ headers }) => Number(headers["content-length"]))).toEqual(sizes);
});

test("a reply without text and calls is not replayed", async () => {
  await using server = await startScriptedServer([reply({ content: "" }), done]);
  const model = createEndpointModel(server.settings());
  const request = modelRequest();
  const first = await complete(model, request);
  await complete(model, { ...request, messages: afterReply(request, first) });
  expect(server.requests[1]?.body.messages.map(({ role }) => role)).toEqual(["system", "user"]);
});

test("reasoning and signatures go back with the message and the call they came with", async () => {
  const signature = { google: { thought_signature: "abc" } };
  await using server = await startScriptedServer([
    reply({
      message: {
        reasoning_content: "hm",
        refusal: null,
        annotations: [],
        tool_calls: [
          {
            index: 0,
            id: "x",
            type: "function",
            function: { name: "create_note", arguments: "{}" },
            extra_content: signature,
          },
        ],
      },
    }),
    done,
  ]);
  const model = createEndpointModel(server.settings());
  const request = modelRequest();
  const stored = JSON.parse(JSON.stringify(await complete(model, request))) as ModelReply;
  await complete(model, { ...request, messages: afterReply(request, stored) });
  const replayed = server.requests[1]?.body.messages[2];
  expect(replayed).toMatchObject({
    reasoning_content: "hm",
    tool_calls: [{ id: stored.tool_calls[0]?.id, extra_content: signature }],
  });
  expect(Object.keys(replayed ?? {})).not.toContain("annotations");
});

function refusal(message: string, param: string | null = null): Step {
  return status(400, { error: { message, type: "invalid_request_error", param, code: null } });
}

const effort =
  "Function tools with reasoning_effort are not supported for m in /v1/chat/completions. " +
  "To use function tools, use /v1/responses or set reasoning_effort to 'none'.";

test("a model that accepts tools only without reasoning gets its requests without it from then on", async () => {
  await using server = await startScriptedServer([refusal(effort, "reasoning_effort"), note, done]);
  const model = createEndpointModel(server.settings());
  expect((await complete(model)).stop).toBe("calls");
  await complete(model);
  expect(server.requests.map(({ body }) => body["reasoning_effort"])).toEqual([
    undefined,
    "none",
    "none",
  ]);
});

test.each([
  ["OpenAI's param", { error: { message: "Unsupported parameter", param: "tool_choice" } }],
  ["words", { error: "openai does not support parameters: ['tool_choice'], for model=m" }],
  [
    "FastAPI's loc",
    { detail: [{ type: "extra_forbidden", loc: ["body", "tool_choice"], msg: "Extra inputs" }] },
  ],
  [
    "Mistral's list",
    {
      object: "error",
      message: { detail: [{ type: "extra_forbidden", loc: ["body", "tool_choice"], input: 1 }] },
    },
  ],
])("a field that is refused is left out and stays out, named by %s", async (_, body) => {
  await using server = await startScriptedServer([status(422, body), done, done]);
  const model = createEndpointModel(server.settings());
  const request = modelRequest({ may_call_tools: false });
  expect((await complete(model, request)).text).toBe("Done.");
  await complete(model, request);
  expect(server.requests.map((seen) => seen.body["tool_choice"])).toEqual([
    "none",
    undefined,
    undefined,
  ]);
});

test("a refused replay field is left out of the history, and null content becomes empty text", async () => {
  await using server = await startScriptedServer([
    reply({ calls: [call], message: { reasoning_content: "hm" } }),
    status(422, {
      detail: [
        { loc: ["body", "messages", 2, "assistant", "reasoning_content"], type: "extra_forbidden" },
      ],
    }),
    status(422, {
      detail: [{ loc: ["body", "messages", 2, "content"], msg: "Input should be a valid string" }],
    }),
    done,
  ]);
  const model = createEndpointModel(server.settings());
  const request = modelRequest();
  const first = await complete(model, request);
  await complete(model, { ...request, messages: afterReply(request, first) });
  const replayed = server.requests[3]?.body.messages[2];
  expect([replayed?.content, Object.keys(replayed ?? {})]).toEqual([
    "",
    ["role", "content", "tool_calls"],
  ]);
});

const CAP_REFUSED =
  "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";

test("a refused field for the longest reply is replaced by the other, and that is remembered", async () => {
  await using server = await startScriptedServer([refusal(CAP_REFUSED, "max_tokens"), done, done]);
  const memory = createMemory();
  await complete(createEndpointModel(server.settings(), { memory }));
  const kept = JSON.parse(JSON.stringify(memory.read())) as unknown;
  await complete(
    createEndpointModel(server.settings(), { memory: { ...memory, read: () => kept } }),
  );
  const caps = server.requests.map(({ body }) => [
    body["max_tokens"],
    body["max_completion_tokens"],
  ]);
  expect(caps).toEqual([
    [1_000, undefined],
    [undefined, 1_000],
    [undefined, 1_000],
  ]);
});

test("an endpoint that refuses both fields gets neither, and a value that is too large counts as refused", async () => {
  await using server = await startScriptedServer([
    refusal("max_tokens is too large: 1000.", "max_tokens"),
    refusal("Unrecognized request argument supplied: max_completion_tokens"),
    done,
  ]);
  await complete(createEndpointModel(server.settings()));
  const sent = Object.keys(server.requests[2]?.body ?? {});
  expect(sent).toEqual(["model", "messages", "tools", "parallel_tool_calls"]);
});

test("OpenAI gets its own field, the only one that its newer models accept", () => {
  const quirks = NO_QUIRKS;
  const body = renderChatRequest(modelRequest(), { model: "m", quirks, isOpenAi: true });
  expect([body.max_tokens, body.max_completion_tokens]).toEqual([undefined, 1_000]);
});

test("no reply longer than the room in the window is requested or reserved", async () => {
  await using server = await startScriptedServer([done]);
  const model = createEndpointModel(server.settings({ context_tokens: 3_000 }));
  const request = modelRequest({ max_output_tokens: 8_192 });
  await model.ensureRoom(request, { signal: never });
  await complete(model, request);
  const cap = Number(server.requests[0]?.body["max_tokens"]);
  expect(cap).toBeGreaterThan(2_000);
  expect(model.reserve(request).tokens).toBeGreaterThanOrEqual(cap);
  expect(model.reserve(request).tokens).toBeLessThanOrEqual(3_000);
});

test("a necessary field is never left out", async () => {
  await using server = await startScriptedServer([
    refusal("Unsupported parameter: 'tools'", "tools"),
  ]);
  await expect(complete(createEndpointModel(server.settings()))).rejects.toMatchObject({
    code: "request_rejected",
  });
});

test("after three negotiations of one request the refusal is final", async () => {
  let asked = 0;
  const fields = ["tool_choice", "reasoning_content", "reasoning", "extra_content", "x"];
  await using server = await startScriptedServer(() =>
    refusal(`Unsupported parameter: '${fields[asked++]}'`),
  );
  const spoken: ModelReply = {
    text: "A",
    tool_calls: [],
    stop: "final",
    usage: null,
    cost_usd: null,
    replay: { reasoning_content: "a", reasoning: "b", extra_content: "c" },
  };
  const request = modelRequest({ may_call_tools: false });
  const messages = afterReply(request, spoken);
  await expect(
    complete(createEndpointModel(server.settings()), { ...request, messages }),
  ).rejects.toMatchObject({ code: "request_rejected" });
  expect(server.requests).toHaveLength(4);
});

test.each([
  ["never begins", hang()],
  ["never ends", trickle(20)],
])("an answer that %s is cut off at the deadline", async (_, step) => {
  await using server = await startScriptedServer([step]);
  await expect(
    complete(createEndpointModel(server.settings({ timeout_seconds: 0.2 }))),
  ).rejects.toMatchObject({ code: "request_timeout", kind: "transient" });
});

test.each([
  ["never begins", hang()],
  ["never ends", trickle(20)],
])("an answer that %s is given up when the caller aborts", async (_, step) => {
  const caller = new AbortController();
  await using server = await startScriptedServer(() => {
    setImmediate(() => caller.abort(new Error("shutting down")));
    return step;
  });
  const model = createEndpointModel(server.settings());
  const outcome = await model
    .complete(modelRequest(), { signal: caller.signal })
    .catch((error: unknown) => error);
  expect(isAbort(outcome)).toBe(true);
});

test("nothing is sent after the caller aborted", async () => {
  await using server = await startScriptedServer([]);
  const outcome = await createEndpointModel(server.settings())
    .complete(modelRequest(), { signal: AbortSignal.abort() })
    .catch((error: unknown) => error);
  expect([isAbort(outcome), server.requests]).toEqual([true, []]);
});

test("closing lets the running request end, and no other begin", async () => {
  let closed: Promise<void> | undefined;
  await using server = await startScriptedServer(() => {
    closed = model.close();
    return done;
  });
  const model = createEndpointModel(server.settings());
  expect((await complete(model)).text).toBe("Done.");
  await closed;
  await expect(complete(model)).rejects.toMatchObject({ code: "endpoint_unreachable" });
  expect(server.requests).toHaveLength(1);
});

test("a model names its provider and its endpoint", () => {
  const base_url = "https://example.test:8443/api/v1?x=1";
  const { provider, name, endpoint } = createEndpointModel(
    modelSchema.parse({ base_url, name: "m" }),
  );
  expect([provider, name, endpoint]).toEqual(["openai", "m", "https://example.test:8443"]);
});
