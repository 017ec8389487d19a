import { LIMITS } from "./limits.ts";

// Deeper, all lines begin in the same column: otherwise white space would outgrow the text.
const MAX_INDENT = 20;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** Valid JSON with each member on a line of its own; every value is written as it was. */
export function formatJson(json: string): string {
  const parts: string[] = [];
  let depth = 0;
  let size = 0;
  let previous = "";
  const breakLine = (): void => {
    parts.push(`\n${"  ".repeat(Math.min(depth, MAX_INDENT))}`);
    size += 1 + 2 * Math.min(depth, MAX_INDENT);
  };
  for (const [token] of json.matchAll(TOKEN)) {
    if (size > LIMITS.text_chars) break;
    const closes = token === "}" || token === "]";
    const isEmpty = closes && (previous === "{" || previous === "[");
    if (closes) depth -= 1;
    if (closes ? !isEmpty : previous === "{" || previous === "[" || previous === ",") breakLine();
    parts.push(token === ":" ? ": " : token);
    size += token.length;
    if (token === "{" || token === "[") depth += 1;
    previous = token;
  }
  return `${parts.join("")}\n`;
}
