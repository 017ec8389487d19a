/**
 * A model behind an endpoint: over chat completions, which nearly every server speaks, or over the Responses API.
 *
 * One call, one request, one whole reply: no retries (the queue does that), no streaming, and no header, key,
 * address or log setting from the environment. After a refusal that names a field, or the other API, it sends the
 * request again in another form, a few times at most. It checks a reply before anything relies on it. A crash loses the
 * reply in flight and nothing else.
 */
import { isDeepStrictEqual } from "node:util";
import { APIConnectionError } from "openai";
import { isLoopback } from "../../core/endpoint.ts";
import type { ModelSettings } from "../../protocol/agent.ts";
import { calibrate, rangeOfRequest } from "../tokens.ts";
import { isUncached, learnCaching } from "./caching.ts";
import { createCallId } from "./calls.ts";
import { createClient, MAX_TIMER_MS } from "./endpoint-client.ts";
import { exchange, type Peer, renderBody } from "./exchange.ts";
import { checkRoom, estimateRequest, replyCap } from "./room.ts";
import { isReasoningOff } from "./api-choice.ts";
import { connectionFault } from "./connection-fault.ts";
import { judgeCount, learnCount, type Verdict } from "./cut-prompt.ts";
import { describeEndpoint } from "./endpoint.ts";
import { endingFault, promptCut, timeoutFault } from "./fault.ts";
import { openTransport } from "./fetch.ts";
import { createMemory, type ModelMemory, recall } from "./memory.ts";
import type { CompleteOptions, Model, ModelReply, ModelRequest, TokenUsage } from "./model.ts";
import { findPricing } from "./price.ts";
import { createWindowFinder } from "./window.ts";

/**
 * Creates the model of an OpenAI-compatible endpoint. Opens no socket before the first request.
 *
 * @throws {RunnerError} `config_invalid` or `key_refused` for settings that no request can use
 */
export function createEndpointModel(
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
  const peer: Peer = {
    settings,
    endpoint,
    client,
    pricing,
    memory,
    window,
    newCallId,
    unreplayed: new WeakSet(),
    replied_at: null,
  };
  // Whether the last count showed that a whole prompt was read.
  let isJudged = true;

  return {
    provider: "openai",
    name: settings.name,
    endpoint: endpoint.origin,
    get window() {
      return window.known;
    },
    get is_unverified() {
      return !isJudged && window.known?.source === "assumed";
    },
    get is_reasoning_off() {
      return isReasoningOff(settings, recall(memory));
    },
    get is_uncached() {
      return !isLoopback(settings.base_url) && isUncached(recall(memory).caching);
    },
    get retires_on() {
      return window.retires_on;
    },
    reserve(request) {
      const input_tokens = estimateRequest(request, memory);
      const output_tokens = replyCap(request, memory, window.known);
      const usage = { input_tokens, cached_input_tokens: 0, output_tokens };
      return { tokens: input_tokens + output_tokens, usd: pricing?.costOf(usage) ?? null };
    },
    sizeOf: (request) => Buffer.byteLength(JSON.stringify(renderBody(peer, request))),
    async ensureRoom(request, { signal }) {
      const found = await window.find(signal);
      signal.throwIfAborted();
      checkRoom(request, memory, found, settings.name);
    },
    complete: (request, options) =>
      exchangeInTime(peer, request, options, settings.timeout_seconds),
    findFault(request, reply) {
      const { usage } = reply;
      const verdict = usage === null ? "unknown" : judgeUsage(peer, request, usage);
      if (verdict !== "part") isJudged = verdict === "whole";
      if (reply.stop === "unknown") return endingFault(reply.finish_reason ?? "", endpoint);
      if (usage === null || verdict !== "cut") return null;
      return promptCut(usage.input_tokens, estimateRequest(request, memory), endpoint);
    },
    close: () => transport.close(),
  };
}

async function exchangeInTime(
  peer: Peer,
  request: ModelRequest,
  { signal, onRefused }: CompleteOptions,
  timeoutSeconds: number,
): Promise<ModelReply> {
  const { endpoint } = peer;
  const deadline = AbortSignal.timeout(Math.min(Math.ceil(timeoutSeconds * 1000), MAX_TIMER_MS));
  const either = AbortSignal.any([signal, deadline]);
  const { replied_at } = peer;
  const sinceReply = replied_at === null ? undefined : performance.now() - replied_at;
  try {
    const reply = await exchange(peer, request, {
      signal: either,
      ...(onRefused && { onRefused }),
    });
    peer.replied_at = performance.now();
    if (reply.usage !== null) noteCaching(peer, reply.usage, sinceReply);
    return reply;
  } catch (error) {
    if (signal.aborted) throw new DOMException("The request was aborted.", "AbortError");
    if (deadline.aborted) throw timeoutFault(timeoutSeconds, endpoint);
    throw error instanceof APIConnectionError ? connectionFault(error, endpoint) : error;
  }
}

function noteCaching({ memory }: Peer, usage: TokenUsage, sinceReply: number | undefined): void {
  const known = recall(memory);
  const caching = learnCaching(known.caching, usage, sinceReply);
  if (!isDeepStrictEqual(caching, known.caching)) memory.keep({ ...known, caching });
}

/** Judges whether the server read the whole prompt, and learns from the number of tokens it read. */
function judgeUsage({ memory }: Peer, request: ModelRequest, usage: TokenUsage): Verdict {
  const known = recall(memory);
  const verdict = judgeCount(request, usage, known);
  const { input_tokens } = usage;
  const facts = {
    ...known,
    counted: learnCount(request, input_tokens, verdict, known.counted),
    // A server that counts in some other way teaches nothing.
    ...(verdict === "whole" && {
      calibration: calibrate(known.calibration, rangeOfRequest(request), input_tokens),
    }),
  };
  if (!isDeepStrictEqual(facts, known)) memory.keep(facts);
  return verdict;
}
