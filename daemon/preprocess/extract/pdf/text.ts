import { oneLine } from "../../../core/one-line.ts";
import type { Document } from "../../../protocol/document.ts";
import type { Block } from "./layout.ts";
import { createTextWriter } from "../../text-writer.ts";

/** Writes the pages of a document as one text: repeated headers and footers once, headings by their size. */
export function writePages(
  pages: readonly Block[][],
  fields: readonly [name: string, value: string][],
): Pick<Document, "text" | "headings" | "warnings"> {
  const writer = createTextWriter();
  const words = readWords(pages);
  const levels = findLevels(pages);
  for (const block of joinPages(dropRepeated(pages))) {
    const level = levels.get(roundSize(block.size));
    const text = block.lines.map((pieces) => joinHyphens(pieces, words)).join("\n");
    // "1. Introduction" in large print is a heading, not a list item.
    const mayBeHeading = block.kind === "paragraph" || /^\d/.test(text);
    if (mayBeHeading && level !== undefined && isHeading(text)) writer.heading(level, text);
    else if (block.kind === "item") writeItem(text);
    else writer.block(text);
  }
  for (const [name, value] of fields) {
    writer.block(`${oneLine(name)}: ${oneLine(value)}`, { indent: 2, marker: "- " });
  }
  return writer.finish();

  function writeItem(text: string): void {
    const [mark, dot] = /^(?:([•◦▪‣●○■–*-])|\S+)\s+/.exec(text) ?? [];
    const marker = dot === undefined ? `${mark?.trim()} ` : "- ";
    writer.block(text.slice(mark?.length ?? 0), { indent: marker.length, marker });
  }
}

// The longest heading. Longer text is prose in large print.
const HEADING_CHARS = 150;

function isHeading(text: string): boolean {
  return text.length <= HEADING_CHARS && /\p{L}/u.test(text);
}

function roundSize(size: number): number {
  return Math.round(size * 2) / 2;
}

/** The heading level of each font size that is larger than the main text. */
function findLevels(pages: readonly Block[][]): Map<number, number> {
  const chars = new Map<number, number>();
  for (const { size, lines } of pages.flat()) {
    const known = chars.get(roundSize(size)) ?? 0;
    chars.set(roundSize(size), known + lines.flat().join("").length);
  }
  const [body = 0] = [...chars].toSorted((a, b) => b[1] - a[1])[0] ?? [];
  const larger = [...chars.keys()].filter((size) => size >= 1.15 * body).toSorted((a, b) => b - a);
  return new Map(larger.map((size, rank) => [size, Math.min(rank + 1, 4)]));
}

// On fewer pages, equal text may be repeated on purpose.
const REPEATED_PAGES = 3;
const REPEATED_CHARS = 150;

/** Drops page numbers, and keeps only the first of the headers and footers that most pages repeat. */
function dropRepeated(pages: readonly Block[][]): Block[][] {
  const edgesOf = (page: readonly Block[]): Block[] => [...page.slice(0, 2), ...page.slice(-2)];
  const keyOf = (block: Block): string => block.lines.flat().join(" ").replaceAll(/\d+/g, "#");
  const counts = new Map<string, number>();
  for (const page of pages) {
    for (const key of new Set(edgesOf(page).map(keyOf)))
      counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const seen = new Set<string>();
  return pages.map((page) => {
    const edges = new Set(edgesOf(page));
    return page.filter((block) => {
      const key = keyOf(block);
      if (!edges.has(block) || key.length > REPEATED_CHARS) return true;
      if (/^(?:page )?#(?: (?:of|\/) #)?$/i.test(key) && pages.length > 1) return false;
      const count = counts.get(key) ?? 0;
      if (count < REPEATED_PAGES || count * 2 <= pages.length) return true;
      const isFirst = !seen.has(key);
      seen.add(key);
      return isFirst;
    });
  });
}

/** The blocks of all pages. Joins a sentence that continues on the next page. */
function joinPages(pages: readonly Block[][]): Block[] {
  const blocks: Block[] = [];
  for (const page of pages) {
    const [first, ...rest] = page;
    const last = blocks.at(-1);
    if (first === undefined) continue;
    const goesOn =
      last?.kind === "paragraph" &&
      first.kind === "paragraph" &&
      Math.abs(last.size - first.size) < 0.5 &&
      /[\p{L},-]$/u.test(last.lines.at(-1)?.at(-1) ?? "") &&
      /^\p{Ll}/u.test(first.lines[0]?.[0] ?? "");
    if (goesOn) {
      const [pieces = [], ...lines] = first.lines;
      last.lines.at(-1)?.push(...pieces);
      last.lines.push(...lines);
    } else blocks.push(first);
    blocks.push(...rest);
  }
  return blocks;
}

const WORD = /[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu;

/** All words that are whole on a line, in lower case. */
function readWords(pages: readonly Block[][]): Set<string> {
  const words = new Set<string>();
  for (const line of pages.flat().flatMap((block) => block.lines.flat())) {
    // The hyphened end of a line may be half of a word.
    const whole = isHyphened(line) ? line.slice(0, line.lastIndexOf(" ") + 1) : line;
    for (const [word] of whole.matchAll(WORD)) words.add(word.toLowerCase());
  }
  return words;
}

// Word endings that follow a hyphen at the end of a line, even after a word: "develop-ment".
const ENDING =
  /^(?:able|al|ally|ance|ed|ence|ent|er|ers|est|ful|ible|ic|ing|ings|ism|ist|ists|ity|ive|less|ly|ment|ments|ness|ous|ship|tion|tions)$/;

/** Joins the pieces of a line, and the words that were divided between them. */
function joinHyphens(pieces: readonly string[], words: ReadonlySet<string>): string {
  const joined = pieces.map((piece, index) => {
    const next = pieces[index + 1];
    if (next === undefined) return piece;
    const [after] = /^\p{Ll}[\p{L}\p{N}]*/u.exec(next) ?? [];
    if (!isHyphened(piece) || after === undefined) return `${piece} `;
    const before = piece.slice(piece.lastIndexOf(" ") + 1, -1);
    const isWhole = isCompound(before.toLowerCase(), after.toLowerCase(), words);
    return isWhole ? piece : piece.slice(0, -1);
  });
  return joined.join("");
}

function isHyphened(line: string): boolean {
  return /\p{L}[-\u2010]$/u.test(line.slice(-3));
}

/** Whether the hyphen belongs to the word. The rest of the document shows that best. */
function isCompound(before: string, after: string, words: ReadonlySet<string>): boolean {
  if (words.has(`${before}-${after}`)) return true;
  if (words.has(`${before}${after}`)) return false;
  return words.has(before) && !ENDING.test(after);
}
