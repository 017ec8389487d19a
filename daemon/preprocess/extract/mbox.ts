import { RunnerError } from "../../core/errors.ts";
import type { Warning } from "../../protocol/warning.ts";
import type { Document } from "../../protocol/document.ts";
import type { Extracted, ExtractorInput } from "../extractor.ts";
import { LIMITS } from "../limits.ts";
import { formatFields } from "../records.ts";
import { joinSections, type Section, underHeading } from "../sections.ts";

const NEWLINE = 0x0a;
const FROM = Buffer.from("From ");
// The line before a mail: who sent it, and when (RFC 4155).
const SEPARATOR = /^From .*\d{2}:\d{2}.*\d{4}/u;

/** A mailbox: each mail below a heading with its subject, with its sender, recipients and date. */
export async function extractMbox({ bytes, detectPart }: ExtractorInput): Promise<Extracted> {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const sections: Section[] = [];
  const warnings: Warning[] = [];
  const mails = splitMails(whole);
  let chars = 0;
  let damaged = 0;
  let read = 0;
  for (const mail of mails) {
    if (chars > LIMITS.text_chars) break;
    read += 1;
    try {
      const extracted = await detectPart("mail.eml", mail).read();
      if (extracted.outcome === "skipped") continue;
      const section = toSection(extracted.document, read);
      chars += section.text.length;
      sections.push(section);
    } catch (error) {
      if (!(error instanceof RunnerError) || error.kind !== "job") throw error;
      damaged += 1;
    }
  }
  if (damaged > 0) {
    warnings.push({ code: "mail_unread", message: `Mails that could not be read: ${damaged}.` });
  }
  if (read < mails.length) {
    const message = `Only the first ${read} of ${mails.length} mails were read.`;
    warnings.push({ code: "truncated", message });
  }
  const joined = joinSections(sections);
  return { title: null, metadata: {}, ...joined, warnings: [...joined.warnings, ...warnings] };
}

function splitMails(whole: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = 0; at !== -1 && at < whole.length;) {
    if (isSeparator(whole, at)) starts.push(at);
    const end = whole.indexOf(NEWLINE, at);
    at = end === -1 ? -1 : end + 1;
  }
  return starts.map((start, index) => {
    const body = whole.indexOf(NEWLINE, start) + 1;
    return whole.subarray(body, starts[index + 1] ?? whole.length);
  });
}

function isSeparator(whole: Buffer, at: number): boolean {
  if (!whole.subarray(at, at + FROM.length).equals(FROM)) return false;
  const end = whole.indexOf(NEWLINE, at);
  return SEPARATOR.test(whole.toString("latin1", at, end === -1 ? whole.length : end));
}

function toSection({ title, metadata, ...section }: Document, number: number): Section {
  const { from = "", to = "", date = "" } = metadata;
  const fields = formatFields([
    ["From", [from].flat().join(", ")],
    ["To", [to].flat().join(", ")],
    ["Date", [date].flat().join(", ")],
  ]);
  const head = { text: fields, headings: [], warnings: [] };
  const subject = title ?? `Mail ${number}`;
  // The headings of a mail are not headings of the mailbox.
  return underHeading(subject, subject, [head, { ...section, headings: [] }]);
}
