import type { Box } from "./line.ts";

/** One part of a document: a heading, a label, an item, a paragraph, an utterance or a row. */
export interface Block {
  /** A label is a line that heads the next lines without the mark of a heading: `Next steps:`. */
  kind: "heading" | "label" | "item" | "paragraph" | "said" | "row";
  /**
   * heading: 1-6. label: 6, or 7 if it may be below another label. item, paragraph: the number of items
   * around it. row: 0 for the row that names the columns, 1 for the others.
   */
  level: number;
  /** 0-based line of the document's text. */
  first: number;
  /** The text of each line, without markup; of a row, its cells unchanged. */
  lines: string[];
  box: Box | null;
  /** All of it is struck out, so it was dropped or done. */
  isStruck: boolean;
  /** The speaker of an utterance, and its day `YYYY-MM-DD`; null for other kinds. */
  speaker: string | null;
  day: string | null;
}

/** Creates a block without box, strike and speaker. */
export function blockOf(kind: Block["kind"], level: number, first: number, lines: string[]): Block {
  return { kind, level, first, lines, box: null, isStruck: false, speaker: null, day: null };
}
