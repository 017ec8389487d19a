import { expect, test } from "vitest";
import { createEndpointModel } from "../../daemon/agent/model/endpoint-model.ts";
import { createMemory, recall } from "../../daemon/agent/model/memory.ts";
import { toRunnerError } from "../../daemon/core/errors.ts";
import type { ModelSettings } from "../../daemon/protocol/agent.ts";
import { modelRequest } from "../helper/model-request.ts";
import type { Api } from "../helper/scripted-reply.ts";
import { reply, startScriptedServer, status, type Step } from "../helper/scripted-server.ts";

const signal = new AbortController().signal;
const done = reply({ content: "Done." });
const refuse = (code: number, message: string, param: string | null = null): Step =>
  status(code, { error: { message, type: "invalid_request_error", param, code: null } });

const ONLY_RESPONSES = refuse(
  404,
  "This model is only supported in v1/responses and not in v1/chat/completions.",
  "model",
);
const EFFORT = refuse(
  400,
  "Function tools with reasoning_effort are not supported for m in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
  "reasoning_effort",
);
const BOTH: readonly Api[] = ["chat", "responses"];

interface Case {
  /** What each API answers, "done" unless given. */
  answers: Partial<Record<Api, Step>>;
  settings?: Partial<ModelSettings>;
  /** The APIs asked, request by request, of a first reply and of one after a restart; "none": without reasoning. */
  first: string[];
  later: string[];
  outcome?: string;
  isReasoningOff?: boolean;
}

const gone = status(404);
const CASES: Readonly<Record<string, Case>> = {
  // https://github.com/n8n-io/n8n/issues/18352
  "a model that only the Responses API serves": {
    answers: { chat: ONLY_RESPONSES },
    first: ["chat", "responses"],
    later: ["responses"],
  },
  // https://github.com/BerriAI/litellm/pull/34569
  "a model that takes tools with reasoning over Responses alone": {
    answers: { chat: EFFORT },
    first: ["chat", "responses"],
    later: ["responses"],
  },
  // https://github.com/Wei-Shaw/sub2api/issues/885
  "a gateway that has switched chat off": {
    answers: {
      chat: refuse(
        400,
        "Unsupported legacy protocol: /v1/chat/completions is not supported. Please use /v1/responses.",
      ),
    },
    first: ["chat", "responses"],
    later: ["responses"],
  },
  // https://github.com/micz/ThunderAI/issues/570
  "a model that is called no chat model": {
    answers: { chat: refuse(404, "This is not a chat model. Did you mean to use v1/completions?") },
    first: ["chat", "responses"],
    later: ["responses"],
  },
  "a server without chat": {
    answers: { chat: gone },
    first: ["chat", "responses"],
    later: ["responses"],
  },
  "a server without Responses, whose model takes tools without reasoning": {
    answers: { chat: EFFORT, responses: gone },
    first: ["chat", "responses", "chat none"],
    later: ["chat none"],
    isReasoningOff: true,
  },
  "LM Studio, which answers 200 for a path that it does not have": {
    answers: {
      chat: EFFORT,
      responses: status(200, { error: "Unexpected endpoint or method. (POST /v1/responses)" }),
    },
    first: ["chat", "responses", "chat none"],
    later: ["chat none"],
    isReasoningOff: true,
  },
  "the setting chat with a model that takes tools without reasoning": {
    answers: { chat: EFFORT },
    settings: { api: "chat" },
    first: ["chat", "chat none"],
    later: ["chat none"],
    isReasoningOff: true,
  },
  "the setting chat with a model that only Responses serves": {
    answers: { chat: ONLY_RESPONSES },
    settings: { api: "chat" },
    first: ["chat"],
    later: ["chat"],
    outcome: "request_rejected",
  },
  "the setting responses with a server that has chat only": {
    answers: { responses: gone },
    settings: { api: "responses" },
    first: ["responses"],
    later: ["responses"],
    outcome: "request_rejected",
  },
  "a server that takes tools without reasoning, and names no other API": {
    answers: {
      chat: refuse(400, "Tools with reasoning_effort are not supported; set it to none."),
    },
    first: ["chat", "chat none"],
    later: ["chat none"],
    isReasoningOff: true,
  },
  "no reasoning, as set": {
    answers: { chat: EFFORT },
    settings: { reasoning_effort: "none" },
    first: ["chat none"],
    later: ["chat none"],
  },
  "a server with neither": {
    answers: { chat: gone, responses: gone },
    first: ["chat", "responses"],
    later: ["chat", "responses"],
    outcome: "request_rejected",
  },
  "two APIs that point at each other": {
    answers: {
      chat: ONLY_RESPONSES,
      responses: refuse(400, "This model is served over /v1/chat/completions."),
    },
    first: ["chat", "responses"],
    later: ["responses", "chat"],
    outcome: "request_rejected",
  },
  "a model that the endpoint does not have": {
    answers: { chat: refuse(404, "The model `m` does not exist.") },
    first: ["chat"],
    later: ["chat"],
    outcome: "model_not_found",
  },
};

