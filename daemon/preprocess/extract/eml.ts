import PostalMime, { type Address, type Attachment, type Email } from "postal-mime";
import { RunnerError } from "../../core/errors.ts";
import { cleanText } from "../clean.ts";
import { detectContentType } from "../detect.ts";
import { extract } from "../extract.ts";
import type { Extracted, ExtractorInput } from "../extractor.ts";
import { readHtml } from "./html/text.ts";
import { LIMITS } from "../limits.ts";
import { formatFields } from "../records.ts";
import { oneLine } from "../text-writer.ts";

// Above what mail programs make; below what would take long or much.
const MAX_PARTS_DEPTH = 50;
const MAX_HEADER_BYTES = 1_048_576;
const MAX_ATTACHMENTS = 20;
const MAX_MAIL_DEPTH = 3;

/** A mail: who wrote to whom and when as metadata, its text, and what is attached as far as it can be read. */
export async function extractEml({ bytes }: ExtractorInput): Promise<Extracted> {
  const { mail, parts } = await readMail(bytes, 0);
  if (!/\S/.test(parts[0]?.text ?? "") && mail.attachments.some(isEncrypted)) {
    return { skipped: "encrypted" };
  }
  const header = readHeader(mail);
  return { ...joinParts(parts), title: header.subject || null, metadata: toMetadata(header) };
}

type Part = Pick<Exclude<Extracted, { skipped: unknown }>, "text" | "headings" | "warnings">;

async function readMail(bytes: Uint8Array, depth: number): Promise<{ mail: Email; parts: Part[] }> {
  const mail = await PostalMime.parse(bytes, {
    maxNestingDepth: MAX_PARTS_DEPTH,
    maxHeadersSize: MAX_HEADER_BYTES,
    forceRfc822Attachments: true,
  });
  return { mail, parts: [readBody(mail), ...(await readAttachments(mail.attachments, depth))] };
}

function joinParts(parts: readonly Part[]): Part {
  const lines: string[] = [];
  const headings: Part["headings"] = [];
  for (const part of parts.filter(({ text }) => text.trim() !== "")) {
    if (lines.length > 0) lines.push("");
    const above = lines.length;
    for (const one of part.headings) headings.push({ ...one, line: one.line + above });
    for (const line of part.text.trimEnd().split("\n")) lines.push(line);
  }
  const warnings = parts.flatMap((part) => part.warnings);
  return { text: `${lines.join("\n")}\n`, headings, warnings };
}

// A plain text that says no more than that the mail is in HTML.
const PLACEHOLDER_CHARS = 200;

function readBody({ text = "", html = "" }: Email): Part {
  const plain = cleanText(text);
  if (html.trim() === "") return { ...plain, headings: [] };
  if (plain.text.trim().length >= PLACEHOLDER_CHARS) return { ...plain, headings: [] };
  const page = readHtml(html, "all");
  const isPlaceholder = page.text.length > 4 * plain.text.trim().length;
  return plain.text.trim() === "" || isPlaceholder ? page : { ...plain, headings: [] };
}

async function readAttachments(attachments: readonly Attachment[], depth: number): Promise<Part[]> {
  const parts: Part[] = [];
  const unread: string[] = [];
  let chars = 0;
  // Pictures in the text are part of its looks.
  for (const attachment of attachments.filter(({ related }) => related !== true)) {
    const name = oneLine(attachment.filename ?? "") || attachment.mimeType;
    const isOver = parts.length >= MAX_ATTACHMENTS || chars > LIMITS.text_chars;
    const read = isOver ? undefined : await readAttachment(attachment, name, depth);
    if (read === undefined) {
      unread.push(name);
      continue;
    }
    chars += read.text.length;
    parts.push(read);
  }
  if (unread.length > 0) {
    const named = unread.slice(0, MAX_ATTACHMENTS).map((name) => name.slice(0, 100));
    const more = unread.length > named.length ? ` and ${unread.length - named.length} more` : "";
    const warning = `Attachments that were not read: ${named.join(", ")}${more}.`;
    parts.push({ text: "", headings: [], warnings: [cleanText(warning).text] });
  }
  return parts;
}

/** An attachment under a heading that names it; undefined where it cannot be read. */
async function readAttachment(
  { content, mimeType }: Attachment,
  name: string,
  depth: number,
): Promise<Part | undefined> {
  const bytes = typeof content === "string" ? Buffer.from(content) : new Uint8Array(content);
  const isMail = mimeType === "message/rfc822";
  const content_type = isMail ? mimeType : detectContentType(name, bytes);
  try {
    if (content_type === "message/rfc822") {
      if (depth === MAX_MAIL_DEPTH) return undefined;
      const { mail, parts } = await readMail(bytes, depth + 1);
      const header = readHeader(mail);
      const text = formatFields(Object.entries(toMetadata(header)).map(toField));
      return underHeading(header.subject || name, [{ text, headings: [], warnings: [] }, ...parts]);
    }
    const extracted = await extract({ bytes, name, content_type });
    return extracted.outcome === "skipped" ? undefined : underHeading(name, [extracted.document]);
  } catch (error) {
    if (error instanceof RunnerError && error.kind === "job") return undefined;
    throw error;
  }
}

function toField([name, value]: [string, string | string[]]): [string, string] {
  return [name.charAt(0).toUpperCase() + name.slice(1), [value].flat().join(", ")];
}

function underHeading(name: string, parts: readonly Part[]): Part {
  const text = cleanText(`Attachment: ${name}`).text;
  const heading = { text: `## ${text}`, headings: [{ level: 2, text, line: 0 }], warnings: [] };
  const { warnings, ...part } = joinParts([heading, ...parts]);
  return { ...part, warnings: warnings.map((warning) => `${name}: ${warning}`) };
}

/** OpenPGP and S/MIME. */
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

/** When it was sent, by the sender's clock, since "by Friday" counts from the sender's day. */
function readDate({ date = "", headers }: Email): string {
  const given = headers.find(({ key }) => key === "date")?.value ?? "";
  const [, day, name = "", year, time, seconds = ":00", hours = "+00", minutes = "00"] =
    SENT.exec(given) ?? [];
  const month = MONTHS.indexOf(name.toLowerCase()) / 3 + 1;
  if (day === undefined || !Number.isInteger(month) || month < 1) return date;
  const pad = (value: string | number): string => String(value).padStart(2, "0");
  return `${year}-${pad(month)}-${pad(day)}T${time}${seconds}${hours}:${minutes}`;
}
