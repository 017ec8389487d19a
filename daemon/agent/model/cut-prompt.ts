import { estimateTokens, rangeOfRequest } from "../tokens.ts";
import type { Calibration } from "../tokens.ts";
import type { ModelRequest } from "./model.ts";

// How much less than the least a tokenizer may make of a text, since there may be a thriftier one.
const TOLERANCE = 0.9;
// A conversation grows, but for thoughts that a template leaves out of what was said before.
const SHRINKING = 0.95;

/**
 * Whether a server read less of a request than it was sent, by the tokens it says it read. Some (Ollama)
 * leave out what does not fit, from the front, and say nothing.
 *
 * A count that is not of the whole prompt accuses nobody: servers that leave out what they had cached count
 * only what is new, and some count nothing like tokens.
 */
export function isPromptCut(
  request: Pick<ModelRequest, "messages" | "tools">,
  reported: number,
  calibration: Calibration,
): boolean {
  const { messages, tools } = request;
  // Every job begins alike, so this much may be cached; and no server cuts it.
  const standing = messages.filter(({ role }) => role === "system");
  if (reported < rangeOfRequest({ messages: standing, tools }).least) return false;

  const said = messages.findLastIndex(({ role }) => role === "assistant");
  const added = rangeOfRequest({ messages: said < 0 ? [] : messages.slice(said), tools: [] });
  if (said >= 0 && reported <= estimateTokens(added, calibration)) return false;

  const own = messages.filter(({ role }) => role !== "system");
  if (reported < rangeOfRequest({ messages: own, tools: [] }).least * TOLERANCE) return true;
  const last = messages[said];
  const before = last?.role === "assistant" ? (last.reply.usage?.input_tokens ?? 0) : 0;
  return reported < before * SHRINKING;
}
