import { isRecord } from "../core/record.ts";
import type { Message, ModelReply, ToolDescription } from "./model/model.ts";

/*
 * Estimates the tokens of a request from the kinds of its characters, since no tokenizer fits every model.
 * A text has two numbers: the most tokens that tokenizers in use make of it, for plans and budgets, and the
 * least, below which a reported count cannot be of the whole text. Reported counts correct the first number,
 * script by script. Loads nothing and asks no server.
 *
 * The weights come from the Universal Declaration of Human Rights in 34 languages, code, CSV, HTML and JSON
 * under o200k, cl100k, Llama 3, Mistral and Claude's published tokenizer. A tokenizer package is right for one
 * model and wrong for the rest: o200k makes a sixth of the tokens that cl100k makes of Georgian.
 */

export const SCRIPTS = [
  "latin",
  "greek",
  "cyrillic",
  "armenian",
  "arabic",
  "devanagari",
  "indic",
  "thai",
  "cjk",
  "symbol",
  "other",
] as const;

/** A group of characters that tokenizers treat alike; Latin includes all of ASCII. */
export type Script = (typeof SCRIPTS)[number];

/** The number of tokens of a text under any tokenizer. */
export interface TokenRange {
  /** Tokens at most, by script, before calibration. */
  most: Partial<Record<Script, number>>;
  /** Tokens at least, of all scripts together. */
  least: number;
}

type Weight = readonly [from: number, script: Script, most: number, least: number];

// Tokens of one character, from this code point to the next. Below 0x80 see `rangeOfText`.
const WEIGHTS: readonly Weight[] = [
  [0x80, "latin", 1.3, 0.35],
  [0x3_70, "greek", 1.3, 0.3],
  [0x4_00, "cyrillic", 0.75, 0.22],
  [0x5_30, "armenian", 2.2, 0.25],
  [0x5_90, "arabic", 1.35, 0.3],
  [0x9_00, "devanagari", 1.4, 0.25],
  [0x9_80, "indic", 2.6, 0.28],
  [0xe_00, "thai", 1.3, 0.35],
  [0xe_80, "other", 3, 0.28],
  [0x1e_00, "latin", 1.5, 0.4],
  [0x1f_00, "greek", 2, 0.5],
  [0x20_00, "symbol", 1.8, 0.3],
  [0x30_00, "cjk", 1.5, 0.45],
  [0x34_00, "cjk", 1.6, 0.5],
  [0xa0_00, "other", 3, 0.28],
  [0xac_00, "cjk", 1.5, 0.4],
  [0xd7_b0, "other", 3, 0.28],
  [0x1_00_00, "symbol", 3, 0.5],
];

// The index in `WEIGHTS` of every 16 code points of the first plane: each range begins at a multiple of 16.
const INDEX = Uint8Array.from({ length: 0x10_00 }, (_, block) =>
  Math.max(
    0,
    WEIGHTS.findLastIndex(([from]) => from <= block << 4),
  ),
);

/** The tokens of a text. */
export function rangeOfText(text: string): TokenRange {
  const counts = new Uint32Array(WEIGHTS.length);
  let latin = 0;
  let least = 0;
  for (let at = 0; at < text.length;) {
    const first = text.charCodeAt(at);
    if (first >= 0x80) {
      const isPair = first >= 0xd8_00 && first < 0xdc_00;
      const index = isPair ? WEIGHTS.length - 1 : (INDEX[first >> 4] ?? 0);
      counts[index] = (counts[index] ?? 0) + 1;
      at += isPair ? 2 : 1;
      continue;
    }
    const start = at;
    if (isLower(first) || isUpper(first)) {
      at += 1;
      const isShouted = isUpper(first) && isUpper(text.charCodeAt(at));
      const isSame = isShouted ? isUpper : isLower;
      while (isSame(text.charCodeAt(at))) at += 1;
      const length = at - start;
      latin += isShouted ? Math.max(1, length * 0.45) : tokensOfWord(length);
      // Next to accented letters it is part of a word.
      const isWhole = !(text.charCodeAt(start - 1) >= 0x80 || text.charCodeAt(at) >= 0x80);
      if (isShouted) least += length * 0.15;
      else least += isWhole ? 0.9 : 0.1;
    } else if (isDigit(first)) {
      // One by one in some tokenizers, three by three in others.
      while (isDigit(text.charCodeAt(at))) at += 1;
      latin += (at - start) * 1.1;
      least += (at - start) / 3;
    } else {
      // A run of marks or blanks makes few tokens.
      const isSpace = first === 0x20;
      const isSame = isSpace ? (code: number): boolean => code === 0x20 : isMark;
      at += 1;
      while (isSame(text.charCodeAt(at))) at += 1;
      const more = at - start - 1;
      // A single space belongs to the word after it.
      if (isSpace && more === 0 && !isDigit(text.charCodeAt(at))) continue;
      latin += isSpace ? 1 + more / 16 : 0.95 + Math.min(more, 8) * 0.4 + Math.max(0, more - 8) / 5;
      least += 0.3;
    }
  }
  const range: TokenRange = { most: latin > 0 ? { latin } : {}, least };
  for (const [index, [, script, most, low]] of WEIGHTS.entries()) {
    const count = counts[index] ?? 0;
    if (count > 0) add(range, { most: { [script]: count * most }, least: count * low });
  }
  return range;
}

