import { parse } from "parse5";
import type { Document } from "../../../protocol/document.ts";
import { type Region, findRegion } from "./region.ts";
import { type Tree, attribute, pushChildren, walk } from "./tree.ts";
import { type TextWriter, createTextWriter, oneLine } from "../../text-writer.ts";

type Element = Tree.Element;

/**
 * The text of an HTML page as a person reads it: of the part that is its content where that can be told,
 * else of all that is shown; without what is hidden.
 *
 * @param scope `content`: without menus and the like; `all`: as in a mail, where everything was written
 */
export function readHtml(html: string, scope: "content" | "all"): Omit<Document, "content_type"> {
  // parse5 alone stays quick where elements lie in one another by the hundred thousand; so must this.
  const page = parse(html, { scriptingEnabled: false });
  const region = findRegion(page, scope);
  const writer = createTextWriter();
  write(region, writer);
  const { text, headings, warnings } = writer.finish();
  if (region.hidden_chars > 0) {
    warnings.unshift(`Text that the page hides was left out: ${region.hidden_chars} characters.`);
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

/** What is being written: where it stands, and the words of the paragraph so far. */
interface State {
  words: string[];
  indent: number;
  quotes: number;
  /** The mark of a list item whose first words have not come yet. */
  marker: string | undefined;
  /** The numbers of the lists around: the next item's, or null where items have none. */
  lists: (number | null)[];
}

function write(region: Region, writer: TextWriter): void {
  const state: State = { words: [], indent: 0, quotes: 0, marker: undefined, lists: [] };
  // What is left to do, the next on top: nodes to write, and what follows when all in an element is written.
  const left: (Tree.Node | (() => void))[] = [region.root];

  const flush = (): void => {
    const text = joinWords(state.words);
    state.words = [];
    if (text === "") return;
    const { indent, quotes, marker } = state;
    writer.block(text, { indent, quotes, ...(marker === undefined ? {} : { marker }) });
    state.marker = undefined;
  };
  const enter = (element: Element, after?: () => void): void => {
    if (after) left.push(after);
    pushChildren(left, element);
  };

  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === "function") {
      next();
      continue;
    }
    if ("value" in next) state.words.push(next.value.replace(/\s+/g, " "));
    if (region.dropped.has(next)) continue;
    if (!("tagName" in next)) {
      pushChildren(left, next);
      continue;
    }
    const element = next;
    const tag = element.tagName;

    const level = /^h([1-6])$/.exec(tag)?.[1];
    if (level !== undefined) {
      flush();
      writer.heading(Number(level), textOf(element, region), { quotes: state.quotes });
    } else if (tag === "pre") {
      flush();
      writer.code(textOf(element, region), { indent: state.indent, quotes: state.quotes });
    } else if (tag === "table") {
      flush();
      const rows = readTable(element, region);
      if (rows) writer.table(rows, { quotes: state.quotes });
      else enter(element, flush);
    } else if (tag === "ul" || tag === "ol" || tag === "menu") {
      flush();
      const start = Number(attribute(element, "start") ?? 1);
      state.lists.push(tag === "ol" ? (Number.isSafeInteger(start) ? start : 1) : null);
      enter(element, () => {
        flush();
        state.lists.pop();
      });
    } else if (tag === "li") {
      flush();
      const number = state.lists.at(-1);
      const marker = typeof number === "number" ? `${number}. ` : "- ";
      if (typeof number === "number") state.lists[state.lists.length - 1] = number + 1;
      state.marker = marker;
      state.indent += marker.length;
      enter(element, () => {
        flush();
        state.marker = undefined;
        state.indent -= marker.length;
      });
    } else if (tag === "blockquote") {
      flush();
      state.quotes += 1;
      enter(element, () => {
        flush();
        state.quotes -= 1;
      });
    } else if (BLOCKS.has(tag)) {
      flush();
      enter(element, flush);
    } else if (STRUCK.has(tag)) {
      const text = oneLine(textOf(element, region));
      if (text !== "") state.words.push(`~~${text}~~`);
    } else {
      const isFirst = state.marker !== undefined && joinWords(state.words) === "";
      if (isFirst && isBox(element)) {
        state.words.push(attribute(element, "checked") === undefined ? "[ ] " : "[x] ");
      }
      state.words.push(wordOf(element));
      enter(element);
    }
  }
  flush();
}

/** What an element stands for by itself. */
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

/** Words on the lines that they were broken into. */
function joinWords(words: readonly string[]): string {
  return words
    .join("")
    .split("\n")
    .map(oneLine)
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** All text in an element, its line breaks and white space as they are. */
function textOf(element: Element, { dropped }: Region): string {
  const words: string[] = [];
  for (const node of walk(element, dropped)) {
    if ("value" in node) words.push(node.value);
    if (!("tagName" in node) || node === element) continue;
    words.push(BLOCKS.has(node.tagName) ? "\n" : wordOf(node));
  }
  return words.join("");
}

// A cell with more is a part of the page's layout.
const CELL_CHARS = 1_000;

/** The cells of a table of data; undefined for one that only lays out the page. */
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
  const cells = rows.map((row) => row.map((cell) => readCell(cell, region)));
  if (cells.flat().some((cell) => cell.length > CELL_CHARS)) return undefined;
  return cells.filter((row) => row.some((cell) => cell !== ""));
}

/** The lines of a cell, on one. */
function readCell(cell: Element, region: Region): string {
  const lines = textOf(cell, region).split("\n").map(oneLine);
  return lines
    .filter((line) => line !== "")
    .join("; ")
    .replaceAll(/([,;:]); /g, "$1 ");
}
