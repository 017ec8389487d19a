import { isUtf8 } from "node:buffer";
import { analyse } from "chardet";
import iconv from "iconv-lite";
import { cleanText, hasTextControls } from "./clean.ts";
import { LIMITS, limitText } from "./limits.ts";

/** The text of a file, clean (see `cleanText`), and how it was read. */
export interface Decoded {
  text: string;
  /** Lower-case name, e.g. `utf-8`, `utf-16le`, `windows-1251`. */
  encoding: string;
  /** Whether some bytes could not be read; each stands as U+FFFD in the text. */
  lossy: boolean;
  warnings: string[];
}

// No encoding takes more than four bytes for one UTF-16 unit; so what is not decoded lies beyond the limit.
const MAX_BYTES = 4 * (LIMITS.text_chars + 2);

/**
 * Gives text for any bytes: by byte order mark, as UTF-8, as UTF-16 without mark, else as what they say
 * themselves they are, else by a guess.
 *
 * @param declared the name of an encoding as the content gives it; one that is not known is overlooked
 */
export function decode(all: Uint8Array, declared = ""): Decoded {
  const bytes = all.subarray(0, lastBoundary(all, MAX_BYTES));
  const isDeclared = iconv.encodingExists(declared) && !/^(?:ascii|us-ascii|utf)/i.test(declared);
  const certain = findUnicode(bytes) ?? (isDeclared ? toSuperset(declared) : undefined);
  const encoding = certain ?? guessEncoding(bytes);
  const raw = limitText(decodeAs(bytes, encoding));
  const clean = cleanText(raw.text);

  const warnings = [...raw.warnings, ...clean.warnings];
  const unreadable = encoding === "utf-8" && isUtf8(bytes) ? 0 : countUnreadable(raw.text);
  if (unreadable > 0) {
    warnings.unshift(`Characters that could not be read as ${encoding}: ${unreadable}.`);
  }
  if (certain === undefined && encoding !== "utf-8") {
    warnings.unshift(`The encoding is a guess: ${encoding}.`);
  }
  return { text: clean.text, encoding, lossy: unreadable > 0, warnings };
}

// The longer marks first: UTF-32LE begins like UTF-16LE.
const MARKS: readonly [encoding: string, mark: readonly number[]][] = [
  ["utf-32le", [0xff, 0xfe, 0, 0]],
  ["utf-32be", [0, 0, 0xfe, 0xff]],
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

// Enough for letter frequencies; chardet takes about 0.4 ms for a KB.
const SAMPLE_BYTES = 65_536;

/** The Unicode encoding that bytes are sure to have; undefined: a legacy one, damaged, or no text. */
function findUnicode(bytes: Uint8Array): string | undefined {
  const marked = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (marked) return marked[0];
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const utf8 = isUtf8(bytes) ? "utf-8" : undefined;
  if (!sample.includes(0) || (utf8 && hasTextControls(toLatin1(sample)))) return utf8;
  return findUnmarkedUtf16(bytes) ?? utf8;
}

// UTF-16 of the wrong byte order, or what is no UTF-16 at all, has controls (NUL too), unpaired surrogates,
// or few of the characters that every text has.
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

// What chardet names, as the encoding that holds all of it and what the same programs write besides.
const SUPERSETS: Readonly<Record<string, string>> = {
  "iso-8859-1": "windows-1252",
  "iso-8859-9": "windows-1254",
  "koi8-r": "koi8-u",
};

function toSuperset(name: string): string {
  const lower = name.toLowerCase();
  return SUPERSETS[lower] ?? lower;
}

/** For bytes that are no UTF-8. */
function guessEncoding(bytes: Uint8Array): string {
  // Some ASCII before the first byte that tells: its words count too.
  const start = Math.max(0, bytes.findIndex((byte) => byte >= 0x80) - 1024);
  const sample = bytes.subarray(start, start + SAMPLE_BYTES);

  // Four good characters for each bad one: damaged UTF-8, since other encodings hardly ever look like it.
  const damaged = new TextDecoder().decode(sample);
  if (countForeign(damaged) >= 5 * countUnreadable(damaged)) return "utf-8";

  let best = { encoding: "windows-1252", score: -Infinity };
  for (const { name, confidence } of analyse(sample)) {
    const encoding = toSuperset(name);
    if (/^(?:ascii|utf)/.test(encoding) || !iconv.encodingExists(encoding)) continue;
    const text = iconv.decode(toBuffer(sample), encoding);
    // Confidence goes to 100; a tenth of unreadable characters rules an encoding out.
    const score = confidence - 1000 * (countUnreadable(text) / (countForeign(text) + 1));
    if (score > best.score) best = { encoding, score };
  }
  return best.encoding;
}

/** The head of a file as text, well enough to tell what it is: what is not Unicode gives a character a byte. */
export function peek(head: Uint8Array): string {
  const encoding = findUnicode(head);
  return encoding === undefined ? toLatin1(head) : decodeAs(head, encoding);
}

function decodeAs(bytes: Uint8Array, encoding: string): string {
  // Node's own decoders for what is common, since they are many times faster.
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

/** Where to cut so that no UTF-8 character is cut in two. */
function lastBoundary(bytes: Uint8Array, max: number): number {
  let end = max;
  while (end > max - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}
