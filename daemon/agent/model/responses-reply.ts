import { z } from "zod";
import { isRecord } from "../../core/record.ts";
import { tokenCount } from "../../protocol/plausible.ts";
import { readCalls } from "./calls.ts";
import type { ModelReply, TokenUsage } from "./model.ts";
import {
  readCost,
  type Reading,
  reasoningOf,
  takeWrittenCalls,
  withoutThoughts,
} from "./reading.ts";

// The parts that a response must have; odd values in the rest do not matter.
const responseSchema = z.looseObject({
  // Some servers leave it out.
  status: z.string().nullish(),
  incomplete_details: z.looseObject({ reason: z.string().nullish() }).nullish().catch(null),
  output: z.array(z.unknown()),
  usage: z.unknown().optional(),
});

const usageSchema = z.object({
  input_tokens: tokenCount.positive(),
  output_tokens: tokenCount,
  input_tokens_details: z.object({ cached_tokens: tokenCount }).nullish().catch(null),
  output_tokens_details: z.object({ reasoning_tokens: tokenCount }).nullish().catch(null),
});

const INCOMPLETE: Readonly<Record<string, ModelReply["stop"]>> = {
  max_output_tokens: "length",
  max_tokens: "length",
  content_filter: "filter",
};

/**
 * Reads a response into the shape of the loop; null for a body that is not one, or that reports a failure.
 *
 * @param source the endpoint, as `replay.output_of` names it
 */
export function readResponsesReply(
  body: unknown,
  reading: Reading & { source: string },
): ModelReply | null {
  const response = responseSchema.safeParse(body).data;
  if (!response || response.status === "failed") return null;
  const output = response.output.filter(isRecord);
  const usage = readUsage(response.usage);
  const parts = output.flatMap(partsOf);
  const refusal = textOf(parts, "refusal");
  const reply: ModelReply = {
    text: withoutThoughts(textOf(parts, "output_text") || textOf(parts, "text")) || refusal,
    tool_calls: [],
    stop: "final",
    usage,
    cost_usd: readCost(response.usage, usage, reading),
    replay: { output, output_of: reading.source },
  };
  // Before the calls, since the last call of a reply that was cut off may be cut off too.
  const { status } = response;
  if (status === "incomplete") {
    const reason = response.incomplete_details?.reason ?? "";
    const stop = INCOMPLETE[reason] ?? "unknown";
    return { ...reply, stop, ...(stop === "unknown" && { finish_reason: reason || status }) };
  }
  if (refusal !== "") return { ...reply, stop: "filter" };
  if (status && status !== "completed") return { ...reply, stop: "unknown", finish_reason: status };

  if (reading.tools.length === 0) return reply;
  const asked = output.filter(({ type }) => type === "function_call");
  if (asked.length === 0) return takeWrittenCalls(reply, reading);
  const list = asked.map(({ name, arguments: args }) => ({ function: { name, arguments: args } }));
  return { ...reply, stop: "calls", tool_calls: readCalls(list, reading.newCallId).calls };
}

function partsOf({ type, content }: Record<string, unknown>): Record<string, unknown>[] {
  if (type !== "message") return [];
  if (typeof content === "string") return [{ type: "output_text", text: content }];
  return Array.isArray(content) ? (content as unknown[]).filter(isRecord) : [];
}

/** The texts of all parts of one type; a refusal has its text under its own name. */
function textOf(parts: readonly Record<string, unknown>[], type: string): string {
  return parts
    .filter((part) => part["type"] === type)
    .map((part) => part["text"] ?? part[type])
    .filter((text) => typeof text === "string")
    .join("");
}

function readUsage(usage: unknown): TokenUsage | null {
  const { data } = usageSchema.safeParse(usage);
  if (!data) return null;
  const cached = data.input_tokens_details?.cached_tokens ?? 0;
  return {
    input_tokens: data.input_tokens,
    cached_input_tokens: Math.min(cached, data.input_tokens),
    output_tokens: data.output_tokens,
    ...reasoningOf(data.output_tokens_details),
  };
}
