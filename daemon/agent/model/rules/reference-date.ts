import { toLocalDay } from "../../../core/clock.ts";
import type { Document, Frame } from "../../../protocol/document.ts";
import { readDate } from "./date.ts";
import type { Outline } from "./outline.ts";

const FIRST_LINES = 12;
const DATE_LINE = /^(?:date|sent|datum)\s*:\s*(\S.*)$/iu;
const IN_NAME = /(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)/u;

/**
 * The day a document was written, which "by Friday" counts from: as its metadata, title, a `Date:` line
 * or its file name say, else the local day the file was last changed. `YYYY-MM-DD`.
 */
export function findReferenceDate(document: Document, outline: Outline, frame: Frame): string {
  const changed = toLocalDay(Date.parse(frame.modified_at));
  const { date } = document.metadata;
  const firstLines = outline.blocks
    .filter(({ first }) => first < outline.bodyStart + FIRST_LINES)
    .flatMap(({ lines }) => lines);
  const said = [
    Array.isArray(date) ? date[0] : date,
    document.title,
    outline.blocks.find(({ kind }) => kind === "heading")?.lines[0],
    ...firstLines.map((line) => DATE_LINE.exec(line)?.[1]),
  ];
  for (const text of said) {
    const day = text ? findDay(text.slice(0, 200)) : undefined;
    if (day !== undefined) return day;
  }
  const [, year, month, day] = IN_NAME.exec(frame.file_name) ?? [];
  return readDate(`${year}-${month}-${day}`, changed)?.date ?? changed;
}

/** The first day of a text that is named with its year. */
function findDay(text: string): string | undefined {
  if (!/\d{4}/u.test(text)) return undefined;
  for (const { index } of text.matchAll(/(?<![\p{L}\p{N}])[\p{L}\d]/gu)) {
    const rest = text.slice(index);
    // Only a day with its year reads the same from any reference.
    const [early, late] = ["1990-01-01", "2190-06-15"].map((day) => readDate(rest, day)?.date);
    if (early !== undefined && early === late) return early;
  }
  return undefined;
}
