import { z } from "zod";
import { isRecord } from "../../core/record.ts";
import { tokenCount } from "../../protocol/plausible.ts";
import { readCalls } from "./calls.ts";
import type { ModelReply, TokenUsage } from "./model.ts";
import {
  readCost,
  reasoningOf,
  type Reading,
  takeWrittenCalls,
  withoutThoughts,
} from "./reading.ts";

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
  completion_tokens_details: z.object({ reasoning_tokens: tokenCount }).nullish().catch(null),
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
// OpenRouter; Claude's signed thoughts behind LiteLLM (https://docs.litellm.ai/docs/reasoning_content); Gemini's
// thought signatures.
const REPLAYED = [
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "thinking_blocks",
  "extra_content",
];

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

function replayOf(message: Record<string, unknown>): Record<string, unknown> {
  // Kimi and DeepSeek require an empty one back too: https://github.com/MoonshotAI/kimi-cli/pull/2498
  const fields = REPLAYED.filter(
    (field) => message[field] || (field === "reasoning_content" && message[field] === ""),
  );
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
    ...reasoningOf(data.completion_tokens_details),
  };
}
