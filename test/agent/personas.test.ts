import { expect, test } from "vitest";
import { createEndpointModel } from "../../daemon/agent/model/endpoint-model.ts";
import { createMemory } from "../../daemon/agent/model/memory.ts";
import type { Model } from "../../daemon/agent/model/model.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { afterReply, modelRequest } from "../helper/model-request.ts";
import { PERSONAS } from "../helper/personas.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

const signal = new AbortController().signal;

interface End {
  /** The names of the tools that were called, the code of a fault, or what stopped the reply. */
  outcome: string;
  hint: string;
  waitMs: unknown;
}

/** Asks, answers the calls with "ok" and asks again, as one job does. */
async function converse(model: Model): Promise<End> {
  const called: string[] = [];
  const [tool] = modelRequest().tools;
  const properties = { title: { type: "string" }, body: { type: "string" } };
  const parameters = { ...tool?.parameters, properties };
  let request = modelRequest({ tools: [{ name: "create_note", description: "", parameters }] });
  try {
    for (let iteration = 1; iteration <= 4; iteration += 1) {
      const answer = await model.complete({ ...request, iteration }, { signal });
      const fault = model.findFault(request, answer);
      if (fault !== null) throw fault;
      called.push(...answer.tool_calls.map(({ name }) => name));
      if (answer.stop !== "calls") {
        const outcome =
          answer.stop === "final" ? `called ${called.join(", ") || "nothing"}` : answer.stop;
        return { outcome, hint: "", waitMs: undefined };
      }
      request = { ...request, messages: afterReply(request, answer) };
    }
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    return { outcome: error.code, hint: error.hint ?? "", waitMs: error.data["retry_after_ms"] };
  }
  return { outcome: "endless", hint: "", waitMs: undefined };
}

interface Expected {
  outcome: string;
  /** Requests of the first conversation, and of each one after it. */
  requests: [first: number, later: number];
  hint?: RegExp;
  waitMs?: number;
}

const WORKS = "called create_note";
const TWICE: Expected = { outcome: "called create_note, create_note", requests: [2, 2] };
const AT_ONCE: Expected = { outcome: WORKS, requests: [2, 2] };
const fault = (outcome: string, hint: RegExp, waitMs?: number): Expected => ({
  outcome,
  requests: [1, 1],
  hint,
  ...(waitMs !== undefined && { waitMs }),
});