/** Most English words are one token; long words often belong to languages that tokenizers know less well. */
function tokensOfWord(length: number): number {
  if (length <= 3) return 1.1;
  if (length <= 6) return 1.4;
  return length <= 9 ? 2 + (length - 7) * 0.3 : length / 3;
}

function isLower(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

/** Whether it is any other ASCII character except the space, also a line end. */
function isMark(code: number): boolean {
  return code < 0x80 && code !== 0x20 && !isLower(code) && !isUpper(code) && !isDigit(code);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

// The tokens that a chat template puts around each message, and around each tool.
const TOKENS_AROUND = 8;

// Every request counts the whole conversation again, and most of it is unchanged.
const rangesOfMessages = new WeakMap<Message, TokenRange>();
const rangesOfTools = new WeakMap<readonly ToolDescription[], TokenRange>();

/** The tokens of a request with all its messages and tools. */
export function rangeOfRequest(request: {
  messages: readonly Message[];
  tools: readonly ToolDescription[];
}): TokenRange {
  const tools = rangesOfTools.get(request.tools) ?? rangeOfText(JSON.stringify(request.tools));
  rangesOfTools.set(request.tools, tools);
  // A server renders the tools in a form of its own, which may be much shorter than JSON.
  const total: TokenRange = { most: { ...tools.most }, least: tools.least / 3 };
  for (const message of request.messages) {
    const range = rangesOfMessages.get(message) ?? rangeOfMessage(message);
    rangesOfMessages.set(message, range);
    add(total, range);
  }
  const around = (request.messages.length + request.tools.length) * TOKENS_AROUND;
  total.most.latin = (total.most.latin ?? 0) + around;
  return total;
}

function rangeOfMessage(message: Message): TokenRange {
  if (message.role !== "assistant") return rangeOfText(message.content);
  const { text, tool_calls: calls, replay } = message.reply;
  const said = calls.map(({ name, arguments: args }) => `${name}${JSON.stringify(args ?? {})}`);
  const range = rangeOfText([text, ...said].join("\n"));
  // Some servers count replayed thoughts, others do not.
  if (Object.keys(replay).length > 0) add(range, { most: mostOfThoughts(message.reply), least: 0 });
  return range;
}

/** Encrypted thoughts are much longer than what they count as; the rest of an output counts as text and calls. */
function mostOfThoughts({ replay, usage }: ModelReply): TokenRange["most"] {
  const { output } = replay;
  if (!Array.isArray(output)) return rangeOfText(JSON.stringify(replay)).most;
  const counted = usage?.reasoning_tokens;
  if (counted !== undefined) return { latin: counted };
  const thoughts = (output as unknown[]).filter(
    (item) => isRecord(item) && item["type"] === "reasoning",
  );
  return rangeOfText(JSON.stringify(thoughts)).most;
}

function add(total: TokenRange, { most, least }: TokenRange): void {
  for (const script of SCRIPTS) {
    const tokens = most[script];
    if (tokens !== undefined) total.most[script] = (total.most[script] ?? 0) + tokens;
  }
  total.least += least;
}

/** What was learned about one model: its real share of `most`, by script. */
export type Calibration = Partial<Record<Script, number>>;

/** The most tokens that a model will count, by the present calibration. */
export function estimateTokens({ most, least }: TokenRange, calibration: Calibration): number {
  const tokens = SCRIPTS.reduce(
    (sum, script) => sum + (most[script] ?? 0) * (calibration[script] ?? 1),
    0,
  );
  return Math.ceil(Math.max(tokens, least));
}

// A request teaches about a script that makes up at least this share of it.
const MAIN_PART = 0.7;
// The share of a downward correction that is taken at once; an upward correction is taken whole.
const STEP_DOWN = 0.4;
const HIGHEST = 2;
const LOWEST = 0.1;
// Latin is many languages: English tokens say little about the next file in Finnish.
const LOWEST_LATIN = 0.7;

/**
 * The calibration after a model reported the tokens of a whole request. The share falls slowly, so that a few
 * easy texts do not make the estimate of the next one too low.
 */
export function calibrate(known: Calibration, { most }: TokenRange, reported: number): Calibration {
  const all = SCRIPTS.reduce((sum, script) => sum + (most[script] ?? 0), 0);
  const main = SCRIPTS.find((script) => (most[script] ?? 0) >= all * MAIN_PART);
  const own = main === undefined ? undefined : most[main];
  if (main === undefined || own === undefined || own === 0) return known;
  const rest = estimateTokens({ most: { ...most, [main]: 0 }, least: 0 }, known);
  const lowest = main === "latin" ? LOWEST_LATIN : LOWEST;
  const seen = Math.min(Math.max((reported - rest) / own, lowest), HIGHEST);
  const before = known[main] ?? 1;
  const part = seen > before ? seen : before + (seen - before) * STEP_DOWN;
  return { ...known, [main]: Math.round(part * 1000) / 1000 };
}
