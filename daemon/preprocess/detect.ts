import path from "node:path";
import { hasFewControls } from "./clean.ts";
import { decodeHead } from "./decode.ts";
import { FORMATS, type Format } from "./formats.ts";

// Git looks for a NUL, its sign of a binary file, in as many bytes.
const HEAD_BYTES = 8_192;

/** Detects the media type of a file by its content first, and by its name where the content leaves a choice. */
export function detectContentType(name: string, bytes: Uint8Array): string {
  const head = bytes.subarray(0, HEAD_BYTES);
  const named = findByName(name);
  if (isPdf(head, named)) return PDF;
  const text = decodeHead(head);
  if (!isText(text, named)) return detectBinary(bytes, named);
  const disguised = TEXT_SIGNATURES.find(([start]) => text.startsWith(start));
  if (disguised) return disguised[1];
  return named?.text ? named.content_type : detectText(name, text);
}

const PDF = "application/pdf";
// Readers look so far for the beginning, since mail programs put lines before it.
const PDF_BYTES = 1_024;

/** Whether it begins as a PDF: its bytes may look like text of any encoding. */
function isPdf(head: Uint8Array, named: Format | undefined): boolean {
  const at = Buffer.from(head.subarray(0, PDF_BYTES)).indexOf("%PDF-");
  return at === 0 || (at > 0 && named?.content_type === PDF);
}

function findByName(name: string): Format | undefined {
  const extension = path.extname(name).slice(1).toLowerCase();
  return FORMATS.find((format) => format.extensions.includes(extension));
}

/** Whether the content is text. Stray NULs, which a crash may leave, are allowed only if the name means text. */
function isText(text: string, named: Format | undefined): boolean {
  return hasFewControls(text) && (named?.text === true || !text.includes("\0"));
}

function detectBinary(bytes: Uint8Array, named: Format | undefined): string {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = whole.toString("latin1", 0, 512);
  const similar = FORMATS.filter(
    ({ signature }) => signature && start.startsWith(signature.bytes, signature.offset),
  );
  const matches = similar.filter(
    ({ signature }) => signature && whole.includes(signature.holds, 0, "latin1"),
  );
  const match =
    matches.find((format) => format === named) ??
    matches.find(({ signature }) => signature?.holds !== "") ??
    similar.find((format) => format === named) ??
    matches[0];
  return match?.content_type ?? "application/octet-stream";
}

// Formats that may be pure ASCII, but are no text to read.
const TEXT_SIGNATURES: readonly [start: string, contentType: string][] = [
  ["{\\rtf", "application/rtf"],
  ["%!PS", "application/postscript"],
];

function detectText(name: string, text: string): string {
  if (/^\s*<(?:!doctype html|html|head|body)\b/i.test(text)) return "text/html";
  if (/^<\?xml\s/.test(text)) return "application/xml";
  const blank = text.search(/\r?\n\r?\n/);
  if (isMailHeader(blank === -1 ? text : text.slice(0, blank))) return "message/rfc822";
  if (path.extname(name) === "" && !text.startsWith("#!") && hasMarkdown(text)) {
    return "text/markdown";
  }
  return "text/plain";
}

/** Whether the header has a sender and a field of RFC 5322 that only programs write, so it is no note. */
function isMailHeader(header: string): boolean {
  return (
    /^[!-9;-~]+:/.test(header) &&
    /^from:/im.test(header) &&
    /^(?:message-id|received|mime-version):/im.test(header)
  );
}

/** Whether the text has front matter, a heading, or a list with check boxes. */
function hasMarkdown(text: string): boolean {
  return /^---\r?\n[^]*?\n---\s/.test(text) || /^(?:#{1,6} \S|[ \t]*[-*+] \[[ xX]\] )/m.test(text);
}
