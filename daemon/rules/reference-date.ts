import { toLocalDay } from "../core/clock.ts";
import type { Document, Frame } from "../protocol/document.ts";
import { readDate } from "./date.ts";
import type { Block } from "./block.ts";
import type { Outline } from "./outline.ts";

const FIRST_LINES = 12;
const DATE_LINE = /^(?:date|sent|datum)\s*:\s*(\S.*)$/iu;
const TARGET =
  /\b(?:by|due|until|till|deadline|before|next|valid|expires?|ends?|starts?|launch|from)\b/iu;
const MAX_MARGIN = 100;
const MAX_MARGIN_LINES = 6;
const IN_NAME = /(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)/u;

/**
 * Finds the day on which a document was written, from which "by Friday" counts: from its fields, title, a `Date:`
 * line, one of its first lines or its file name, else the local day of the last change of the file. `YYYY-MM-DD`.
 */
export function findReferenceDate(document: Document, outline: Outline, frame: Frame): string {
  const changed = toLocalDay(Date.parse(frame.modified_at));
  const { fields, start } = outline.envelope;
  const firstBlocks = outline.blocks.filter(({ first }) => first < start + FIRST_LINES);
  const firstLines = firstBlocks.flatMap(({ lines }) => lines);
  const declared = [
    ...["date", "sent", "created"].map((name) => fields.get(name)),
    ...firstLines.map((line) => DATE_LINE.exec(line)?.[1]),
  ];
  const mentioned = [
    document.title,
    outline.blocks.find(({ kind }) => kind === "heading")?.lines[0],
    ...firstBlocks.filter(isMarginal).flatMap(({ lines }) => lines),
  ];
  const dayOf = (text: string | null | undefined): string | undefined =>
    text ? findDay(text.slice(0, 200)) : undefined;
  const day =
    declared.map(dayOf).find(Boolean) ??
    // A future day is not the day of writing.
    mentioned.map(dayOf).find((one) => one !== undefined && one <= changed);
  if (day !== undefined) return day;
  const [, year, month, date] = IN_NAME.exec(frame.file_name) ?? [];
  return readDate(`${year}-${month}-${date}`, changed)?.date ?? changed;
}

/**
 * Finds the day from which "by Friday" counts, for each place of a document: from the innermost heading that
 * names a day, such as in a journal, else the day of the document.
 */
export function findReferenceDates(
  document: Document,
  outline: Outline,
  frame: Frame,
): (under: readonly Block[]) => string {
  const whole = findReferenceDate(document, outline, frame);
  const changed = toLocalDay(Date.parse(frame.modified_at));
  const days = new Map<Block, string | undefined>();
  const dayOf = (heading: Block): string | undefined => {
    if (!days.has(heading)) {
      const day = findDay((heading.lines[0] ?? "").slice(0, 100));
      // A future day in a heading is a deadline.
      days.set(heading, day !== undefined && day <= changed ? day : undefined);
    }
    return days.get(heading);
  };
  return (under) => under.toReversed().map(dayOf).find(Boolean) ?? whole;
}

/** Short lines without a sentence or deadline: "Northgate, 12 November 2026", "(as of 8 Nov 2026)". */
function isMarginal({ kind, lines }: Block): boolean {
  return (
    (kind === "paragraph" || kind === "label") &&
    lines.length <= MAX_MARGIN_LINES &&
    lines.every((line) => line.length <= MAX_MARGIN && !/[\p{L}]{2}[.!?]$/u.test(line)) &&
    !lines.some((line) => TARGET.test(line))
  );
}

/** The first day in a text that is named with its year. */
function findDay(text: string): string | undefined {
  if (!/\d{4}/u.test(text)) return undefined;
  for (const { index } of text.matchAll(/(?<![\p{L}\p{N}])[\p{L}\d]/gu)) {
    const rest = text.slice(index);
    // Only a day with its year is the same for every reference.
    const [early, late] = ["1990-01-01", "2190-06-15"].map((day) => readDate(rest, day)?.date);
    if (early !== undefined && early === late) return early;
  }
  return undefined;
}
