import { parse } from "parse5";
import { oneLine } from "../../../core/one-line.ts";
import type { Document } from "../../../protocol/document.ts";
import { type Region, findRegion } from "./region.ts";
import { type Tree, attribute, pushChildren, walk } from "./tree.ts";
import { layGrid } from "../../grid.ts";
import { type TextWriter, createTextWriter } from "../../text-writer.ts";

type Element = Tree.Element;

/**
 * The text of an HTML page as a person reads it, without hidden text.
 *
 * @param scope `content`: the page's main part where there is a clear one, else all; `all`: everything that
 *   is shown, as in a mail
 */
export function readHtml(html: string, scope: "content" | "all"): Omit<Document, "content_type"> {
  // A page may nest a hundred thousand elements. parse5 stays quick then, and so must all code here.
  const page = parse(html, { scriptingEnabled: false });
  const region = findRegion(page, scope);
  const writer = createTextWriter();
  write(region, writer);
  const { text, headings, warnings } = writer.finish();
  if (region.hidden_chars > 0) {
    const message = `Text that the page hides was left out: ${region.hidden_chars} characters.`;
    warnings.unshift({ code: "hidden_text", message });
  }
  const top = headings.filter(({ level }) => level === 1);
  const given = region.title === "" ? undefined : region.title;
  return {
    title: (top.length === 1 ? top[0]?.text : undefined) ?? given ?? headings[0]?.text ?? null,
    text,
    headings,
    metadata: region.metadata,
    warnings,
  };
}

const BLOCKS = new Set(
  (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption " +
    "figure footer form header hgroup hr html legend li main menu nav ol p section summary table tbody td tfoot " +
    "th thead tr ul"
  ).split(" "),
);
const STRUCK = new Set(["del", "s", "strike"]);

/** A page while it is written. */
interface Writing {
  region: Region;
  writer: TextWriter;
  /** The nodes still to write, and the steps at the ends of elements, the next on top. */
  left: (Tree.Node | (() => void))[];
  /** The words of the current paragraph. */
  words: string[];
  indent: number;
  quotes: number;
  /** The mark of a list item that has no words yet. */
  marker: string | undefined;
  /** For each open list the number of its next item; null for a list without numbers. */
  lists: (number | null)[];
}

function write(region: Region, writer: TextWriter): void {
  const place = { indent: 0, quotes: 0, marker: undefined, lists: [] };
  const writing: Writing = { region, writer, left: [region.root], words: [], ...place };
  for (let next = writing.left.pop(); next !== undefined; next = writing.left.pop()) {
    if (typeof next === "function") next();
    else writeNode(writing, next);
  }
  endBlock(writing);
}

function writeNode(writing: Writing, node: Tree.Node): void {
  if ("value" in node) writing.words.push(node.value.replace(/\s+/g, " "));
  if (writing.region.dropped.has(node)) return;
  if ("tagName" in node) writeElement(writing, node);
  else pushChildren(writing.left, node);
}

function writeElement(writing: Writing, element: Element): void {
  const tag = element.tagName;
  const level = /^h([1-6])$/.exec(tag)?.[1];
  if (level !== undefined) writeHeading(writing, element, Number(level));
  else if (tag === "pre") writeCode(writing, element);
  else if (tag === "table") writeTable(writing, element);
  else if (tag === "ul" || tag === "ol" || tag === "menu") enterList(writing, element);
  else if (tag === "li") enterItem(writing, element);
  else if (tag === "blockquote") enterQuote(writing, element);
  else if (BLOCKS.has(tag)) enterBlock(writing, element);
  else if (STRUCK.has(tag)) addStruck(writing, element);
  else enterInline(writing, element);
}

/** Writes the words so far as a block. */
function endBlock(writing: Writing): void {
  const text = joinWords(writing.words);
  writing.words = [];
  if (text === "") return;
  const { writer, indent, quotes, marker } = writing;
  writer.block(text, { indent, quotes, ...(marker === undefined ? {} : { marker }) });
  writing.marker = undefined;
}

/** Queues the children of an element, and a step after them. */
function enter({ left }: Writing, element: Element, after?: () => void): void {
  if (after) left.push(after);
  pushChildren(left, element);
}

function writeHeading(writing: Writing, element: Element, level: number): void {
  endBlock(writing);
  const { writer, region, quotes } = writing;
  writer.heading(level, textOf(element, region), { quotes });
}

function writeCode(writing: Writing, element: Element): void {
  endBlock(writing);
  const { writer, region, indent, quotes } = writing;
  writer.code(textOf(element, region), { indent, quotes });
}

