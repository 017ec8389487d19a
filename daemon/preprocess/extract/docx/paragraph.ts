import type { TextWriter } from "../../text-writer.ts";
import { type ItemCounter, MAX_DEPTH, type Style } from "./style.ts";

/** A paragraph while it is read. */
export interface Paragraph {
  words: string[];
  /** Index in `words` at which the current formula begins. */
  formula: number | undefined;
  style: string | undefined;
  level: number | undefined;
  list: { number: string | undefined; depth: number | undefined };
}

/** A block that is ready to be written. A table cell keeps its entries until its table ends. */
export interface Entry {
  text: string;
  write(writer: TextWriter): void;
}

export function createParagraph(): Paragraph {
  return {
    words: [],
    formula: undefined,
    style: undefined,
    level: undefined,
    list: { number: undefined, depth: undefined },
  };
}

/** The text of a paragraph, each run of spaces as one. */
export function joinWords({ words }: Paragraph): string {
  return words
    .join("")
    .replaceAll("~~~~", "")
    .replace(/[^\S\n]+/g, " ")
    .trim();
}

/**
 * A paragraph as heading, list item or text. Counts a list item.
 *
 * @param styles of the paragraph, the nearest first
 */
export function toEntry(
  { level: ownLevel, list }: Paragraph,
  text: string,
  styles: readonly Style[],
  counter: ItemCounter,
): Entry {
  const level = ownLevel ?? styles.find((style) => style.level !== undefined)?.level;
  const number =
    list.number ?? styles.find((style) => style.list.number !== undefined)?.list.number;
  const depth =
    list.depth ?? styles.find((style) => style.list.depth !== undefined)?.list.depth ?? 0;
  const isItem = number !== undefined && number !== "0" && depth >= 0 && depth < MAX_DEPTH;
  const marker = isItem ? counter.next(number, depth) : "";
  if (level !== undefined) {
    const heading = marker === "- " ? text : marker + text;
    return { text: heading, write: (writer) => writer.heading(level, heading) };
  }
  if (marker === "") return { text, write: (writer) => writer.block(text) };
  const place = { indent: depth * 2 + marker.length, marker };
  return { text: marker + text, write: (writer) => writer.block(text, place) };
}

/** The style with this id and the styles it is based on, the nearest first. */
export function listStyles(id: string | undefined, styles: ReadonlyMap<string, Style>): Style[] {
  const found: Style[] = [];
  for (let next = id; next !== undefined && found.length < 20;) {
    const style = styles.get(next);
    if (style === undefined) break;
    found.push(style);
    next = style.base;
  }
  return found;
}
