import { oneLine } from "../../core/one-line.ts";
// Text of titles and paths as Markdown (CommonMark 0.31) that says just that and nothing more.
import { toSafeJson } from "../text.ts";

/** One line of text, in which nothing is markup. */
export function toInline(text: string): string {
  return oneLine(clean(text)).replaceAll(/[\\`*_{}[\]<>#|~&!$=^%]/gu, "\\$&");
}

/** Text without what no editor shows: control characters but line breaks and tabs. */
export function clean(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?/gu, "\n")
    .replaceAll(/(?![\n\t])\p{Cc}/gu, "");
}

/** A path, or other text, as code. */
export function toCode(text: string): string {
  const line = oneLine(clean(text));
  const longest = Math.max(0, ...(line.match(/`+/gu) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = longest > 0 ? " " : "";
  return `${fence}${space}${line}${space}${fence}`;
}

/** A link to another file of the vault, by its relative path with `/`. */
export function toLink(text: string, target: string): string {
  const segments = target
    .split("/")
    .map((segment) =>
      encodeURIComponent(segment).replaceAll(
        /[()'!*~]/gu,
        (character) => `%${character.charCodeAt(0).toString(16)}`,
      ),
    );
  return `[${toInline(text)}](${segments.join("/")})`;
}

/** YAML front matter. Values stand as JSON, which is YAML too, whatever is in them. */
export function toFrontMatter(fields: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${toSafeJson(value, 0)}`);
  return ["---", ...lines, "---", ""].join("\n");
}
