import { z } from "zod";
import { isWrittenCall, readCalls } from "./chat-calls.ts";
import { isRecord } from "../../core/record.ts";
import type { ModelReply, TokenUsage, ToolDescription } from "./model.ts";
import type { Pricing } from "./price.ts";
import { readWrittenCalls } from "./written-calls.ts";

// What a completion must have; what is odd in the rest is left aside.
const completionSchema = z.looseObject({
  choices: z.tuple(
    [
      z.looseObject({
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

const tokens = z.int().nonnegative();
const usageSchema = z.object({
  // Every prompt has tokens: 0 is an endpoint that does not count.
  prompt_tokens: tokens.positive(),
  completion_tokens: tokens,
  prompt_tokens_details: z.object({ cached_tokens: tokens }).nullish().catch(null),
});

// Fields that an endpoint wants back with the message they came with: reasoning of DeepSeek and Kimi, of
// Ollama, of OpenRouter; Gemini's thought signatures.
const REPLAYED = ["reasoning_content", "reasoning", "reasoning_details", "extra_content"];

interface Reading {
  /** The tools that may be called; none in the last iteration. */
  tools: readonly ToolDescription[];
  /** The text that the request is about. */
  document: string;
  newCallId: () => string;
  pricing: Pricing | null;
  /** The header in which LiteLLM says what the request cost, in US dollars. */
  costHeader: string | null;
}

/** A chat completion in the shape the loop reads, or null where the body is none. */
export function readChatReply(body: unknown, reading: Reading): ModelReply | null {
  const completion = completionSchema.safeParse(body).data;
  if (!completion) return null;
  const [{ message, finish_reason }] = completion.choices;
  const finish = finish_reason ?? "";
  if (finish === "error") return null;

  const usage = readUsage(completion.usage);
  const reply: ModelReply = {
    text: withoutThoughts(textOf(message.content)) || (message.refusal ?? ""),
    tool_calls: [],
    stop: "final",
    usage,
    cost_usd: readCost(completion.usage, usage, reading),
    replay: replayOf(message),
  };
  // Before the calls: those of a reply that was cut off may be cut off themselves.
  if (["length", "max_tokens", "model_length"].includes(finish))
    return { ...reply, stop: "length" };
  if (message.refusal || finish === "content_filter") return { ...reply, stop: "filter" };

  // Whether there are calls decides, not the finish reason: servers send both with either.
  if (reading.tools.length === 0) return reply;
  if (!message.tool_calls?.length) {
    return takeWrittenCalls(reply, reading);
  }
  const { calls, replay } = readCalls(message.tool_calls, reading.newCallId);
  if (Object.keys(replay).length > 0) reply.replay["tool_calls"] = replay;
  return { ...reply, stop: "calls", tool_calls: calls };
}

/** The same reply with the calls that stand in its text, or with the word that it has some that must not be run. */
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

/** The text after the model's thoughts, which end with `</think>` and may lack their beginning. */
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

/** The configured price goes first; then what the endpoint says. A reported 0 is no price. */
function readCost(raw: unknown, usage: TokenUsage | null, reading: Reading): number | null {
  const ownCost = usage && (reading.pricing?.costOf(usage) ?? null);
  if (reading.pricing?.source === "config") return ownCost;
  const fields = isRecord(raw) ? raw : {};
  // OpenRouter with the user's own provider key: `cost` is its fee alone.
  const isWhole = fields["is_byok"] !== true;
  const reported = isWhole ? Number(fields["cost"] ?? reading.costHeader) : Number.NaN;
  if (Number.isFinite(reported) && reported > 0) return reported;
  return isWhole ? ownCost : null;
}
