import type OpenAI from "openai";
import { APIError } from "openai";
import type { RunnerError } from "../../core/errors.ts";
import type { ModelSettings } from "../../protocol/agent.ts";
import { chooseApi, learnApi } from "./api-choice.ts";
import { readChatReply } from "./chat-reply.ts";
import { optionalFields, renderChatRequest } from "./chat-request.ts";
import type { Endpoint } from "./endpoint.ts";
import { refusalFault, shapeFault } from "./fault.ts";
import { parseJson } from "./json.ts";
import { type Learned, type ModelMemory, NO_API_LEARNED, recall } from "./memory.ts";
import type { CompleteOptions, ModelReply, ModelRequest } from "./model.ts";
import type { Pricing } from "./price.ts";
import {
  type ApiName,
  isOfPath,
  isOfReplay,
  learnQuirk,
  type Quirks,
  readRefusal,
  type Refusal,
} from "./quirks.ts";
import { readErrorInside } from "./reading.ts";
import { readResponsesReply } from "./responses-reply.ts";
import { optionalResponsesFields, renderResponsesRequest } from "./responses-request.ts";
import { replyCap } from "./room.ts";
import type { WindowFinder } from "./window.ts";

const MAX_NEGOTIATIONS = 3;
// A model that wrote a call that its server cannot read may write it well the next time.
const MAX_REPETITIONS = 2;

const PATHS: Readonly<Record<ApiName, string>> = {
  chat: "/chat/completions",
  responses: "/responses",
};

/** One model at one endpoint. */
export interface Peer {
  settings: ModelSettings;
  endpoint: Endpoint;
  client: OpenAI;
  pricing: Pricing | null;
  memory: ModelMemory;
  window: WindowFinder;
  newCallId: () => string;
  /** Replies whose thoughts the endpoint did not take back. */
  unreplayed: WeakSet<ModelReply>;
  /** When the last reply came, in milliseconds since some earlier instant; null: none came. */
  replied_at: number | null;
}

/** A request in the form of one API. */
interface Prepared {
  api: ApiName;
  /** What it was rendered by: meanwhile another request may have learned more. */
  quirks: Quirks;
  body: object;
  /** The fields that can be left out without changing the request. */
  optional(): string[];
}

/** An answer that is not a reply. */
interface Rejection {
  refusal: Refusal;
  fault: RunnerError;
}

/**
 * Sends a request and reads the reply. After a refusal that names a field it sends the request again without
 * that field, at most three times; after one that names the other API, over that one, at most once each. It keeps in the
 * memory what it learned. Calls that the server could not read are asked for again, at most twice.
 *
 * @throws {RunnerError} for a refusal, or for an answer that is not a reply
 * @throws the SDK's own error if no answer came
 */
export async function exchange(
  peer: Peer,
  request: ModelRequest,
  { signal, onRefused }: CompleteOptions,
): Promise<ModelReply> {
  const { memory } = peer;
  // What made the request turn to the other API.
  const turns = new Map<ApiName, Rejection>();
  let negotiations = 0;
  let repetitions = 0;
  for (;;) {
    const prepared = prepare(peer, request);
    const answer = await send(peer, prepared, request, signal);
    if (!("refusal" in answer)) return answer;
    const { fault, refusal } = answer;
    const turned = learnTurn(peer, prepared.api, refusal, turns);
    if (turned !== null) {
      turns.set(prepared.api, answer);
      memory.keep(turned);
    } else if (turns.size > 0 && isOfPath(refusal)) {
      // Neither API is there: the first refusal says why, and either may be there the next time.
      memory.keep({ ...recall(memory), api: NO_API_LEARNED });
      throw [...turns.values()][0]?.fault ?? fault;
    } else if (negotiations < MAX_NEGOTIATIONS && adapt(peer, request, prepared, refusal)) {
      negotiations += 1;
    } else if (fault.code === "bad_tool_calls" && repetitions < MAX_REPETITIONS) {
      repetitions += 1;
    } else {
      throw fault;
    }
    onRefused?.(fault);
  }
}

/** The body of the next request, in the form that its endpoint is known to accept. */
export function renderBody(peer: Peer, request: ModelRequest): object {
  return prepare(peer, request).body;
}

