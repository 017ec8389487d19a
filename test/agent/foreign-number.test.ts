import { expect, test } from "vitest";
import { readChatReply } from "../../daemon/agent/model/chat-reply.ts";
import { readRetryAfter } from "../../daemon/agent/model/fault.ts";
import { type Ask, findFacts, listOpenAi, SERVERS } from "../../daemon/agent/model/servers.ts";
import { modelSchema } from "../../daemon/protocol/agent.ts";

const ABSURD = [-1, 2 ** 53 - 1, 2 ** 53, 1e300, -1e300, "lots", "NaN", true, {}, [1, 2], null];

async function findWindow(ask: Ask): Promise<number | null> {
  return (await findFacts("m", "/v1", ask, { load: ask, isForced: false })).context_tokens;
}

function completion(usage: unknown, costHeader: string | null = null) {
  return readChatReply(
    { choices: [{ message: { content: "Done." }, finish_reason: "stop" }], usage },
    { tools: [], document: "", newCallId: () => "", pricing: null, costHeader },
  );
}

const usage = { prompt_tokens: 100, completion_tokens: 20 };

function pages(answers: Record<string, unknown>) {
  return async (path: string): Promise<unknown> => answers[path];
}

async function openAiWindow(key: string, value: unknown): Promise<number | null | undefined> {
  const ask = pages({ "/v1/models": { data: [{ id: "m", [key]: value }] } });
  return (await listOpenAi(ask, "/v1"))?.[0]?.context_tokens;
}

/** Every number that an endpoint or a model server reports, as the value that is taken from it. */
const READERS: Record<string, (value: unknown) => unknown> = {
  "usage.prompt_tokens": (value) => completion({ ...usage, prompt_tokens: value })?.usage ?? null,
  "usage.completion_tokens": (value) =>
    completion({ ...usage, completion_tokens: value })?.usage ?? null,
  "usage.cached_tokens": (value) =>
    completion({ ...usage, prompt_tokens_details: { cached_tokens: value } })?.usage
      ?.cached_input_tokens || null,
  "usage.cost": (value) => completion({ ...usage, cost: value })?.cost_usd,
  "the header with the cost": (value) => completion(usage, String(value))?.cost_usd,
  "Retry-After": (value) => readRetryAfter(new Headers({ "retry-after": String(value) }), 0),
  "Retry-After in milliseconds": (value) =>
    readRetryAfter(new Headers({ "retry-after-ms": String(value) }), 0),
  max_model_len: (value) => openAiWindow("max_model_len", value),
  context_length: (value) => openAiWindow("context_length", value),
  context_window: (value) => openAiWindow("context_window", value),
  max_context_length: (value) => openAiWindow("max_context_length", value),
  "the size of Ollama's model": async (value) =>
    (
      await SERVERS.ollama.list(pages({ "/api/tags": { models: [{ name: "m", size: value }] } }))
    )?.[0]?.size_bytes,
  "the trained window of Ollama's model": async (value) =>
    (
      await SERVERS.ollama.list(
        pages({
          "/api/tags": { models: [{ name: "m" }] },
          "/api/show": { model_info: { "m.context_length": value } },
        }),
      )
    )?.[0]?.max_context_tokens,
  "the size of LM Studio's model": async (value) =>
    (
      await SERVERS.lm_studio.list(
        pages({ "/api/v1/models": { models: [{ key: "m", type: "llm", size_bytes: value }] } }),
      )
    )?.[0]?.size_bytes,
  "the window of LM Studio's model": async (value) =>
    (
      await SERVERS.lm_studio.list(
        pages({
          "/api/v1/models": {
            models: [
              {
                key: "m",
                type: "llm",
                loaded_instances: [{ config: { context_length: value } }],
              },
            ],
          },
        }),
      )
    )?.[0]?.context_tokens,
  "n_ctx of llama.cpp": (value) => {
    const ask = pages({ "/props": { default_generation_settings: { n_ctx: value } } });
    return findWindow(ask);
  },
  "the window that LiteLLM reports": (value) => {
    const info = { model_name: "m", model_info: { max_input_tokens: value } };
    const ask = pages({ "/model/info": { data: [info] } });
    return findWindow(ask);
  },
};

test.each(Object.entries(READERS))(
  "an absurd number counts as not reported: %s",
  async (_, read) => {
    for (const value of ABSURD) expect([value, await read(value)]).toEqual([value, null]);
  },
);

test("plausible numbers are taken as they are", async () => {
  const { usage: taken, cost_usd } =
    completion({ ...usage, cost: 0.25, prompt_tokens_details: { cached_tokens: 40 } }) ?? {};
  expect(taken).toEqual({ input_tokens: 100, cached_input_tokens: 40, output_tokens: 20 });
  expect(cost_usd).toBe(0.25);
  expect(await openAiWindow("max_model_len", 10_000_000)).toBe(10_000_000);
  const week = 7 * 24 * 60 * 60;
  expect(readRetryAfter(new Headers({ "retry-after": `${week}` }), 0)).toBe(week * 1000);
});

test("a price or a window that no model has is refused in the config", () => {
  const price = { input_usd_per_million: 1, output_usd_per_million: 1 };
  expect(modelSchema.safeParse({ price }).success).toBe(true);
  for (const key of Object.keys(price)) {
    for (const value of [-1, 1e300, Infinity, Number.NaN]) {
      expect(modelSchema.safeParse({ price: { ...price, [key]: value } }).success).toBe(false);
    }
  }
  expect(modelSchema.safeParse({ context_tokens: 2 ** 53 - 1 }).success).toBe(false);
});
