import { isRecord } from "../../core/record.ts";
import { requestUsd } from "../../protocol/plausible.ts";
import { isWrittenCall, readCalls } from "./calls.ts";
import type { ModelReply, TokenUsage, ToolDescription } from "./model.ts";
import type { Pricing } from "./price.ts";
import { readWrittenCalls } from "./written-calls.ts";

/* What is the same in the replies of every API. */

/** What a reply is read with. */
export interface Reading {
  /** The tools that may be called; none in the last iteration. */
  tools: readonly ToolDescription[];
  /** The text of the document. */
  document: string;
  newCallId: () => string;
  pricing: Pricing | null;
  /** LiteLLM's header with the cost of the request in US dollars. */
  costHeader: string | null;
}

/** The reply with the calls from its text, or with `stop: "written"` if its text has calls that must not be run. */
export function takeWrittenCalls(
  reply: ModelReply,
  { tools, document, newCallId }: Reading,
): ModelReply {
  const written = readWrittenCalls(reply.text, tools, document);
  if (written !== null) {
    const list = written.calls.map((call) => ({ function: call }));
    const { calls: tool_calls } = readCalls(list, newCallId);
    return { ...reply, text: written.rest, stop: "calls", tool_calls, rescued: true };
  }
  const names = tools.map(({ name }) => name);
  return isWrittenCall(reply.text, names) ? { ...reply, stop: "written" } : reply;
}

/** The text after the model's thoughts, which end with `</think>` and may have no opening tag. */
export function withoutThoughts(text: string): string {
  const answer = text.split("</think>").at(-1) ?? "";
  return answer.trimStart().startsWith("<think>") ? "" : answer.trim();
}

/** The part of usage that counts thoughts; left out where an endpoint does not report it. */
export function reasoningOf(
  details: { reasoning_tokens: number } | null | undefined,
): Pick<TokenUsage, "reasoning_tokens"> {
  return details ? { reasoning_tokens: details.reasoning_tokens } : {};
}

/** The cost by the configured price, else as the endpoint reports it. A reported 0, or a sum that no request can cost, does not count. */
export function readCost(raw: unknown, usage: TokenUsage | null, reading: Reading): number | null {
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
  const status = error["code"] === "rate_limit_exceeded" ? 429 : Number(error["code"]);
  return { status: status >= 400 && status < 600 ? status : 502, error };
}
