import { isUtf8 } from "node:buffer";
import { analyse } from "chardet";
import iconv from "iconv-lite";
import type { Warning } from "../protocol/warning.ts";
import { cleanText, hasFewControls } from "./clean.ts";
import { LIMITS, limitText } from "./limits.ts";

/** The clean text of a file (see `cleanText`), and how it was decoded. */
export interface Decoded {
  text: string;
  /** Name in lower case, for example `utf-8`, `utf-16le`, `windows-1251`. */
  encoding: string;
  /** Whether some bytes could not be decoded. Each became U+FFFD. */
  lossy: boolean;
  warnings: Warning[];
}

/**
 * Decodes any bytes: by byte order mark, as UTF-8, as UTF-16 without a mark, by the declared encoding, or by
 * a guess, in this order.
 *
 * @param declared the name of the encoding in the content; ignored if it is unknown
 * @param most characters; more are cut, with a warning
 */
export function decode(all: Uint8Array, declared = "", most: number = LIMITS.text_chars): Decoded {
  // No encoding needs more than four bytes for a UTF-16 unit, so further bytes are beyond the limit.
  const bytes = all.subarray(0, lastBoundary(all, 4 * (most + 2)));
  const isDeclared = iconv.encodingExists(declared) && !/^(?:ascii|us-ascii|utf)/i.test(declared);
  const certain = findUnicode(bytes) ?? (isDeclared ? toSuperset(declared) : undefined);
  const encoding = certain ?? guessEncoding(bytes);
  const raw = limitText(decodeAs(bytes, encoding), most);
  const clean = cleanText(raw.text);

  const warnings = [...raw.warnings, ...clean.warnings];
  const unreadable = encoding === "utf-8" && isUtf8(bytes) ? 0 : countUnreadable(raw.text);
  if (unreadable > 0) {
    const message = `Characters that could not be read as ${encoding}: ${unreadable}.`;
    warnings.unshift({ code: "lossy_decoding", message });
  }
  if (certain === undefined && encoding !== "utf-8") {
    const message = `The encoding is a guess: ${encoding}.`;
    warnings.unshift({ code: "encoding_guessed", message });
  }
  return { text: clean.text, encoding, lossy: unreadable > 0, warnings };
}

// The longer marks first, since the mark of UTF-32LE begins like that of UTF-16LE.
const MARKS: readonly [encoding: string, mark: readonly number[]][] = [
  ["utf-32le", [0xff, 0xfe, 0, 0]],
  ["utf-32be", [0, 0, 0xfe, 0xff]],
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

// Enough for letter frequencies. Chardet needs about 0.4 ms per KB.
const SAMPLE_BYTES = 65_536;

/** The Unicode encoding if it is certain; undefined: another encoding, damaged, or no text. */
function findUnicode(bytes: Uint8Array): string | undefined {
  const marked = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (marked) return marked[0];
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const utf8 = isUtf8(bytes) ? "utf-8" : undefined;
  if (!sample.includes(0) || (utf8 && hasFewControls(toLatin1(sample)))) return utf8;
  return findUnmarkedUtf16(bytes) ?? utf8;
}

// Text that is wrongly decoded as UTF-16 has control characters (NUL too), unpaired surrogates, or few of the
// characters that every text has.
const UNLIKELY = /[\p{Cc}--[\t\n\f\r]]/v;
const COMMON = /[\t\n\r -~、。「」『』，：（）]/g;

function findUnmarkedUtf16(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const countCommon = (encoding: string): number => {
    try {
      const decoder = new TextDecoder(encoding, { fatal: true });
      const text = decoder.decode(bytes.subarray(0, SAMPLE_BYTES), { stream: true });
      return UNLIKELY.test(text) ? 0 : (text.match(COMMON) ?? []).length;
    } catch {
      return 0;
    }
  };
  const little = countCommon("utf-16le");
  const big = countCommon("utf-16be");
  if (little > 3 * big) return "utf-16le";
  return big > 3 * little ? "utf-16be" : undefined;
}

// For encodings that chardet names: a larger one that the same programs write.
const SUPERSETS: Readonly<Record<string, string>> = {
  "iso-8859-1": "windows-1252",
  "iso-8859-9": "windows-1254",
  "koi8-r": "koi8-u",
};

function toSuperset(name: string): string {
  const lower = name.toLowerCase();
  return SUPERSETS[lower] ?? lower;
}

/** Guesses the encoding of bytes that are not UTF-8. */
function guessEncoding(bytes: Uint8Array): string {
  // Include some ASCII before the first byte that is not, since its words count too.
  const start = Math.max(0, bytes.findIndex((byte) => byte >= 0x80) - 1024);
  const sample = bytes.subarray(start, start + SAMPLE_BYTES);

  // With four good characters for each bad one it is damaged UTF-8: other encodings hardly ever look like that.
  const damaged = new TextDecoder().decode(sample);
  if (countForeign(damaged) >= 5 * countUnreadable(damaged)) return "utf-8";

  let best = { encoding: "windows-1252", score: -Infinity };
  for (const { name, confidence } of analyse(sample)) {
    const encoding = toSuperset(name);
    if (/^(?:ascii|utf)/.test(encoding) || !iconv.encodingExists(encoding)) continue;
    const text = iconv.decode(toBuffer(sample), encoding);
    // Confidence is at most 100, so a tenth of unreadable characters rules an encoding out.
    const score = confidence - 1000 * (countUnreadable(text) / (countForeign(text) + 1));
    if (score > best.score) best = { encoding, score };
  }
  return best.encoding;
}

/** Decodes a file for a parser, which gives far less text than the file has. */
export function decodeSource(bytes: Uint8Array, declared = ""): Decoded {
  return decode(bytes, declared, LIMITS.source_chars);
}

/** The head of a file as text, to detect its type. Other encodings than Unicode give one character per byte. */
export function decodeHead(head: Uint8Array): string {
  const encoding = findUnicode(head);
  return encoding === undefined ? toLatin1(head) : decodeAs(head, encoding);
}

function decodeAs(bytes: Uint8Array, encoding: string): string {
  // Node's decoders for common encodings are many times faster.
  if (/^utf-(?:8|16)/.test(encoding)) return new TextDecoder(encoding).decode(bytes);
  return iconv.decode(toBuffer(bytes), encoding);
}

function toLatin1(bytes: Uint8Array): string {
  return toBuffer(bytes).toString("latin1");
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function countForeign(text: string): number {
  return (text.match(/[^\p{ASCII}]/gu) ?? []).length;
}

function countUnreadable(text: string): number {
  return (text.match(/[\ufffd\u0080-\u009f]/g) ?? []).length;
}

/** The last place up to `max` that doesn't split a UTF-8 character. */
function lastBoundary(bytes: Uint8Array, max: number): number {
  let end = max;
  while (end > max - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
