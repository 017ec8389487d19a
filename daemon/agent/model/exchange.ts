import type OpenAI from "openai";
import { APIError } from "openai";
import { readChatReply, readErrorInside } from "./chat-reply.ts";
import { replyCap } from "./room.ts";
import { optionalFields, renderChatRequest } from "./chat-request.ts";
import type { Endpoint } from "./endpoint.ts";
import { refusalFault, shapeFault } from "./fault.ts";
import { parseJson } from "./json.ts";
import { type ModelMemory, recall } from "./memory.ts";
import type { CompleteOptions, ModelReply, ModelRequest } from "./model.ts";
import type { Pricing } from "./price.ts";
import { learnQuirk, readRefusal } from "./quirks.ts";
import type { WindowFinder } from "./window.ts";

const MAX_NEGOTIATIONS = 3;
// A model that wrote a call that its server cannot read may write it well the next time.
const MAX_REPETITIONS = 2;

/** One model at one endpoint. */
export interface Peer {
  model: string;
  endpoint: Endpoint;
  client: OpenAI;
  pricing: Pricing | null;
  memory: ModelMemory;
  window: WindowFinder;
  newCallId: () => string;
}

/**
 * Sends a request and reads the reply. After a refusal that names a field it sends the request again without
 * that field, at most three times, and keeps in the memory what it learned. Calls that the server could not read are
 * asked for again, at most twice.
 *
 * @throws {RunnerError} for a refusal, or for an answer that is not a completion
 * @throws the SDK's own error if no answer came
 */
export async function exchange(
  peer: Peer,
  request: ModelRequest,
  { signal, onRefused }: CompleteOptions,
): Promise<ModelReply> {
  const { endpoint, memory } = peer;
  let negotiations = 0;
  let repetitions = 0;
  for (;;) {
    const known = recall(memory);
    const body = renderBody(peer, request);
    try {
      const response = await peer.client.chat.completions.create(body, { signal }).asResponse();
      return await readResponse(peer, response, request);
    } catch (error) {
      if (!(error instanceof APIError) || error.status === undefined) throw error;
      const refusal = readRefusal(error.status, error.error ?? textOf(error));
      const quirks = learnQuirk(known.quirks, refusal, optionalFields(body));
      const fault = refusalFault(refusal, error.headers ?? new Headers(), endpoint);
      if (quirks && negotiations < MAX_NEGOTIATIONS) {
        negotiations += 1;
        memory.keep({ ...recall(memory), quirks });
      } else if (fault.code === "bad_tool_calls" && repetitions < MAX_REPETITIONS) {
        repetitions += 1;
      } else {
        throw fault;
      }
      onRefused?.(fault);
    }
  }
}

/** The body of a request, in the form that its endpoint is known to accept. */
export function renderBody(
  { model, endpoint, memory, window }: Peer,
  request: ModelRequest,
): ReturnType<typeof renderChatRequest> {
  const max_output_tokens = replyCap(request, memory, window.known);
  const { quirks } = recall(memory);
  const { isOpenAi } = endpoint;
  return renderChatRequest({ ...request, max_output_tokens }, { model, quirks, isOpenAi });
}

async function readResponse(
  { endpoint, pricing, newCallId }: Peer,
  response: Response,
  request: ModelRequest,
): Promise<ModelReply> {
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
  const inside = readErrorInside(body);
  throw inside === null
    ? shapeFault(text, endpoint)
    : refusalFault(readRefusal(inside.status, inside.error), response.headers, endpoint);
}

/** The text of a refusal that is not JSON; the SDK puts the status before it. */
function textOf(error: APIError): string {
  const text = error.message.replace(/^\d{3} /, "");
  return text === "status code (no body)" ? "" : text;
}