test.each(Object.entries(CASES))("%s", async (_, expected) => {
  const { answers, settings = {}, outcome = "final", isReasoningOff = false } = expected;
  await using server = await startScriptedServer(
    ({ api, sent }) => {
      const isOff = sent["reasoning_effort"] === "none";
      return isOff ? done : (answers[api] ?? done);
    },
    { apis: BOTH },
  );
  const memory = createMemory();
  const ends: unknown[] = [];
  const refusals: number[] = [];
  const turns: string[][] = [];
  for (const _round of [1, 2]) {
    const before = server.requests.length;
    // As after a restart: only the memory is kept, as JSON.
    const kept = JSON.parse(JSON.stringify(recall(memory))) as unknown;
    memory.keep(recall({ ...memory, read: () => kept }));
    const model = createEndpointModel(server.settings(settings), { memory });
    let refused = 0;
    const onRefused = (): void => void (refused += 1);
    const asking = model.complete(modelRequest(), { signal, onRefused });
    ends.push(
      await asking.then(
        ({ stop }) => stop,
        (fault: unknown) => toRunnerError(fault).code,
      ),
    );
    refusals.push(refused);
    expect(model.is_reasoning_off).toBe(isReasoningOff);
    turns.push(
      server.requests
        .slice(before)
        .map(({ api, sent }) => (sent["reasoning_effort"] === "none" ? `${api} none` : api)),
    );
  }
  expect(turns).toEqual([expected.first, expected.later]);
  expect(ends).toEqual([outcome, outcome]);
  // Each request but the last was reported as refused, so that each counts.
  expect(refusals).toEqual([expected.first.length - 1, expected.later.length - 1]);
});

test("an endpoint that changes its API is followed there and back", async () => {
  let served: Api = "chat";
  await using server = await startScriptedServer(({ api }) => (api === served ? done : gone), {
    apis: BOTH,
  });
  const model = createEndpointModel(server.settings());
  const apis: string[] = [];
  for (const next of ["chat", "responses", "responses", "chat", "chat", "responses"] as const) {
    served = next;
    const before = server.requests.length;
    await model.complete(modelRequest(), { signal });
    apis.push(
      server.requests
        .slice(before)
        .map(({ api }) => api)
        .join(" "),
    );
  }
  expect(apis).toEqual([
    "chat",
    "chat responses",
    "responses",
    "responses chat",
    "chat",
    "chat responses",
  ]);
});

test.each<[string, Partial<Record<Api, Step>>, string]>([
  ["to Responses", { chat: ONLY_RESPONSES }, "responses"],
  ["there and back, to chat without reasoning", { chat: EFFORT, responses: gone }, "chat none"],
])("requests under way together turn each by itself: %s", async (_, answers, expected) => {
  const waiting: (() => void)[] = [];
  await using server = await startScriptedServer(
    async ({ api, sent }) => {
      // Answers come in the opposite order of the requests, in threes.
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length % 3 === 0) for (const go of waiting.splice(0).toReversed()) go();
        else setTimeout(resolve, 50);
      });
      return sent["reasoning_effort"] === "none" ? done : (answers[api] ?? done);
    },
    { apis: BOTH },
  );
  const memory = createMemory();
  const model = createEndpointModel(server.settings(), { memory });
  const asked = Array.from({ length: 9 }, () => model.complete(modelRequest(), { signal }));
  expect((await Promise.all(asked)).map(({ stop }) => stop)).toEqual(Array(9).fill("final"));
  const before = server.requests.length;
  expect(before).toBeLessThanOrEqual(9 * 3);
  await model.complete(modelRequest(), { signal });
  const [last, ...more] = server.requests.slice(before);
  const isOff = last?.sent["reasoning_effort"] === "none";
  expect([isOff ? `${last.api} none` : last?.api, more]).toEqual([expected, []]);
});

test("when neither is there, the advice is that of the first", async () => {
  await using server = await startScriptedServer([ONLY_RESPONSES, gone], { apis: BOTH });
  const asking = createEndpointModel(server.settings()).complete(modelRequest(), { signal });
  await expect(asking).rejects.toMatchObject({
    message: expect.stringContaining("only supported in v1/responses"),
  });
});

test("what was learned before the Responses API was spoken does not keep a model from reasoning", async () => {
  await using server = await startScriptedServer([done], { apis: BOTH });
  const memory = createMemory();
  const before = {
    calibration: {},
    counted: {},
    quirks: { without: [], reasoning_effort: "none", no_content: null },
  };
  const model = createEndpointModel(server.settings(), {
    memory: { ...memory, read: () => memory.read() ?? before },
  });
  await model.complete(modelRequest(), { signal });
  expect(server.requests.map(({ api }) => api)).toEqual(["responses"]);
});

test("an API that is known to be absent is not asked for before reasoning is given up", async () => {
  let asked = 0;
  await using server = await startScriptedServer(
    ({ api, sent }) => {
      asked += 1;
      if (api === "responses") return gone;
      // Until then the model did not reason.
      return asked > 2 && sent["reasoning_effort"] !== "none" ? EFFORT : done;
    },
    { apis: BOTH },
  );
  const memory = createMemory();
  memory.keep({ ...recall(memory), api: { use: "responses", absent: [] } });
  const model = createEndpointModel(server.settings(), { memory });
  for (const _ of [1, 2]) await model.complete(modelRequest(), { signal });
  expect(server.requests.map(({ api }) => api)).toEqual(["responses", "chat", "chat", "chat"]);
});

test("parts of what was learned that cannot be read count as not learned", () => {
  const memory = { ...createMemory(), read: () => ({ api: { use: "telepathy" }, quirks: 3 }) };
  expect(recall(memory)).toMatchObject({ api: { use: null, absent: [] }, quirks: { without: [] } });
});
