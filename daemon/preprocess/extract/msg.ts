import { decompressRTF } from "@kenjiuno/decompressrtf";
import msgreader, { type FieldsData } from "@kenjiuno/msgreader";
import iconv from "iconv-lite";
import { oneLine } from "../../core/one-line.ts";
import { RunnerError } from "../../core/errors.ts";
import type { Document } from "../../protocol/document.ts";
import { cleanText } from "../clean.ts";
import { decodeSource } from "../decode.ts";
import type { Extracted, ExtractorInput } from "../extractor.ts";
import { formatFields } from "../records.ts";
import { joinSections, type Section, underHeading } from "../sections.ts";
import { readHtml } from "./html/text.ts";

const MAX_ATTACHMENTS = 20;
const MAX_DEPTH = 3;

const MsgReader = msgreader.default;

/** A message, appointment, task or contact of Outlook, as a mail: header as metadata, text, then its attachments. */
export async function extractMsg({ bytes, detectPart }: ExtractorInput): Promise<Extracted> {
  const { reader, fields } = open(bytes);
  if (fields.error !== undefined) throw new Error(fields.error);
  const sections = await readMessage({ reader, detectPart }, fields, 0);
  const { subject, ...metadata } = readHeader(fields);
  const title = subject === undefined ? null : [subject].flat().join(", ");
  return {
    title,
    metadata: { ...metadata, ...(title !== null && { subject: title }) },
    ...joinSections(sections),
  };
}

/** Opens a file; older ones keep their texts in a code page. */
function open(bytes: Uint8Array): { reader: InstanceType<typeof MsgReader>; fields: FieldsData } {
  const reader = new MsgReader(new Uint8Array(bytes).buffer);
  const fields = reader.getFileData();
  const page = `cp${fields.messageCodepage ?? fields.internetCodepage ?? ""}`;
  if (!iconv.encodingExists(page)) return { reader, fields };
  const again = new MsgReader(new Uint8Array(bytes).buffer);
  again.parserConfig = { ansiEncoding: page };
  return { reader: again, fields: again.getFileData() };
}

interface Reading {
  reader: InstanceType<typeof MsgReader>;
  detectPart: ExtractorInput["detectPart"];
}

async function readMessage(
  reading: Reading,
  fields: FieldsData,
  depth: number,
): Promise<Section[]> {
  return [
    ...readDates(fields),
    await readBody(reading, fields),
    ...(await readAttachments(reading, fields.attachments ?? [], depth)),
  ];
}

async function readBody(
  { detectPart }: Reading,
  { body = "", bodyHtml = "", html, compressedRtf }: FieldsData,
): Promise<Section> {
  const plain = cleanText(body);
  if (/\S/u.test(plain.text)) return { ...plain, headings: [] };
  const page = html === undefined ? bodyHtml : decodeSource(html).text;
  if (/\S/u.test(page)) return readHtml(page, "all");
  if (compressedRtf === undefined) return { text: "", headings: [], warnings: [] };
  const rtf = Uint8Array.from(decompressRTF([...compressedRtf]));
  const extracted = await detectPart("body.rtf", rtf).read();
  return extracted.outcome === "document"
    ? extracted.document
    : { text: "", headings: [], warnings: [] };
}

/** When an appointment is, and by when a task is due. */
function readDates(fields: FieldsData): Section[] {
  const { apptStartWhole, apptEndWhole, apptLocation, location } = fields as FieldsData &
    Record<"location", string | undefined>;
  const text = formatFields([
    ["Start", toTime(apptStartWhole)],
    ["End", toTime(apptEndWhole)],
    ["Where", oneLine(apptLocation ?? location ?? "")],
  ]);
  return text === "" ? [] : [{ text, headings: [], warnings: [] }];
}

function toTime(date: string | undefined): string {
  const ms = Date.parse(date ?? "");
  return Number.isNaN(ms) ? "" : `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

async function readAttachments(
  { reader, detectPart }: Reading,
  attachments: readonly FieldsData[],
  depth: number,
): Promise<Section[]> {
  const sections: Section[] = [];
  const unread: string[] = [];
  for (const [index, attachment] of attachments.entries()) {
    // Pictures inside the text.
    if (attachment.attachmentHidden === true) continue;
    const { fileName = "", fileNameShort = "", name: given = "" } = attachment;
    const name = cleanText(oneLine(fileName || fileNameShort || given)).text || "Attachment";
    const section =
      index >= MAX_ATTACHMENTS
        ? undefined
        : await readAttachment({ reader, detectPart }, attachment, name, depth);
    if (section === undefined) unread.push(name);
    else sections.push(section);
  }
  if (unread.length > 0) {
    const message = `Attachments that were not read: ${unread.slice(0, MAX_ATTACHMENTS).join(", ")}.`;
    sections.push({ text: "", headings: [], warnings: [{ code: "attachment_unread", message }] });
  }
  return sections;
}

/** undefined: it cannot be read. */
async function readAttachment(
  reading: Reading,
  attachment: FieldsData,
  name: string,
  depth: number,
): Promise<Section | undefined> {
  const { innerMsgContentFields: inner } = attachment;
  if (inner !== undefined) {
    if (depth === MAX_DEPTH) return undefined;
    const head = formatFields(
      Object.entries(readHeader(inner)).map(([field, value]) => [field, [value].flat().join(", ")]),
    );
    const sections = await readMessage(reading, inner, depth + 1);
    return underHeading(`Attachment: ${name}`, name, [
      { text: head, headings: [], warnings: [] },
      ...sections,
    ]);
  }
  try {
    const { content } = reading.reader.getAttachment(attachment);
    const extracted = await reading.detectPart(name, content).read();
    if (extracted.outcome === "skipped") return undefined;
    return underHeading(`Attachment: ${name}`, name, [extracted.document]);
  } catch (error) {
    if (error instanceof RunnerError && error.kind !== "job") throw error;
    return undefined;
  }
}

function readHeader(fields: FieldsData): Document["metadata"] {
  const { senderName = "", senderEmail = "", senderSmtpAddress = "", recipients = [] } = fields;
  const address = senderSmtpAddress || senderEmail;
  const sent = fields.clientSubmitTime ?? fields.messageDeliveryTime ?? fields.creationTime;
  const people = (type: string): string[] =>
    recipients
      .filter(({ recipType = "to" }) => recipType === type)
      .map(({ name = "", smtpAddress = "", email = "" }) => nameOf(name, smtpAddress || email));
  const time = Date.parse(sent ?? "");
  const header = {
    from: nameOf(senderName, address),
    to: people("to"),
    cc: people("cc"),
    date: Number.isNaN(time) ? "" : new Date(time).toISOString(),
    subject: cleanText(oneLine(fields.subject ?? "")).text,
  };
  return Object.fromEntries(Object.entries(header).filter(([, value]) => value.length > 0));
}

function nameOf(name: string, address: string): string {
  // The address of a user of the same server is a path.
  const isPath = address.startsWith("/");
  const both = address === "" || isPath || address === name ? name : `${name} <${address}>`;
  return cleanText(oneLine(both)).text;
}
