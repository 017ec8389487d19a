import {
  type Calibration,
  estimateTokens,
  rangeOfRequest,
  SCRIPTS,
  type Script,
} from "../tokens.ts";
import type { ModelRequest, TokenUsage } from "./model.ts";

/*
 * Whether a server read the whole of a prompt, judged by the tokens it reports. Some servers (Ollama) leave out the
 * beginning of a prompt that does not fit, without reporting it. A low count alone proves nothing: servers with a
 * cache may count only the new part, and some do not count tokens. What can be proved is a count that no tokenizer
 * and no cache can explain.
 */

/**
 * cut: the server read only a part. whole: as many tokens as the whole prompt may have. part: the conversation that
 * was judged before, of which only the new part is counted. unknown: the count cannot be judged.
 */
export type Verdict = "cut" | "whole" | "part" | "unknown";

/** What earlier requests taught about how an endpoint counts. */
export interface Counted {
  /** Counts of whole prompts in a row, up to `WHOLE_COUNTS`. */
  whole: number;
  /** The lowest share of `TokenRange.most` that a whole prompt had, by its main script. */
  lowest: Partial<Record<Script, number>>;
}

export const NOTHING_COUNTED: Counted = { whole: 0, lowest: {} };

// Allows for a tokenizer that makes fewer tokens than the known ones.
const TOLERANCE = 0.9;
// The known tokenizers make at least this much more than `TokenRange.least` of every text.
const KNOWN_TOKENIZERS = 1.1;
// A text may have fewer tokens than all earlier texts of the endpoint.
const BELOW_LOWEST = 0.85;
// Most texts have at least this share of the highest estimate.
const LIKELY = 0.8;
// A conversation only grows, except that a template may leave out earlier thoughts.
const SHRINKING = 0.95;
// After so many counts of whole prompts an endpoint is known to count all of a prompt.
const WHOLE_COUNTS = 2;
// A request teaches about a script that makes up at least this share of it.
const MAIN_PART = 0.7;

/**
 * Judges the number of tokens that a server reports for a request.
 *
 * @param learned what earlier requests taught about the same model at the same endpoint
 */
export function judgeCount(
  request: Pick<ModelRequest, "messages" | "tools">,
  { input_tokens: reported, output_tokens }: Pick<TokenUsage, "input_tokens" | "output_tokens">,
  { calibration, counted }: { calibration: Calibration; counted: Counted },
): Verdict {
  const { messages, tools } = request;
  // All jobs begin with the same messages, so these may be cached; and no server cuts them.
  const system = messages.filter(({ role }) => role === "system");
  if (reported < rangeOfRequest({ messages: system, tools }).least) return "unknown";

  const said = messages.findLastIndex(({ role }) => role === "assistant");
  const added = rangeOfRequest({ messages: said < 0 ? [] : messages.slice(said), tools: [] });
  if (said >= 0 && reported <= estimateTokens(added, calibration)) return "part";

  const own = messages.filter(({ role }) => role !== "system");
  if (reported < rangeOfRequest({ messages: own, tools: [] }).least * TOLERANCE) return "cut";
  const before = tokensBefore(messages.slice(0, said + 1));
  if (reported < before * SHRINKING) return "cut";

  const { least } = rangeOfRequest(request);
  if (isAtWindow(reported) || isAtWindow(reported + output_tokens)) {
    if (reported < likelyTokens(messages, least, counted)) return "cut";
    // It grew by less than what was added.
    if (isAtWindow(reported) && before > 0 && reported < before + added.least * TOLERANCE) {
      return "cut";
    }
    const likely = estimateTokens(rangeOfRequest({ messages, tools: [] }), calibration) * LIKELY;
    if (reported < likely) return "unknown";
  }
  if (reported >= least) return "whole";
  return counted.whole >= WHOLE_COUNTS && reported < least * TOLERANCE ? "cut" : "unknown";
}

/** The tokens of the last prompt without the thoughts in it, which a template or another API may leave out. */
function tokensBefore(messages: ModelRequest["messages"]): number {
  const usages = messages.flatMap((one) => (one.role === "assistant" ? [one.reply.usage] : []));
  const thoughts = usages.slice(0, -1).reduce((sum, one) => sum + (one?.reasoning_tokens ?? 0), 0);
  return Math.max(0, (usages.at(-1)?.input_tokens ?? 0) - thoughts);
}

/** What a judged count teaches about how its endpoint counts. */
export function learnCount(
  request: Pick<ModelRequest, "messages" | "tools">,
  reported: number,
  verdict: Verdict,
  known: Counted,
): Counted {
  if (verdict === "unknown") return { ...known, whole: 0 };
  if (verdict !== "whole") return known;
  const whole = Math.min(known.whole + 1, WHOLE_COUNTS);
  const { most } = rangeOfRequest(request);
  const all = SCRIPTS.reduce((sum, script) => sum + (most[script] ?? 0), 0);
  const main = SCRIPTS.find((script) => (most[script] ?? 0) >= all * MAIN_PART);
  if (main === undefined) return { ...known, whole };
  const share = Math.floor((reported / all) * 1_000) / 1_000;
  const lowest = Math.min(known.lowest[main] ?? share, share);
  return { whole, lowest: { ...known.lowest, [main]: lowest } };
}

/** The tokens below which a count is too low for the known tokenizers, and for what the endpoint counted before. */
function likelyTokens(
  messages: ModelRequest["messages"],
  least: number,
  { lowest }: Counted,
): number {
  // Without the tools: a server renders them in a form of its own, which may be much shorter.
  const { most } = rangeOfRequest({ messages, tools: [] });
  const learned = SCRIPTS.reduce(
    (sum, script) => sum + (most[script] ?? 0) * (lowest[script] ?? 0),
    0,
  );
  return Math.max(least * KNOWN_TOKENIZERS, learned * BELOW_LOWEST);
}

// The sizes that windows have: 2,048 · 2ⁿ, 2,000 · 2ⁿ, and three or five times a power of two in between.
const WINDOWS = [2_048, 2_000, 3_072, 3_000, 2_560, 2_500].flatMap((least) =>
  Array.from({ length: 10 }, (_, doublings) => least * 2 ** doublings),
);
// A server may keep a few tokens free, or not count those around the prompt.
const FREE = 32;

/** Whether so many tokens fill a window of a usual size. */
function isAtWindow(tokens: number): boolean {
  return WINDOWS.some((window) => tokens <= window && tokens >= window - FREE);
}
