import type { Document } from "../protocol/document.ts";
import type { Warning } from "../protocol/warning.ts";

/** The most that a document may hold. More is cut, with a warning. */
export const LIMITS = {
  /** Of a file before its parser: pictures inside it may be far larger than its text. */
  source_chars: 64_000_000,
  /** About a million tokens at four characters each, more than the window of a large model. */
  text_chars: 4_000_000,
  /** One for each page of the longest text, at 2,000 characters a page. */
  headings: 2_000,
  /** The longest title of an entity (protocol/entity.ts). */
  title_chars: 300,
  /** Metadata must not outweigh the text in a prompt. */
  metadata_fields: 50,
  metadata_name_chars: 100,
  metadata_items: 100,
  metadata_chars: 2_000,
  /** Far more than people write, and less than a YAML parser reads in a second. */
  front_matter_chars: 64_000,
} as const;

/** Cuts a text to a limit. */
export function limitText(
  text: string,
  most: number = LIMITS.text_chars,
): { text: string; warnings: Warning[] } {
  if (text.length <= most) return { text, warnings: [] };
  const message = `Only the first ${most} characters were read.`;
  return { text: cut(text, most), warnings: [{ code: "truncated", message }] };
}

/** Cuts a document to the limits. */
export function limitDocument(document: Document): Document {
  const { text, warnings: cutWarnings } = limitText(document.text);
  const warnings = [...document.warnings, ...cutWarnings];

  const headings = document.headings.slice(0, LIMITS.headings);
  if (headings.length < document.headings.length) {
    const message = `Only the first ${LIMITS.headings} headings were kept.`;
    warnings.push({ code: "headings_beyond_limit", message });
  }

  const fields = Object.entries(document.metadata);
  const kept = fields.slice(0, LIMITS.metadata_fields).map(limitField);
  if (JSON.stringify(kept) !== JSON.stringify(fields)) {
    const message = "Some of the file's metadata was too long and was cut.";
    warnings.push({ code: "metadata_truncated", message });
  }

  const lines = text === document.text ? Infinity : text.split("\n").length;
  return {
    ...document,
    title: document.title === null ? null : cut(document.title, LIMITS.title_chars),
    text,
    headings: headings
      .filter((heading) => heading.line < lines)
      .map((heading) => ({ ...heading, text: cut(heading.text, LIMITS.title_chars) })),
    metadata: Object.fromEntries(kept),
    warnings,
  };
}

type Value = Document["metadata"][string];

function limitField([name, value]: [string, Value]): [string, Value] {
  return [
    cut(name, LIMITS.metadata_name_chars),
    typeof value === "string"
      ? cut(value, LIMITS.metadata_chars)
      : value.slice(0, LIMITS.metadata_items).map((item) => cut(item, LIMITS.metadata_chars)),
  ];
}

/** The first `max` characters (UTF-16 units). Doesn't split a surrogate pair. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return text.slice(0, /[\ud800-\udbff]/.test(text.charAt(max - 1)) ? max - 1 : max);
}
