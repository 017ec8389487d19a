import { z } from "zod";
import { isWrittenCall, readCalls } from "./calls.ts";
import { isRecord } from "../../core/record.ts";
import { requestUsd, tokenCount } from "../../protocol/plausible.ts";
import type { ModelReply, TokenUsage, ToolDescription } from "./model.ts";
import type { Pricing } from "./price.ts";
import { readWrittenCalls } from "./written-calls.ts";

// The parts that a completion must have; odd values in the rest do not matter.
const completionSchema = z.looseObject({
  choices: z.tuple(
    [
      z.looseObject({
        // OpenRouter reports a provider that failed in the middle of a reply here.
        error: z.unknown().optional(),
        finish_reason: z.string().nullish(),
        message: z.looseObject({
          content: z.unknown().optional(),
          tool_calls: z.array(z.unknown()).nullish(),
          refusal: z.string().nullish().catch(null),
        }),
      }),
    ],
    z.unknown(),
  ),
  usage: z.unknown().optional(),
});

const usageSchema = z.object({
  // Every prompt has tokens: an endpoint that reports 0 does not count them.
  prompt_tokens: tokenCount.positive(),
  completion_tokens: tokenCount,
  prompt_tokens_details: z.object({ cached_tokens: tokenCount }).nullish().catch(null),
});

// "stop" and what some servers say instead: OpenAI, Anthropic, TGI, Cohere, vLLM. With calls, some give one of the others.
const ENDS: ReadonlySet<string> = new Set([
  "",
  "stop",
  "tool_calls",
  "tool_call",
  "tool_use",
  "function_call",
  "end_turn",
  "stop_sequence",
  "eos",
  "eos_token",
  "complete",
]);
const CUTS: ReadonlySet<string> = new Set(["length", "max_tokens", "model_length"]);
// Zhipu says "sensitive".
const FILTERS: ReadonlySet<string> = new Set(["content_filter", "sensitive"]);

// Fields that an endpoint requires back with their message: the reasoning of DeepSeek and Kimi, of Ollama, of
// OpenRouter; Gemini's thought signatures.
const REPLAYED = ["reasoning_content", "reasoning", "reasoning_details", "extra_content"];

/** What a reply is read with. */
interface Reading {
  /** The tools that may be called; none in the last iteration. */
  tools: readonly ToolDescription[];
  /** The text of the document. */
  document: string;
  newCallId: () => string;
  pricing: Pricing | null;
  /** LiteLLM's header with the cost of the request in US dollars. */
  costHeader: string | null;
}

/** Reads a chat completion into the shape of the loop; null for a body that is not a completion. */
export function readChatReply(body: unknown, reading: Reading): ModelReply | null {
  const completion = completionSchema.safeParse(body).data;
  if (!completion) return null;
  const [{ message, finish_reason, error }] = completion.choices;
  const finish = (finish_reason ?? "").toLowerCase();
  if (isRecord(error)) return null;

  const usage = readUsage(completion.usage);
  const reply: ModelReply = {
    text: withoutThoughts(textOf(message.content)) || (message.refusal ?? ""),
    tool_calls: [],
    stop: "final",
    usage,
    cost_usd: readCost(completion.usage, usage, reading),
    replay: replayOf(message),
  };
  // Before the calls, since the calls of a reply that was cut off may be cut off too.
  if (CUTS.has(finish)) return { ...reply, stop: "length" };
  if (message.refusal || FILTERS.has(finish)) return { ...reply, stop: "filter" };
  // It may have ended before its end: DeepSeek says "insufficient_system_resource", vLLM "abort".
  if (!ENDS.has(finish)) return { ...reply, stop: "unknown", finish_reason: finish };

  // Decide by the calls, not by the finish reason: some servers send any of these reasons with calls.
  if (reading.tools.length === 0) return reply;
  if (!message.tool_calls?.length) {
    return takeWrittenCalls(reply, reading);
  }
  const { calls, replay } = readCalls(message.tool_calls, reading.newCallId);
  if (Object.keys(replay).length > 0) reply.replay["tool_calls"] = replay;
  return { ...reply, stop: "calls", tool_calls: calls };
}

/**
 * The error that a body with status 200 reports, with its status (502 for a code that is not a status); null: it
 * reports no error. OpenRouter sends faults of the provider behind it so, before the reply or in its only choice. An error
 * without a code is what servers answer to a path that they do not have.
 */
export function readErrorInside(body: unknown): { status: number; error: unknown } | null {
  if (!isRecord(body)) return null;
  const choices: unknown = body["choices"];
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const ofChoice = isRecord(choice) ? choice["error"] : undefined;
  const error = body["error"] ?? ofChoice;
  if (!isRecord(error) || (error !== ofChoice && (error["code"] ?? null) === null)) return null;
  const status = Number(error["code"]);
  return { status: status >= 400 && status < 600 ? status : 502, error };
}

/** The reply with the calls from its text, or with `stop: "written"` if its text has calls that must not be run. */
function takeWrittenCalls(reply: ModelReply, { tools, document, newCallId }: Reading): ModelReply {
  const written = readWrittenCalls(reply.text, tools, document);
  if (written !== null) {
    const list = written.calls.map((call) => ({ function: call }));
    const { calls: tool_calls } = readCalls(list, newCallId);
    return { ...reply, text: written.rest, stop: "calls", tool_calls, rescued: true };
  }
  const names = tools.map(({ name }) => name);
  return isWrittenCall(reply.text, names) ? { ...reply, stop: "written" } : reply;
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) =>
      isRecord(part) && part["type"] === "text" && typeof part["text"] === "string"
        ? part["text"]
        : "",
    )
    .join("");
}

/** The text after the model's thoughts, which end with `</think>` and may have no opening tag. */
function withoutThoughts(text: string): string {
  const answer = text.split("</think>").at(-1) ?? "";
  return answer.trimStart().startsWith("<think>") ? "" : answer.trim();
}

function replayOf(message: Record<string, unknown>): Record<string, unknown> {
  // Kimi refuses an empty text here.
  const fields = REPLAYED.filter((field) => message[field]);
  return Object.fromEntries(fields.map((field) => [field, message[field]]));
}

function readUsage(usage: unknown): TokenUsage | null {
  const { data } = usageSchema.safeParse(usage);
  if (!data) return null;
  const cached = data.prompt_tokens_details?.cached_tokens ?? 0;
  return {
    input_tokens: data.prompt_tokens,
    cached_input_tokens: Math.min(cached, data.prompt_tokens),
    output_tokens: data.completion_tokens,
  };
}

/** The cost by the configured price, else as the endpoint reports it. A reported 0, or a sum that no request can cost, does not count. */
function readCost(raw: unknown, usage: TokenUsage | null, reading: Reading): number | null {
  const ownCost = usage && (reading.pricing?.costOf(usage) ?? null);
  if (reading.pricing?.source === "config") return ownCost;
  const fields = isRecord(raw) ? raw : {};
  // OpenRouter with the user's own provider key: `cost` is only its fee.
  const isWhole = fields["is_byok"] !== true;
  if (!isWhole) return null;
  const said = fields["cost"] ?? reading.costHeader;
  const reported = requestUsd.safeParse(typeof said === "string" ? Number(said) : said).data ?? 0;
  return reported > 0 ? reported : ownCost;
}
