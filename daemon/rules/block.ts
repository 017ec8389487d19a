import type { Box } from "./line.ts";

/** One part of a document: a heading, an item, a paragraph, what somebody says, or a row. */
export interface Block {
  /** A label is a line that heads what follows without being marked as a heading: `Next steps:`. */
  kind: "heading" | "label" | "item" | "paragraph" | "said" | "row";
  /**
   * heading: 1-6. label: 6, or 7 where it may stand below another label. item, paragraph: how many items
   * it stands in. row: 0 for the one that names the columns, 1 for the others.
   */
  level: number;
  /** 0-based line of the document's text. */
  first: number;
  /** The text of each of its lines, without markup; of a row, its cells as they are. */
  lines: string[];
  box: Box | null;
  /** All of it is struck out: it was dropped, or done. */
  isStruck: boolean;
  /** Who says it, and on which day; only of what is said. */
  speaker: string | null;
  day: string | null;
}

/** A block without box, strike and speaker. */
export function blockOf(kind: Block["kind"], level: number, first: number, lines: string[]): Block {
  return { kind, level, first, lines, box: null, isStruck: false, speaker: null, day: null };
}
