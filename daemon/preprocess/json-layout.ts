import { LIMITS } from "./limits.ts";

// Deeper lines get no more indent, or white space would outgrow the text.
const MAX_INDENT = 20;
// A longer value is mostly data, which is left out later.
const COUNTED_CHARS = 10_000;
const SIGN_OR_WORD = /\s*([{}[\],:]|[^\s"{}[\],:]+)?/uy;

/** Writes each member of valid JSON on its own line. Every value stays as it is, with its characters not escaped. */
export function formatJson(json: string): string {
  const parts: string[] = [];
  let depth = 0;
  let size = 0;
  let previous = "";
  const breakLine = (): void => {
    parts.push(`\n${"  ".repeat(Math.min(depth, MAX_INDENT))}`);
    size += 1 + 2 * Math.min(depth, MAX_INDENT);
  };
  for (const token of readTokens(json)) {
    if (size > LIMITS.text_chars) break;
    const closes = token === "}" || token === "]";
    const isEmpty = closes && (previous === "{" || previous === "[");
    if (closes) depth -= 1;
    if (closes ? !isEmpty : previous === "{" || previous === "[" || previous === ",") breakLine();
    const shown = token.startsWith('"') ? unescape(token) : token;
    parts.push(token === ":" ? ": " : shown);
    size += Math.min(shown.length, COUNTED_CHARS);
    if (token === "{" || token === "[") depth += 1;
    previous = token;
  }
  return `${parts.join("")}\n`;
}

function* readTokens(json: string): Generator<string> {
  for (let at = 0; at < json.length;) {
    if (json[at] === '"') {
      const end = endOfString(json, at);
      yield json.slice(at, end);
      at = end;
      continue;
    }
    SIGN_OR_WORD.lastIndex = at;
    const [whole = "", token] = SIGN_OR_WORD.exec(json) ?? [];
    if (token !== undefined) yield token;
    at += Math.max(1, whole.length);
  }
}

/** The place after a string: a pattern would run out of stack in a long one. */
function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let slashes = 0;
    while (json[at - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
  return json.length;
}

/** A JSON string with letters where it has their numbers. */
function unescape(token: string): string {
  return /\\[u/]/u.test(token) ? JSON.stringify(JSON.parse(token)) : token;
}
