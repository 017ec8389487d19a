/**
 * A model behind the chat completions API, which nearly every server speaks.
 *
 * One call, one request, one whole reply: no retries (the queue's business), no streaming, and no header,
 * key, address or log setting of the environment. A refusal that names a field is answered at once by the
 * same request without it, at most three times; a reply is checked before anything in it is relied on.
 * A crash loses the reply in flight and nothing else.
 */
import { isDeepStrictEqual } from "node:util";
import OpenAI, { APIConnectionError, APIError } from "openai";
import type { ModelSettings } from "../../protocol/agent.ts";
import { calibrate, estimateTokens, rangeOfRequest } from "../tokens.ts";
import { createCallId } from "./chat-calls.ts";
import { readChatReply } from "./chat-reply.ts";
import { optionalFields, renderChatRequest } from "./chat-request.ts";
import { connectionFault } from "./connection-fault.ts";
import { describeEndpoint } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { isPromptCut } from "./cut-prompt.ts";
import { promptCut, refusalFault, shapeFault, timeoutFault } from "./fault.ts";
import { openTransport } from "./fetch.ts";
import type { Transport } from "./fetch.ts";
import { parseJson } from "./json.ts";
import { isRecord } from "../../core/record.ts";
import { createMemory, type ModelMemory, recall } from "./memory.ts";
import type { CompleteOptions, Model, ModelReply, ModelRequest } from "./model.ts";
import { findPricing } from "./price.ts";
import { learnQuirk, readSaid } from "./quirks.ts";
import { createWindowFinder, tooLong } from "./window.ts";

const MAX_BODY_BYTES = 8_000_000;
const MAX_NEGOTIATIONS = 3;
// What a job that begins must find room for, beside its document: replies, and what tools answer.
const ROOM_FOR_REPLIES = 2_048;
// And each further request of it.
const ROOM_FOR_REPLY = 512;
// What a Node timer can hold; a longer one fires at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * A model of an OpenAI-compatible endpoint. Opens no socket before the first request.
 *
 * @throws {RunnerError} `config_invalid` or `key_refused` for settings that no request can be made of
 */