const EXPECTED: Readonly<Record<string, Expected>> = {
  "OpenAI gpt-4.1": AT_ONCE,
  "OpenAI gpt-5.6 over chat": { outcome: WORKS, requests: [4, 2] },
  "OpenAI gpt-5-pro over chat": fault("request_rejected", /another model.*Responses API/),
  "OpenAI, a model that does not chat": fault("request_rejected", /another model/),
  "Azure, a document that its filter stops": fault("reply_filtered", /another provider/),
  Gemini: AT_ONCE,
  "DeepSeek, whose empty thoughts go back": AT_ONCE,
  "Kimi, which misses thoughts that it did not send": { outcome: WORKS, requests: [3, 2] },
  "Claude with thinking behind LiteLLM": AT_ONCE,
  "Gemini, the free quota of the day is used up": fault("quota_exhausted", /next day/, 3_600_000),
  "Gemini, a model that the free tier does not have": fault("quota_exhausted", /another model/),
  "Gemini, the quota of the minute is used up": fault("rate_limited", /Wait/, 45_570),
  "Anthropic's OpenAI-compatible endpoint": AT_ONCE,
  "A gateway that gives calls no ids": TWICE,
  "Gemini behind a gateway, which uses an id twice": TWICE,
  "A server that gives arguments as an object": AT_ONCE,
  "Ollama, which refuses a history with arguments that are not JSON": AT_ONCE,
  "LM Studio, which ends calls with stop": AT_ONCE,
  "vLLM, which announces calls and sends none": {
    outcome: "called nothing",
    requests: [1, 1],
  },
  "A server that cuts a call off": { outcome: "length", requests: [1, 1] },
  "Mistral, whose thoughts are parts of the content": AT_ONCE,
  "DeepSeek R1, which refuses its own thoughts back": { outcome: WORKS, requests: [3, 2] },
  "A server that leaves thoughts and a call in the text": AT_ONCE,
  "vLLM with a prompt that does not fit": fault("too_long", /larger/, 21_600_000),
  "Groq with a prompt that does not fit": fault("too_long", /larger/, 21_600_000),
  "Cerebras, which refuses with an empty body": fault("request_rejected", /manual/),
  "A gateway that answers with a page": fault("endpoint_fault", /Wait/),
  "A rate limit that names its wait": fault("rate_limited", /Wait/, 120_000),
  "LM Studio at a path that it does not have": fault("bad_response", /\/v1/),
  "A server that moved": fault("request_rejected", /base_url/),
  "A completion that calls itself text": { outcome: "called nothing", requests: [1, 1] },
  "A completion that ends in the middle": fault("bad_response", /\/v1/),
  Mistral: AT_ONCE,
  "vLLM without a tool parser": fault("no_tool_calling", /can call tools/),
  "OpenRouter, a provider that fails in its reply": fault("endpoint_fault", /Wait/),
  "OpenRouter, a provider that limits the rate in its reply": fault("rate_limited", /Wait/),
  "OpenRouter, an error that has no status": fault("endpoint_fault", /Wait/),
  "OpenRouter, the free models of the day are used up": fault(
    "quota_exhausted",
    /next day/,
    3_600_000,
  ),
  "OpenRouter without credit": fault("quota_exhausted", /credit/),
  "Groq, a model that fills in nulls": { outcome: WORKS, requests: [3, 2] },
  "Groq, a call that fails once in three": { outcome: WORKS, requests: [4, 4] },
  "Groq, a model that cannot call the tool": {
    outcome: "bad_tool_calls",
    requests: [3, 3],
    hint: /more reliably/,
  },
  "llama.cpp before April 2026, which takes one call of a reply": {
    outcome: "called create_note, create_note",
    requests: [2, 2],
  },
  "llama.cpp while it loads its model": fault("endpoint_fault", /Wait/),
  "llama.cpp with a prompt that does not fit": fault("too_long", /larger/, 21_600_000),
  "LiteLLM with a model that refuses a parameter": { outcome: WORKS, requests: [3, 2] },
  "LiteLLM, a budget of the deployment is crossed": fault("quota_exhausted", /raise the limit/),
  "LiteLLM, the budget of the user is used up": fault("quota_exhausted", /raise the limit/),
  "LiteLLM without a database, a wrong key": fault("key_refused", /master key/),
  "LM Studio, calls that it left in the text": AT_ONCE,
  "LM Studio with a prompt that does not fit": fault("too_long", /larger/, 21_600_000),
  Ollama: AT_ONCE,
  "Ollama, a model without tools": fault("no_tool_calling", /can call tools/),
  "Ollama, a call that it cannot parse": {
    outcome: "bad_tool_calls",
    requests: [3, 3],
    hint: /more reliably/,
  },
  "DeepSeek without credit": fault("quota_exhausted", /credit/),
  "DeepSeek, a reply that it broke off": fault("bad_response", /tried again/),
  "z.ai, a network error in the reply": fault("bad_response", /tried again/),
  "z.ai, a text that it withholds": { outcome: "filter", requests: [1, 1] },
  "xAI with a prompt that does not fit": fault("too_long", /larger/, 21_600_000),
};

test("every persona has what is expected of it", () => {
  expect(PERSONAS.map(({ name }) => name)).toEqual(Object.keys(EXPECTED));
});

test.each(PERSONAS.map((persona) => [persona.name, persona] as const))(
  "%s is understood, and what was learned of it is not asked again",
  async (name, { script, pages = {} }) => {
    const expected = EXPECTED[name];
    await using server = await startScriptedServer(script(), { pages });
    const settings = server.settings({ api: "chat", api_key: "sk-of-the-persona" });
    const memory = createMemory();
    const counts: number[] = [];
    for (const _ of [1, 2]) {
      const before = server.requests.length;
      // As after a restart: only the memory is kept.
      const model = createEndpointModel(settings, { memory });
      const { outcome, hint, waitMs } = await converse(model);
      await model.close();
      counts.push(server.requests.length - before);
      expect(outcome).toBe(expected?.outcome);
      expect(hint).toMatch(expected?.hint ?? /^$/);
      expect(waitMs).toBe(expected?.waitMs);
    }
    expect(counts).toEqual(expected?.requests);
  },
);
