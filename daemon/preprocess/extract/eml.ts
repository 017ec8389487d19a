import PostalMime, { type Address, type Attachment, type Email } from "postal-mime";
import { oneLine } from "../../core/one-line.ts";
import { RunnerError } from "../../core/errors.ts";
import { cleanText } from "../clean.ts";
import type { Extracted, ExtractorInput } from "../extractor.ts";
import { toParsable } from "./mail-source.ts";
import { readHtml } from "./html/text.ts";
import { LIMITS } from "../limits.ts";
import { formatFields } from "../records.ts";
import { joinSections, type Section, underHeading } from "../sections.ts";

// More than mail programs make, and less than would take long or much memory.
const MAX_PARTS_DEPTH = 50;
const MAX_HEADER_BYTES = 1_048_576;
const MAX_ATTACHMENTS = 20;
const MAX_MAIL_DEPTH = 3;

/** A mail: sender, recipients, date and subject as metadata; its text, then its readable attachments. */
export async function extractEml({ bytes, detectPart }: ExtractorInput): Promise<Extracted> {
  const { mail, sections } = await readMail(bytes, detectPart, 0);
  if (!/\S/.test(sections[0]?.text ?? "") && mail.attachments.some(isEncrypted)) {
    return { skipped: "encrypted" };
  }
  const header = readHeader(mail);
  return { ...joinSections(sections), title: header.subject || null, metadata: toMetadata(header) };
}

type DetectPart = ExtractorInput["detectPart"];

async function readMail(
  bytes: Uint8Array,
  detectPart: DetectPart,
  depth: number,
): Promise<{ mail: Email; sections: Section[] }> {
  const source = toParsable(bytes);
  const mail = await PostalMime.parse(source.bytes, {
    maxNestingDepth: MAX_PARTS_DEPTH,
    maxHeadersSize: MAX_HEADER_BYTES,
    forceRfc822Attachments: true,
  });
  const attached = await readAttachments(mail.attachments, detectPart, depth);
  const told = { text: "", headings: [], warnings: source.warnings };
  return { mail, sections: [readBody(mail), told, ...attached] };
}

// A shorter plain text may say only that the mail is in HTML.
const PLACEHOLDER_CHARS = 200;

function readBody({ text = "", html = "" }: Email): Section {
  const plain = cleanText(text);
  if (html.trim() === "") return { ...plain, headings: [] };
  if (plain.text.trim().length >= PLACEHOLDER_CHARS) return { ...plain, headings: [] };
  const page = readHtml(html, "all");
  const isPlaceholder = page.text.length > 4 * plain.text.trim().length;
  return plain.text.trim() === "" || isPlaceholder ? page : { ...plain, headings: [] };
}

async function readAttachments(
  attachments: readonly Attachment[],
  detectPart: DetectPart,
  depth: number,
): Promise<Section[]> {
  const sections: Section[] = [];
  const unread: string[] = [];
  let chars = 0;
  // Related attachments are mostly pictures inside the text.
  for (const attachment of attachments.filter(({ related }) => related !== true)) {
    const name = oneLine(attachment.filename ?? "") || attachment.mimeType;
    const isOver = sections.length >= MAX_ATTACHMENTS || chars > LIMITS.text_chars;
    const read = isOver ? undefined : await readAttachment(attachment, name, detectPart, depth);
    if (read === undefined) {
      unread.push(name);
      continue;
    }
    chars += read.text.length;
    sections.push(read);
  }
  if (unread.length > 0) {
    const named = unread.slice(0, MAX_ATTACHMENTS).map((name) => name.slice(0, 100));
    const more = unread.length > named.length ? ` and ${unread.length - named.length} more` : "";
    const { text } = cleanText(`Attachments that were not read: ${named.join(", ")}${more}.`);
    const warnings = [{ code: "attachment_unread", message: text }];
    sections.push({ text: "", headings: [], warnings });
  }
  return sections;
}

/** The text of an attachment below a heading with its name; undefined if it cannot be read. */
async function readAttachment(
  { content, mimeType }: Attachment,
  name: string,
  detectPart: DetectPart,
  depth: number,
): Promise<Section | undefined> {
  const bytes = typeof content === "string" ? Buffer.from(content) : new Uint8Array(content);
  const part = detectPart(name, bytes);
  try {
    if (mimeType === MAIL || part.content_type === MAIL) {
      if (depth === MAX_MAIL_DEPTH) return undefined;
      return await readInnerMail(bytes, name, detectPart, depth + 1);
    }
    const extracted = await part.read();
    return extracted.outcome === "skipped"
      ? undefined
      : underHeading(`Attachment: ${name}`, name, [extracted.document]);
  } catch (error) {
    if (error instanceof RunnerError && error.kind === "job") return undefined;
    throw error;
  }
}

const MAIL = "message/rfc822";

async function readInnerMail(
  bytes: Uint8Array,
  name: string,
  detectPart: DetectPart,
  depth: number,
): Promise<Section> {
  const { mail, sections } = await readMail(bytes, detectPart, depth);
  const header = readHeader(mail);
  const text = formatFields(Object.entries(toMetadata(header)).map(toField));
  const subject = header.subject || name;
  const head = { text, headings: [], warnings: [] };
  return underHeading(`Attachment: ${subject}`, subject, [head, ...sections]);
}

function toField([name, value]: [string, string | string[]]): [string, string] {
  return [name.charAt(0).toUpperCase() + name.slice(1), [value].flat().join(", ")];
}

/** Whether an attachment is OpenPGP or S/MIME. */
function isEncrypted({ mimeType }: Attachment): boolean {
  return /^application\/(?:pgp-encrypted|(?:x-)?pkcs7-mime)$/.test(mimeType);
}

interface Header {
  from: string;
  to: string[];
  cc: string[];
  date: string;
  subject: string;
}

function readHeader(mail: Email): Header {
  const { from, to = [], cc = [], subject = "" } = mail;
  return {
    from: from === undefined ? "" : (formatAddresses([from])[0] ?? ""),
    to: formatAddresses(to),
    cc: formatAddresses(cc),
    date: readDate(mail),
    subject: cleanText(oneLine(subject)).text,
  };
}

function toMetadata(header: Header): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(header).filter(([, value]) => value.length > 0));
}

function formatAddresses(addresses: readonly Address[]): string[] {
  const flat = addresses.flatMap((one) => one.group ?? [one]);
  return flat
    .map(({ name, address }) => cleanText(oneLine(name ? `${name} <${address}>` : address)).text)
    .filter((text) => text !== "");
}

const MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";
const SENT = /(\d{1,2}) ([a-z]{3})[a-z]* (\d{4}) (\d\d:\d\d)(:\d\d)?(?: ([+-]\d\d)(\d\d))?/i;

/** When the mail was sent, in the sender's time zone, since "by Friday" counts from the sender's day. */
function readDate({ date = "", headers }: Email): string {
  const given = headers.find(({ key }) => key === "date")?.value ?? "";
  const [, day, name = "", year, time, seconds = ":00", hours = "+00", minutes = "00"] =
    SENT.exec(given) ?? [];
  const month = MONTHS.indexOf(name.toLowerCase()) / 3 + 1;
  if (day === undefined || !Number.isInteger(month) || month < 1) return date;
  const pad = (value: string | number): string => String(value).padStart(2, "0");
  return `${year}-${pad(month)}-${pad(day)}T${time}${seconds}${hours}:${minutes}`;
}
