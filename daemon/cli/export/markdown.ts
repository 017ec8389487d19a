// Turns titles and paths into Markdown (CommonMark 0.31) that shows exactly their text.
import { oneLine } from "../../core/one-line.ts";
import { visibleText } from "../../core/visible-text.ts";
import { toSafeJson } from "../text.ts";
import { breakSchemes } from "./inert.ts";

/** One line of text, with all markup escaped. */
export function toInline(text: string): string {
  return breakSchemes(oneLine(visibleText(text)).replaceAll(/[\\`*_{}[\]<>#|~&!$=^%]/gu, "\\$&"));
}

/** The text without control characters, except line breaks and tabs. */
export function clean(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?/gu, "\n")
    .replaceAll(/(?![\n\t])\p{Cc}/gu, "");
}

/** A path or other text as code. */
export function toCode(text: string): string {
  // Templater looks into code, too.
  const line = oneLine(visibleText(text)).replaceAll("<%", "< %");
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

/** YAML front matter. Values are written as JSON, which is always valid YAML. */
export function toFrontMatter(fields: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(fields).map(
    ([key, value]) => `${key}: ${toSafeJson(toValue(value), 0).replaceAll("<", "\\u003c")}`,
  );
  return ["---", ...lines, "---", ""].join("\n");
}

/** A value that Obsidian shows as text: neither a link of a wiki nor an address that leads out of the web. */
function toValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value !== "string") return value;
  return visibleText(value)
    .replaceAll(/\[(?=\[)/gu, "[ ")
    .replace(LOCAL_ADDRESS, "$& ");
}

const LOCAL_ADDRESS = /^\s*(?!https?:|mailto:)[a-z][a-z0-9+.-]*:(?=[^\s\d])(?!.*\s)/iu;