export function createChatModel(
  settings: ModelSettings,
  {
    newCallId = createCallId,
    memory = createMemory(),
  }: { newCallId?: () => string; memory?: ModelMemory } = {},
): Model {
  const endpoint = describeEndpoint(settings);
  const transport = openTransport();
  const client = createClient(endpoint, transport);
  const pricing = findPricing(settings);
  const window = createWindowFinder(settings, endpoint, transport);
  const timeoutMs = Math.min(Math.ceil(settings.timeout_seconds * 1000), MAX_TIMER_MS);
  // Whether the last reply said how many tokens it read.
  let isCounted = true;

  async function ask(
    request: ModelRequest,
    signal: AbortSignal,
    onRefused: CompleteOptions["onRefused"],
  ): Promise<ModelReply> {
    for (let negotiations = 0; ; negotiations += 1) {
      const known = recall(memory);
      const { isOpenAi } = endpoint;
      const body = renderChatRequest(
        { ...request, max_output_tokens: capOf(request) },
        { model: settings.name, quirks: known.quirks, isOpenAi },
      );
      try {
        const response = await client.chat.completions.create(body, { signal }).asResponse();
        return await read(response, request);
      } catch (error) {
        if (!(error instanceof APIError) || error.status === undefined) throw error;
        const said = readSaid(error.status, error.error ?? textOf(error));
        const quirks = learnQuirk(known.quirks, said, optionalFields(body));
        const refusal = refusalFault(said, error.headers ?? new Headers(), endpoint);
        if (!quirks || negotiations === MAX_NEGOTIATIONS) throw refusal;
        memory.keep({ ...recall(memory), quirks });
        onRefused?.(refusal);
      }
    }
  }

  async function read(response: Response, request: ModelRequest): Promise<ModelReply> {
    const text = await response.text();
    const body = parseJson(text);
    const reply = readChatReply(body, {
      tools: request.may_call_tools ? request.tools : [],
      document: request.document.text,
      newCallId,
      pricing,
      costHeader: response.headers.get("x-litellm-response-cost"),
    });
    if (reply) return endpoint.withoutSecrets(reply);
    // OpenRouter sends faults of the provider behind it with status 200 and the real one inside.
    const error = isRecord(body) ? body["error"] : undefined;
    const status = isRecord(error) ? Number(error["code"]) : Number.NaN;
    throw status >= 400 && status < 600
      ? refusalFault(readSaid(status, error), response.headers, endpoint)
      : shapeFault(text, endpoint);
  }

  /** The longest reply that the window has room for. */
  function capOf(request: ModelRequest): number {
    const room = (window.known?.tokens ?? Infinity) - estimate(request);
    return Math.max(ROOM_FOR_REPLY, Math.min(request.max_output_tokens, room));
  }

  function estimate(request: ModelRequest): number {
    return estimateTokens(rangeOfRequest(request), recall(memory).calibration);
  }

  return {
    provider: "openai",
    name: settings.name,
    endpoint: endpoint.origin,
    get window() {
      return window.known;
    },
    get is_unverified() {
      return !isCounted && window.known?.source === "assumed";
    },
    reserve(request) {
      const input_tokens = estimate(request);
      const output_tokens = capOf(request);
      const usage = { input_tokens, cached_input_tokens: 0, output_tokens };
      return { tokens: input_tokens + output_tokens, usd: pricing?.costOf(usage) ?? null };
    },
    async ensureRoom(request, { signal }) {
      const found = await window.find(signal);
      signal.throwIfAborted();
      const input_tokens = estimate(request);
      const output_tokens =
        request.iteration === 1
          ? Math.min(ROOM_FOR_REPLIES, Math.ceil(found.tokens / 4))
          : ROOM_FOR_REPLY;
      if (input_tokens + output_tokens <= found.tokens) return;
      throw tooLong({ input_tokens, output_tokens }, found, settings.name);
    },
    async complete(request, { signal, onRefused }) {
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        return await ask(request, AbortSignal.any([signal, deadline]), onRefused);
      } catch (error) {
        if (signal.aborted) throw new DOMException("The request was aborted", "AbortError");
        if (deadline.aborted) throw timeoutFault(settings.timeout_seconds, endpoint);
        throw error instanceof APIConnectionError ? connectionFault(error, endpoint) : error;
      }
    },
    findFault(request, reply) {
      const { usage } = reply;
      isCounted = usage !== null;
      if (usage === null) return null;
      const known = recall(memory);
      if (isPromptCut(request, usage.input_tokens, known.calibration)) {
        return promptCut(usage.input_tokens, estimate(request), endpoint);
      }
      const range = rangeOfRequest(request);
      // What is counted in some other way teaches nothing.
      if (usage.input_tokens < range.least) return null;
      const calibration = calibrate(known.calibration, range, usage.input_tokens);
      if (!isDeepStrictEqual(calibration, known.calibration))
        memory.keep({ ...known, calibration });
      return null;
    },
    close: () => transport.close(),
  };
}

/** The SDK's client, with everything set that it would take from the environment. */
function createClient(endpoint: Endpoint, transport: Transport): OpenAI {
  return new OpenAI({
    baseURL: endpoint.baseUrl,
    // Never sent: the headers are the endpoint's own, below, so that nothing else can get among them.
    apiKey: "not-needed",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: "off",
    maxRetries: 0,
    // The deadline is ours.
    timeout: MAX_TIMER_MS,
    async fetch(url, init) {
      const request = new Request(url, init);
      const answer = await transport.fetch(request.url, {
        headers: endpoint.headers,
        body: await request.text(),
        maxBytes: MAX_BODY_BYTES,
        signal: request.signal,
      });
      // A Response of these must not have a body.
      const bodiless = [204, 205, 304].includes(answer.status);
      return new Response(bodiless ? null : answer.text, {
        status: answer.status,
        headers: answer.headers,
      });
    },
  });
}

/** What came with a refusal that is not JSON; the SDK puts the status before it. */
function textOf(error: APIError): string {
  const text = error.message.replace(/^\d{3} /, "");
  return text === "status code (no body)" ? "" : text;
}
