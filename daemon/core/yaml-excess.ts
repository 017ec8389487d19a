import { Lexer } from "yaml";

/** What a text has too much of, and the line where it becomes too much; lines count from 1. */
export interface Excess {
  of: "entries" | "nesting" | "escapes";
  line: number;
}

// The parser needs some milliseconds for so many: keys, values, brackets, line ends, spaces.
const MAX_TOKENS = 30_000;
const MAX_NESTING = 50;
const MAX_INDENT = 200;
const MAX_BAD_ESCAPES = 20;
// The lexer gives this before a value without quotes; see `CST.SCALAR` of the parser.
const SCALAR = "\u001F";
const BAD_ESCAPE =
  /\\(?:[^0abefnrtvN_LPxuU "/\\\t\r\n]|x(?![\da-f]{2})|u(?![\da-f]{4})|U(?![\da-f]{8}))/gi;

/** What would keep the parser of YAML busy or exhaust its stack, found without it. */
export function findExcess(text: string): Excess | undefined {
  let line = 1;
  let tokens = 0;
  let nesting = 0;
  let isText = false;
  const open = { brackets: 0, inLine: 0 };
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > MAX_TOKENS) return { of: "entries", line };
    if (token.startsWith('"') && (token.match(BAD_ESCAPE)?.length ?? 0) > MAX_BAD_ESCAPES) {
      return { of: "escapes", line };
    }
    if (!isText) nesting = nestingAfter(token, open);
    if (nesting > MAX_NESTING) return { of: "nesting", line };
    isText = token === SCALAR;
    line += token.split("\n").length - 1;
  }
  return undefined;
}

/** How deep the text is nested after a token, by brackets or within one line. Changes what is open. */
function nestingAfter(token: string, open: { brackets: number; inLine: number }): number {
  if (token === "[" || token === "{") open.brackets += 1;
  else if (token === "]" || token === "}") open.brackets = Math.max(0, open.brackets - 1);
  else if (/[\r\n]$/.test(token)) open.inLine = 0;
  else if (/^[-?:]$/.test(token) && open.brackets === 0) open.inLine += 1;
  const isDeep = token.length > MAX_INDENT && /^ +$/.test(token);
  return isDeep ? Infinity : Math.max(open.brackets, open.inLine);
}