function writeTable(writing: Writing, element: Element): void {
  endBlock(writing);
  const { writer, region, quotes } = writing;
  const rows = readTable(element, region);
  if (rows) writer.table(rows, { quotes });
  else enter(writing, element, () => endBlock(writing));
}

function enterList(writing: Writing, element: Element): void {
  endBlock(writing);
  const start = Number(attribute(element, "start") ?? 1);
  const first = Number.isSafeInteger(start) ? start : 1;
  writing.lists.push(element.tagName === "ol" ? first : null);
  enter(writing, element, () => {
    endBlock(writing);
    writing.lists.pop();
  });
}

function enterItem(writing: Writing, element: Element): void {
  endBlock(writing);
  const { lists } = writing;
  const number = lists.at(-1);
  const marker = typeof number === "number" ? `${number}. ` : "- ";
  if (typeof number === "number") lists[lists.length - 1] = number + 1;
  writing.marker = marker;
  writing.indent += marker.length;
  enter(writing, element, () => {
    endBlock(writing);
    writing.marker = undefined;
    writing.indent -= marker.length;
  });
}

function enterQuote(writing: Writing, element: Element): void {
  endBlock(writing);
  writing.quotes += 1;
  enter(writing, element, () => {
    endBlock(writing);
    writing.quotes -= 1;
  });
}

function enterBlock(writing: Writing, element: Element): void {
  endBlock(writing);
  enter(writing, element, () => endBlock(writing));
}

function addStruck({ words, region }: Writing, element: Element): void {
  const text = oneLine(textOf(element, region));
  if (text !== "") words.push(`~~${text}~~`);
}

function enterInline(writing: Writing, element: Element): void {
  const { words, marker } = writing;
  const isFirst = marker !== undefined && joinWords(words) === "";
  if (isFirst && isBox(element)) {
    words.push(attribute(element, "checked") === undefined ? "[ ] " : "[x] ");
  }
  words.push(wordOf(element));
  enter(writing, element);
}

/** The text of an element apart from its children: a line break, or the text of a formula. */
function wordOf(element: Element): string {
  switch (element.tagName) {
    case "br":
      return "\n";
    case "math":
      return attribute(element, "alttext") ?? "";
    default:
      return "";
  }
}

function isBox(element: Element): boolean {
  return element.tagName === "input" && attribute(element, "type") === "checkbox";
}

/** The words of a paragraph on the lines that `<br>` made. */
function joinWords(words: readonly string[]): string {
  return words
    .join("")
    .split("\n")
    .map(oneLine)
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** All text in an element with its white space unchanged. */
function textOf(element: Element, { dropped }: Region): string {
  const words: string[] = [];
  for (const node of walk(element, dropped)) {
    if ("value" in node) words.push(node.value);
    if (!("tagName" in node) || node === element) continue;
    words.push(BLOCKS.has(node.tagName) ? "\n" : wordOf(node));
  }
  return words.join("");
}

// The longest cell of a table of data.
const CELL_CHARS = 1_000;

/** The cells of a table of data; undefined for a table that only lays out the page. */
function readTable(table: Element, region: Region): string[][] | undefined {
  if (/^(?:presentation|none)$/.test(attribute(table, "role") ?? "")) return undefined;
  const rows: Element[][] = [];
  for (const node of walk(table, region.dropped)) {
    if (!("tagName" in node) || node === table) continue;
    if (node.tagName === "table" || /^h[1-6]$/.test(node.tagName)) return undefined;
    if (node.tagName === "tr") rows.push([]);
    if (node.tagName === "td" || node.tagName === "th") rows.at(-1)?.push(node);
  }
  if (!rows.some((row) => row.length > 1)) return undefined;
  const cells = rows.map((row) =>
    row.map((cell) => ({
      text: readCell(cell, region),
      columns: spanOf(cell, "colspan"),
      rows: spanOf(cell, "rowspan"),
    })),
  );
  if (cells.flat().some(({ text }) => text.length > CELL_CHARS)) return undefined;
  return layGrid(cells).filter((row) => row.some((cell) => cell !== ""));
}

const MAX_SPAN = 50;

function spanOf(cell: Element, name: string): number {
  return Math.min(Math.max(Number(attribute(cell, name)) || 1, 1), MAX_SPAN);
}

/** The lines of a cell joined to one. */
function readCell(cell: Element, region: Region): string {
  const lines = textOf(cell, region).split("\n").map(oneLine);
  return lines
    .filter((line) => line !== "")
    .join("; ")
    .replaceAll(/([,;:]); /g, "$1 ");
}
