import { LIMITS } from "./limits.ts";

// Deeper lines get no more indent, or white space would outgrow the text.
const MAX_INDENT = 20;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** Writes each member of valid JSON on its own line, and leaves every value as it is. */
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
