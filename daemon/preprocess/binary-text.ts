import type { Document } from "../protocol/document.ts";

// Longer than keys and names that people write; shorter than any picture.
const SHORTEST_RUN = 256;
const PREFIX = /data:[\w.+/-]{1,100};base64,$/u;
const PREFIX_CHARS = 120;
// A line of it where it is broken into lines: mail breaks at 76 characters, keys at 64.
const LINE = /^[ \t>]*[A-Za-z0-9+/]{60,}={0,2}[ \t]*$/u;
// Its last line: a shorter one could be a word.
const LAST_LINE = /^[ \t>]*(?:[A-Za-z0-9+/]{20,76}|[A-Za-z0-9+/]{1,76}={1,2})[ \t]*$/u;
const LEAST_LINES = 4;
const LONGEST_LINE = 200;

/**
 * Leaves out data that is written as text: pictures, keys and attachments in base64, which cost much and say
 * nothing. What was left out is said in its place and in a warning.
 */
export function leaveOutBinary(document: Document): Document {
  if (!/[A-Za-z0-9+/_-]{60}/u.test(document.text)) return document;
  const lines = document.text.split("\n");
  const kept: string[] = [];
  // The new number of each line.
  const places: number[] = [];
  let left = 0;
  for (let at = 0; at < lines.length;) {
    const end = endOfBlock(lines, at);
    if (end > at) {
      const chars = lines.slice(at, end).reduce((sum, line) => sum + line.length, 0);
      left += chars;
      for (; at < end; at += 1) places.push(kept.length);
      kept.push(say(chars));
      continue;
    }
    places.push(kept.length);
    const { text, chars } = withoutRuns(lines[at] ?? "");
    kept.push(text);
    left += chars;
    at += 1;
  }
  if (left === 0) return document;
  const message = `Pictures and other data that were written as text were left out: ${left} characters.`;
  return {
    ...document,
    text: kept.join("\n"),
    headings: document.headings.map((heading) => ({
      ...heading,
      line: places[heading.line] ?? heading.line,
    })),
    warnings: [...document.warnings, { code: "binary_left_out", message }],
  };
}

function say(chars: number): string {
  return `[${chars} characters of data]`;
}

/** A line without its runs of base64, and their length. By hand: a pattern runs out of stack in a long run. */
function withoutRuns(line: string): { text: string; chars: number } {
  if (line.length < SHORTEST_RUN) return { text: line, chars: 0 };
  const parts: string[] = [];
  let chars = 0;
  let from = 0;
  for (let at = 0; at < line.length;) {
    const start = at;
    while (at < line.length && isOfBase64(line.charCodeAt(at))) at += 1;
    if (at - start >= SHORTEST_RUN && isMixed(line.slice(start, start + 1_000))) {
      for (let padding = 0; padding < 2 && line[at] === "="; padding += 1) at += 1;
      const prefix =
        PREFIX.exec(line.slice(Math.max(from, start - PREFIX_CHARS), start))?.[0] ?? "";
      const length = prefix.length + at - start;
      parts.push(line.slice(from, start - prefix.length), say(length));
      chars += length;
      from = at;
    }
    at = Math.max(at, start + 1);
  }
  return { text: parts.join("") + line.slice(from), chars };
}

/** Whether a character is a letter or digit of ASCII, or one of `+/-_`. */
function isOfBase64(code: number): boolean {
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isLetter || (code >= 47 && code <= 57) || code === 43 || code === 45 || code === 95;
}

/** The line after a block of base64 that begins at a line; the line itself if none begins there. */
function endOfBlock(lines: readonly string[], at: number): number {
  let end = at;
  while (isDataLine(lines[end] ?? "")) end += 1;
  if (end - at < LEAST_LINES) return at;
  return LAST_LINE.test((lines[end] ?? "").slice(0, LONGEST_LINE)) ? end + 1 : end;
}

function isDataLine(line: string): boolean {
  return line.length <= LONGEST_LINE && LINE.test(line) && isMixed(line);
}

/** Whether it has what random bytes have in base64, and words, numbers or sequences do not. */
function isMixed(run: string): boolean {
  return /[a-z]/u.test(run) && /[A-Z]/u.test(run) && /\d/u.test(run);
}
