import type { Message, ToolDescription } from "./model/model.ts";

/*
 * How many tokens a request has, before anybody counts them: from the kinds of characters it holds, since
 * no tokenizer is every model's. A text has two numbers: the most that tokenizers in use make of it, which
 * plans and budgets go by, and the least, below which a reported count cannot be of the whole text. What
 * endpoints report brings the first nearer, script by script. Loads nothing and asks nobody.
 *
 * The weights are of the Universal Declaration of Human Rights in 34 languages, code, CSV, HTML and JSON
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

/** Scripts that tokenizers treat alike; Latin has ASCII with its digits and marks in it. */
export type Script = (typeof SCRIPTS)[number];

/** What a text comes to under any tokenizer. */
export interface TokenRange {
  /** Tokens at most, by script, before calibration. */
  most: Partial<Record<Script, number>>;
  /** Tokens at least, all of it. */
  least: number;
}

type Weight = readonly [from: number, script: Script, most: number, least: number];

// Tokens of one character, by the code point from which on they hold. Below 0x80 see `rangeOfText`.
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

// The index in `WEIGHTS` of every 16 code points of the first plane: all ranges begin at such a border.
const INDEX = Uint8Array.from({ length: 0x10_00 }, (_, block) =>
  Math.max(
    0,
    WEIGHTS.findLastIndex(([from]) => from <= block << 4),
  ),
);

/** What a text comes to. */
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
      // Between accented letters it is part of a word.
      const isWhole = !(text.charCodeAt(start - 1) >= 0x80 || text.charCodeAt(at) >= 0x80);
      if (isShouted) least += length * 0.15;
      else least += isWhole ? 0.9 : 0.1;
    } else if (isDigit(first)) {
      // One by one in some tokenizers, three by three in others.
      while (isDigit(text.charCodeAt(at))) at += 1;
      latin += (at - start) * 1.1;
      least += (at - start) / 3;
    } else {
      // Marks that stand together, and blanks, are few tokens.
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

/** English words are mostly one token; long ones are often of languages that tokenizers know less well. */
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

/** Any other of ASCII but the space, also a line end. */
function isMark(code: number): boolean {
  return code < 0x80 && code !== 0x20 && !isLower(code) && !isUpper(code) && !isDigit(code);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

// What a chat template puts around each message, and around each tool.
const TOKENS_AROUND = 8;

// A conversation is weighed with every request, and most of it is as before.
const rangesOfMessages = new WeakMap<Message, TokenRange>();
const rangesOfTools = new WeakMap<readonly ToolDescription[], TokenRange>();

/** What a request comes to, with all its messages and tools. */
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
  // Whether a server counts thoughts that are replayed is its own affair.
  if (Object.keys(replay).length > 0) {
    add(range, { most: rangeOfText(JSON.stringify(replay)).most, least: 0 });
  }
  return range;
}

function add(total: TokenRange, { most, least }: TokenRange): void {
  for (const script of SCRIPTS) {
    const tokens = most[script];
    if (tokens !== undefined) total.most[script] = (total.most[script] ?? 0) + tokens;
  }
  total.least += least;
}

/** What was learned of one model: the part of `most` that it really makes, by script. */
export type Calibration = Partial<Record<Script, number>>;

/** How many tokens a model will count, at most by all that is known. */
export function estimateTokens({ most, least }: TokenRange, calibration: Calibration): number {
  const tokens = SCRIPTS.reduce(
    (sum, script) => sum + (most[script] ?? 0) * (calibration[script] ?? 1),
    0,
  );
  return Math.ceil(Math.max(tokens, least));
}

// A request tells of a script when that makes up this part of it.
const MAIN_PART = 0.7;
// How much of a smaller count is believed at once; a larger one is at once believed whole.
const STEP_DOWN = 0.4;
const HIGHEST = 2;
const LOWEST = 0.1;
// Latin is many languages: what English comes to says little of the next file in Finnish.
const LOWEST_LATIN = 0.7;

/**
 * What is known after a model reported how many tokens a whole request had. The part only sinks slowly, so
 * that what comes after a few easy texts is not taken for less than it is.
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
