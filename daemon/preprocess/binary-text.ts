import type { Document } from "../protocol/document.ts";

// Longer than keys and names that people write; shorter than any picture.
const RUN = /(?:data:[\w.+/-]{1,100};base64,)?[A-Za-z0-9+/_-]{256,}={0,2}/gu;
// A line of it where it is broken into lines: mail breaks at 76 characters, keys at 64.
const LINE = /^[ \t>]*[A-Za-z0-9+/]{60,}={0,2}[ \t]*$/u;
// Its last line: a shorter one could be a word.
const LAST_LINE = /^[ \t>]*(?:[A-Za-z0-9+/]{20,76}|[A-Za-z0-9+/]{1,76}={1,2})[ \t]*$/u;
const LEAST_LINES = 4;

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
    kept.push(
      (lines[at] ?? "").replaceAll(RUN, (run) => {
        if (!isMixed(run)) return run;
        left += run.length;
        return say(run.length);
      }),
    );
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

/** The line after a block of base64 that begins at a line; the line itself if none begins there. */
function endOfBlock(lines: readonly string[], at: number): number {
  let end = at;
  while (LINE.test(lines[end] ?? "") && isMixed(lines[end] ?? "")) end += 1;
  if (end - at < LEAST_LINES) return at;
  return LAST_LINE.test(lines[end] ?? "") ? end + 1 : end;
}

/** Whether it has what random bytes have in base64, and words, numbers or sequences do not. */
function isMixed(run: string): boolean {
  return /[a-z]/u.test(run) && /[A-Z]/u.test(run) && /\d/u.test(run);
}
