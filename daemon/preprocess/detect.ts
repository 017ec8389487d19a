import path from "node:path";
import { hasTextControls } from "./clean.ts";
import { peek } from "./decode.ts";
import { FORMATS, type Format } from "./formats.ts";

// As far as git looks for a NUL, its sign of a binary file.
const HEAD_BYTES = 8_192;

/** The media type of a file: what the content shows, and where it leaves a choice, what the name says. */
export function detectContentType(name: string, bytes: Uint8Array): string {
  const head = bytes.subarray(0, HEAD_BYTES);
  const named = findByName(name);
  const text = peek(head);
  if (!isText(text, named)) return detectBinary(bytes, named);
  const disguised = TEXT_SIGNATURES.find(([start]) => text.startsWith(start));
  if (disguised) return disguised[1];
  return named?.text ? named.content_type : detectText(name, text);
}

function findByName(name: string): Format | undefined {
  const extension = path.extname(name).slice(1).toLowerCase();
  return FORMATS.find((format) => format.extensions.includes(extension));
}

/** A stray NUL, as a crash leaves it, is overlooked only where the name promises text. */
function isText(text: string, named: Format | undefined): boolean {
  return hasTextControls(text) && (named?.text === true || !text.includes("\0"));
}

function detectBinary(bytes: Uint8Array, named: Format | undefined): string {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = whole.toString("latin1", 0, 512);
  const matches = FORMATS.filter(
    ({ signature }) =>
      signature &&
      start.startsWith(signature.bytes, signature.offset) &&
      whole.includes(signature.holds, 0, "latin1"),
  );
  const match = matches.find((format) => format === named) ?? matches[0];
  return match?.content_type ?? "application/octet-stream";
}

// Formats that may hold nothing but ASCII and still are not to be read as text.
const TEXT_SIGNATURES: readonly [start: string, contentType: string][] = [
  ["%PDF-", "application/pdf"],
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

/** Header fields of RFC 5322 that programs write, beside the sender; people who take notes write no such. */
function isMailHeader(header: string): boolean {
  return (
    /^[!-9;-~]+:/.test(header) &&
    /^from:/im.test(header) &&
    /^(?:message-id|received|mime-version):/im.test(header)
  );
}

/** Front matter, a heading, or a list with boxes to tick. */
function hasMarkdown(text: string): boolean {
  return /^---\r?\n[^]*?\n---\s/.test(text) || /^(?:#{1,6} \S|[ \t]*[-*+] \[[ xX]\] )/m.test(text);
}
