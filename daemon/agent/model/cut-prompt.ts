import { estimateTokens, rangeOfRequest } from "../tokens.ts";
import type { Calibration } from "../tokens.ts";
import type { ModelRequest } from "./model.ts";

// Allows for a tokenizer that makes fewer tokens than the known ones.
const TOLERANCE = 0.9;
// A conversation only grows, except that a template may leave out earlier thoughts.
const SHRINKING = 0.95;

/**
 * Whether a server read only a part of a request, by the tokens it reports. Some servers (Ollama) leave out the
 * beginning of a prompt that does not fit, without reporting it.
 *
 * A low count alone proves nothing: servers with a cache may count only the new part, and some do not count
 * tokens.
 */
export function isPromptCut(
  request: Pick<ModelRequest, "messages" | "tools">,
  reported: number,
  calibration: Calibration,
): boolean {
  const { messages, tools } = request;
  // All jobs begin with the same messages, so these may be cached; and no server cuts them.
  const system = messages.filter(({ role }) => role === "system");
  if (reported < rangeOfRequest({ messages: system, tools }).least) return false;

  const said = messages.findLastIndex(({ role }) => role === "assistant");
  const added = rangeOfRequest({ messages: said < 0 ? [] : messages.slice(said), tools: [] });
  if (said >= 0 && reported <= estimateTokens(added, calibration)) return false;

  const own = messages.filter(({ role }) => role !== "system");
  if (reported < rangeOfRequest({ messages: own, tools: [] }).least * TOLERANCE) return true;
  const last = messages[said];
  const before = last?.role === "assistant" ? (last.reply.usage?.input_tokens ?? 0) : 0;
  return reported < before * SHRINKING;
}
