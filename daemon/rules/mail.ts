import type { Document } from "../protocol/document.ts";

/** The fields of a document, by name in lower case, and the range of lines that its author wrote. */
export interface Envelope {
  /** The header of a mail; the metadata of any other document. */
  fields: ReadonlyMap<string, string>;
  isMail: boolean;
  /** The line after the header, and the line after the last one before signature and history. */
  start: number;
  end: number;
}

const FIELD = /^([A-Za-z][A-Za-z-]{0,40})[ \t]*:[ \t]*(.*)$/u;
const MAX_HEADER = 200;
const SIGNATURE = /^--\s?$/u;
const ORIGINAL =
  /^[-_]{2,}\s*(?:Original Message|Original Appointment|Ursprüngliche Nachricht)\s*[-_]{2,}$/iu;
const INTRODUCTION =
  /^(?:On|Am|Le|El|Op)\s.{5,200}\s(?:wrote|schrieb|a écrit|escribió|schreef)\b.{0,100}:$/u;
// Outlook's header of the mail that this one replies to.
const OUTLOOK = /^\*?From:\*?\s/u;
const OUTLOOK_DATE = /^\*?(?:Sent|Date):\*?\s/u;
const BULK =
  /\b(?:no-?_?reply|do-?not-?reply|newsletters?|notifications?|mailer-daemon|postmaster)[\w.+-]*@/iu;

/** Reads the fields of a document and finds the beginning and end of its own words. */
export function readEnvelope(
  document: Document,
  source: readonly string[],
  bodyStart: number,
): Envelope {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(document.metadata)) {
    fields.set(name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value);
  }
  const header = readHeader(source, bodyStart);
  const isOfType = document.content_type === "message/rfc822";
  const named = ["to", "date", "sent", "subject"].filter((name) => header.fields.has(name));
  const isHeader = header.fields.has("from") && named.length >= (isOfType ? 1 : 2);
  if (!isOfType && !isHeader) {
    const end = source.findIndex((line) => ORIGINAL.test(line.slice(0, 100).trim()));
    return { fields, isMail: false, start: bodyStart, end: end === -1 ? source.length : end };
  }
  const start = isHeader ? header.end : bodyStart;
  for (const [name, value] of isHeader ? header.fields : []) fields.set(name, value);
  return { fields, isMail: true, start, end: findEnd(source, start) };
}

/** Whether a mail has no particular reader: it asks all of its readers. */
export function isBulk({ fields }: Envelope): boolean {
  return (
    fields.has("list-unsubscribe") ||
    /\b(?:bulk|list|junk)\b/iu.test(fields.get("precedence") ?? "") ||
    /\bauto-(?:generated|notified)\b/iu.test(fields.get("auto-submitted") ?? "") ||
    BULK.test(fields.get("from") ?? "")
  );
}

function readHeader(
  source: readonly string[],
  start: number,
): { fields: Map<string, string>; end: number } {
  const fields = new Map<string, string>();
  let last = "";
  let line = start;
  while (line < start + MAX_HEADER && source[line]?.trim() === "") line += 1;
  for (; line < Math.min(source.length, start + MAX_HEADER); line += 1) {
    const text = source[line] ?? "";
    const [, name, value = ""] = FIELD.exec(text.slice(0, 2_000)) ?? [];
    if (name !== undefined) {
      last = name.toLowerCase();
      if (!fields.has(last)) fields.set(last, value.trim());
    } else if (/^[ \t]+\S/u.test(text) && last !== "") {
      fields.set(last, `${fields.get(last)} ${text.trim()}`);
    } else {
      break;
    }
  }
  return { fields, end: line };
}

function findEnd(source: readonly string[], start: number): number {
  for (let line = start; line < source.length; line += 1) {
    const text = (source[line] ?? "").slice(0, 400).trim();
    if (SIGNATURE.test(text) || ORIGINAL.test(text)) return line;
    const next = source.slice(line + 1, line + 3).map((one) => one.trim());
    if (OUTLOOK.test(text) && line > start + 1 && next.some((one) => OUTLOOK_DATE.test(one))) {
      // A forwarded mail begins like this, and its words are new.
      const isForwarded = source.slice(line - 3, line).some((one) => /forwarded/iu.test(one));
      if (!isForwarded) return line;
    }
    // Text with quote marks is skipped line by line; without them, all the rest is history.
    if (isIntroduction(text, next[0] ?? "")) {
      const first = source
        .slice(line + 1, line + 5)
        .find((one) => /\S/u.test(one) && !one.endsWith(":"));
      if (first?.trimStart().startsWith(">") !== true) return line;
    }
  }
  return source.length;
}

/** Whether a line, alone or with the next one, introduces a quoted mail. */
export function isIntroduction(line: string, next: string): boolean {
  return INTRODUCTION.test(line) || (/^On\s/u.test(line) && INTRODUCTION.test(`${line} ${next}`));
}