function prepare(peer: Peer, request: ModelRequest): Prepared {
  const { settings, endpoint, memory, window, unreplayed } = peer;
  const known = recall(memory);
  const api = chooseApi(settings.api, known);
  const capped = { ...request, max_output_tokens: replyCap(request, memory, window.known) };
  const form = { model: settings.name, effort: settings.reasoning_effort };
  if (api === "chat") {
    const { isOpenAi } = endpoint;
    const body = renderChatRequest(capped, { ...form, isOpenAi, quirks: known.quirks });
    return { api, quirks: known.quirks, body, optional: () => optionalFields(body) };
  }
  const quirks = known.responses_quirks;
  const body = renderResponsesRequest(capped, {
    ...form,
    quirks,
    isReplayed: (reply) => reply.replay["output_of"] === sourceOf(peer) && !unreplayed.has(reply),
  });
  return { api, quirks, body, optional: () => optionalResponsesFields(body) };
}

/** Names the endpoint and model that can read their own thoughts. */
function sourceOf({ endpoint, settings }: Peer): string {
  return `${settings.name} at ${endpoint.origin}`;
}

async function send(
  peer: Peer,
  { api, body }: Prepared,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<ModelReply | Rejection> {
  try {
    const response = await peer.client.post(PATHS[api], { body, signal }).asResponse();
    return await readResponse(peer, api, response, request);
  } catch (error) {
    if (!(error instanceof APIError) || error.status === undefined) throw error;
    const refusal = readRefusal(error.status, error.error ?? textOf(error));
    const headers = error.headers ?? new Headers();
    return { refusal, fault: refusalFault(refusal, headers, peer.endpoint) };
  }
}

async function readResponse(
  peer: Peer,
  api: ApiName,
  response: Response,
  request: ModelRequest,
): Promise<ModelReply | Rejection> {
  const { endpoint, pricing, newCallId } = peer;
  const text = await response.text();
  const body = parseJson(text);
  const reading = {
    tools: request.may_call_tools ? request.tools : [],
    document: request.document.text,
    newCallId,
    pricing,
    costHeader: response.headers.get("x-litellm-response-cost"),
    source: sourceOf(peer),
  };
  const reply = api === "chat" ? readChatReply(body, reading) : readResponsesReply(body, reading);
  if (reply) return endpoint.withoutSecrets(reply);
  const inside = readErrorInside(body);
  if (inside === null) {
    return { refusal: readRefusal(response.status, body), fault: shapeFault(text, endpoint) };
  }
  const refusal = readRefusal(inside.status, inside.error);
  return { refusal, fault: refusalFault(refusal, response.headers, endpoint) };
}

/** What a refusal teaches about the APIs of an endpoint; null where it does not lead to the other one, or must not. */
function learnTurn(
  { settings, memory }: Peer,
  api: ApiName,
  refusal: Refusal,
  turns: ReadonlyMap<ApiName, Rejection>,
): Learned | null {
  if (settings.api !== "auto") return null;
  const before = [...turns].find(([other]) => other !== api)?.[1].refusal ?? null;
  return learnApi(recall(memory), { api, refusal, before });
}

/** Whether the next form of the request differs, by what a refusal teaches about its fields. */
function adapt(
  { memory, unreplayed }: Peer,
  request: ModelRequest,
  { api, quirks, optional }: Prepared,
  refusal: Refusal,
): boolean {
  if (api === "responses" && isOfReplay(refusal)) {
    const replies = request.messages.flatMap((one) => (one.role === "assistant" ? one.reply : []));
    const fresh = replies.filter((reply) => "output" in reply.replay && !unreplayed.has(reply));
    for (const reply of fresh) unreplayed.add(reply);
    if (fresh.length > 0) return true;
  }
  const learned = learnQuirk(quirks, refusal, optional(), api);
  if (learned === null) return false;
  const known = recall(memory);
  if (api === "responses") {
    memory.keep({ ...known, responses_quirks: learned });
    return true;
  }
  const isSettled = learned.reasoning_effort !== quirks.reasoning_effort;
  const use = isSettled ? api : known.api.use;
  memory.keep({ ...known, quirks: learned, api: { ...known.api, use } });
  return true;
}

/** The text of a refusal that is not JSON; the SDK puts the status before it. */
function textOf(error: APIError): string {
  const text = error.message.replace(/^\d{3} /, "");
  return text === "status code (no body)" ? "" : text;
}
