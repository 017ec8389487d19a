import type { Warning } from "../protocol/warning.ts";
import { LineCounter, parseDocument } from "yaml";
import { isRecord } from "../core/record.ts";
import { findExcess } from "../core/yaml-excess.ts";
import type { Document } from "../protocol/document.ts";
import { cleanText } from "./clean.ts";
import { LIMITS } from "./limits.ts";

/** The front matter of a text, and the text without it. */
export interface FrontMatter {
  metadata: Document["metadata"];
  body: string;
  /** How many lines at the start of `body` are front matter that could not be read. */
  unread_lines: number;
  warnings: Warning[];
}

// A field must follow at once. Otherwise the line is a rule, and text between rules must not vanish.
const START = /^---[ \t]*(?=\n[^\s#:-][^:\n]*:\s)/;
const END = /\n(?:---|\.\.\.)[ \t]*(?:\n|$)/;

/**
 * Takes the YAML between `---` on the first line and the next `---` or `...` out of a clean text. Leaves it in
 * the text if it cannot be read or is no mapping, so that nothing is lost.
 */
export function readFrontMatter(text: string): FrontMatter {
  const none = { metadata: {}, body: text, unread_lines: 0, warnings: [] };
  const start = START.exec(text);
  const end = start && END.exec(text);
  if (!end) return none;
  const yaml = text.slice(start[0].length, end.index);
  const unread = (why: string): FrontMatter => ({
    ...none,
    unread_lines: yaml.split("\n").length + 1,
    warnings: [
      {
        code: "front_matter_unread",
        message: `The front matter was left in the text, since it could not be read: ${why}.`,
      },
    ],
  });
  if (yaml.length > LIMITS.front_matter_chars) return unread("it is too long");
  if (findExcess(yaml)) return unread("it has too many parts");
  try {
    const metadata = parseMapping(yaml);
    return metadata ? { ...none, metadata, body: text.slice(end.index + end[0].length) } : none;
  } catch (error) {
    return unread(firstLine(error instanceof Error ? error.message : String(error)));
  }
}

function firstLine(message: string): string {
  return message.slice(0, message.search(/:?\n|$/)).slice(0, 200);
}

/** null: not a mapping, so it is text between two rules. */
function parseMapping(yaml: string): Document["metadata"] | null {
  const lines = new LineCounter();
  const document = parseDocument(yaml, {
    // Failsafe: every scalar stays a string as it is written, for example 007, 1.10, 2026-01-02, no.
    schema: "failsafe",
    uniqueKeys: false,
    // Each error with a picture of its place would cost as much as the whole text.
    prettyErrors: false,
    lineCounter: lines,
    logLevel: "error",
  });
  const [fault] = document.errors;
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new Error(`${fault.message} at line ${line}, column ${col}`);
  }
  // Aliases can multiply a small text to a huge one. Real front matter has fewer.
  const value: unknown = document.toJS({ maxAliasCount: 20 });
  if (!isRecord(value)) return null;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, field]): [string, string | string[]] => [asText(name), asField(field)])
      .filter(([, field]) => field.length > 0),
  );
}

function asField(value: unknown): string | string[] {
  return Array.isArray(value) ? value.map(asText) : asText(value);
}

function asText(value: unknown): string {
  return cleanText(typeof value === "string" ? value : JSON.stringify(value)).text.trim();
}
