import {
  createItemCounter,
  MAX_DEPTH,
  type Numbering,
  type Part,
  type Style,
  toLevel,
  WORD_SPACES,
} from "./style.ts";
import { MATH, tidyMath } from "./math.ts";
import { type TextWriter, formatTable, oneLine } from "../../text-writer.ts";
import { readXml } from "../../xml.ts";

export interface DocxContext {
  styles: ReadonlyMap<string, Style>;
  numbering: Numbering;
}

/** What a body holds beside its text. */
export interface DocxBody {
  /** The foot- and endnotes it refers to, as `kind id`. */
  references: ReadonlySet<string>;
  hidden_chars: number;
  /** The first paragraph in the style of a title. */
  title: string | undefined;
}

interface Paragraph {
  words: string[];
  /** Where among them a formula begins. */
  formula: number | undefined;
  style: string | undefined;
  level: number | undefined;
  list: { number: string | undefined; depth: number | undefined };
}

interface Run {
  isHidden: boolean;
  isStruck: boolean;
  /** Of its properties, not its text. */
  inProperties: boolean;
}

/** What is written outside of tables, or what a cell holds until its table has ended. */
type Entry = { text: string; write(writer: TextWriter): void };

interface Table {
  rows: { cells: Entry[][]; spans: number[] }[];
}

// What was deleted or moved away; the fallback says again what the choice beside it said.
const LEFT_OUT = new Set(["w:del", "w:moveFrom", "mc:Fallback", "w:rPrChange", "w:pPrChange"]);
// A table of data has cells of this many characters at most.
const CELL_CHARS = 1_000;

/** Writes the text of a document's main part. */
export async function readBody(
  part: AsyncIterable<Uint8Array>,
  context: DocxContext,
  writer: TextWriter,
): Promise<DocxBody> {
  const counter = createItemCounter(context.numbering);
  const references = new Set<string>();
  const paragraphs: Paragraph[] = [];
  const tables: Table[] = [];
  const math: string[] = [];
  let run: Run | undefined;
  let leftOut = 0;
  let hidden_chars = 0;
  let title: string | undefined;
  let isText = false;

  const add = (word: string): void => {
    const paragraph = paragraphs.at(-1);
    if (run?.isHidden) hidden_chars += word.length;
    else paragraph?.words.push(run?.isStruck && /\S/.test(word) ? `~~${word}~~` : word);
  };
  const emit = (entry: Entry): void => {
    const cell = tables.at(-1)?.rows.at(-1)?.cells.at(-1);
    if (cell === undefined) entry.write(writer);
    else cell.push(entry);
  };

  const endParagraph = (paragraph: Paragraph): void => {
    const text = paragraph.words
      .join("")
      .replaceAll("~~~~", "")
      .replace(/[^\S\n]+/g, " ")
      .trim();
    const styles = baseStyles(paragraph.style, context.styles);
    const level = paragraph.level ?? styles.find((style) => style.level !== undefined)?.level;
    const number =
      paragraph.list.number ?? styles.find(({ list }) => list.number !== undefined)?.list.number;
    const depth =
      paragraph.list.depth ?? styles.find(({ list }) => list.depth !== undefined)?.list.depth ?? 0;
    if (text === "") return;
    if (title === undefined && styles.some(({ name }) => /^title$/i.test(name)))
      title = oneLine(text);
    const isItem = number !== undefined && number !== "0" && depth >= 0 && depth < MAX_DEPTH;
    const marker = isItem ? counter.next(number, depth) : "";
    if (level !== undefined) {
      const heading = marker === "- " ? text : marker + text;
      emit({ text: heading, write: (to) => to.heading(level, heading) });
    } else if (marker !== "") {
      const place = { indent: depth * 2 + marker.length, marker };
      emit({ text: marker + text, write: (to) => to.block(text, place) });
    } else emit({ text, write: (to) => to.block(text) });
  };

  const endTable = (table: Table): void => {
    const texts = table.rows.map(({ cells, spans }) =>
      cells.flatMap((cell, index) => [
        cell.map(({ text }) => oneLine(text)).join("; "),
        ...Array.from({ length: Math.min((spans[index] ?? 1) - 1, 50) }, () => ""),
      ]),
    );
    const rows = texts.filter((row) => row.some((text) => text !== ""));
    const isData =
      rows.some((row) => row.length > 1) && rows.flat().every((text) => text.length <= CELL_CHARS);
    if (isData) emit({ text: formatTable(rows).join("; "), write: (to) => to.table(rows) });
    else for (const entry of table.rows.flatMap(({ cells }) => cells.flat())) emit(entry);
  };

  await readXml(part, WORD_SPACES, {
    open(name, attribute) {
      if (LEFT_OUT.has(name)) leftOut += 1;
      if (leftOut > 0) return;
      const value = attribute("val");
      const isOn = value === undefined || !/^(?:0|false|off|none)$/i.test(value);
      const paragraph = paragraphs.at(-1);
      switch (name) {
        case "w:p":
          paragraphs.push({
            words: [],
            formula: undefined,
            style: undefined,
            level: undefined,
            list: { number: undefined, depth: undefined },
          });
          return;
        case "w:pStyle":
          if (paragraph) paragraph.style = value;
          return;
        case "w:outlineLvl":
          if (paragraph) paragraph.level = toLevel(value);
          return;
        case "w:numId":
          if (paragraph) paragraph.list.number = value;
          return;
        case "w:ilvl":
          if (paragraph) paragraph.list.depth = Number(value ?? 0);
          return;
        case "w:r":
          run = { isHidden: false, isStruck: false, inProperties: false };
          return;
        case "w:rPr":
          if (run) run.inProperties = true;
          return;
        case "w:vanish":
          if (run?.inProperties) run.isHidden = isOn;
          return;
        case "w:strike":
        case "w:dstrike":
          if (run?.inProperties) run.isStruck = isOn;
          return;
        case "w:t":
        case "m:t":
          isText = true;
          return;
        case "w:tab":
          // The same name stands for a tab stop among a paragraph's properties.
          if (run) add("\t");
          return;
        case "w:br":
        case "w:cr":
          add("\n");
          return;
        case "w:noBreakHyphen":
          add("-");
          return;
        case "w:sym":
          add(symbolOf(attribute("char") ?? ""));
          return;
        case "w:footnoteReference":
        case "w:endnoteReference": {
          const kind = name === "w:footnoteReference" ? "footnote" : "endnote";
          const id = attribute("id") ?? "";
          references.add(`${kind} ${id}`);
          add(`[^${kind === "endnote" ? "e" : ""}${id}]`);
          return;
        }
        case "w:tbl":
          tables.push({ rows: [] });
          return;
        case "w:tr":
          tables.at(-1)?.rows.push({ cells: [], spans: [] });
          return;
        case "w:tc":
          tables.at(-1)?.rows.at(-1)?.cells.push([]);
          tables.at(-1)?.rows.at(-1)?.spans.push(1);
          return;
        case "w:gridSpan": {
          const spans = tables.at(-1)?.rows.at(-1)?.spans;
          if (spans) spans[spans.length - 1] = Number(value) || 1;
          return;
        }
        case "m:oMath":
          if (paragraph) paragraph.formula = paragraph.words.length;
          return;
        case "m:chr":
          math.push(value ?? "");
          return;
        default:
          add(MATH[name]?.open ?? "");
      }
    },
    close(name) {
      if (LEFT_OUT.has(name)) leftOut -= 1;
      if (leftOut > 0) return;
      switch (name) {
        case "w:p": {
          const paragraph = paragraphs.pop();
          if (paragraph) endParagraph(paragraph);
          return;
        }
        case "w:r":
          run = undefined;
          return;
        case "w:rPr":
          if (run) run.inProperties = false;
          return;
        case "w:t":
        case "m:t":
          isText = false;
          return;
        case "w:tbl": {
          const table = tables.pop();
          if (table) endTable(table);
          return;
        }
        case "m:oMath": {
          const { words = [], formula = words.length } = paragraphs.at(-1) ?? {};
          words.push(tidyMath(words.splice(formula)));
          return;
        }
        case "m:naryPr":
          add(math.pop() ?? "∫");
          return;
        default:
          add(MATH[name]?.close ?? "");
      }
    },
    text(text) {
      if (isText && leftOut === 0) add(text);
    },
  });
  return { references, hidden_chars, title };
}

/** A style and those it builds on, the nearest first. */
function baseStyles(id: string | undefined, styles: ReadonlyMap<string, Style>): Style[] {
  const found: Style[] = [];
  for (let next = id; next !== undefined && found.length < 20;) {
    const style = styles.get(next);
    if (style === undefined) break;
    found.push(style);
    next = style.base;
  }
  return found;
}

// What forms are ticked with, in the fonts Wingdings and Wingdings 2, which Word keeps at F000 and up.
const SYMBOLS: Readonly<Record<string, string>> = {
  F0A8: "☐",
  F06F: "☐",
  F071: "☐",
  F0FE: "☑",
  F052: "☑",
  F0FD: "☒",
  F053: "☒",
  F0FC: "✓",
  F0FB: "✗",
  F0E0: "→",
  F0B7: "•",
};

function symbolOf(code: string): string {
  return SYMBOLS[code.toUpperCase()] ?? "";
}

export interface Note {
  kind: "footnote" | "endnote" | "comment";
  id: string;
  author: string | undefined;
  date: string | undefined;
  text: string;
}

/** The notes of a part, in their order. */
export async function readNotes(part: Part, kind: Note["kind"]): Promise<Note[]> {
  const notes: Note[] = [];
  let note: Note | undefined;
  let isText = false;
  if (part === undefined) return notes;
  await readXml(part, WORD_SPACES, {
    open(name, attribute) {
      if (name === `w:${kind}`) {
        const [id = "", author, date] = [attribute("id"), attribute("author"), attribute("date")];
        note = { kind, id, author, date, text: "" };
        notes.push(note);
      }
      isText = name === "w:t";
      if (note && (name === "w:p" || name === "w:br" || name === "w:tab")) note.text += " ";
    },
    close(name) {
      isText = false;
      if (name === `w:${kind}`) note = undefined;
    },
    text(text) {
      if (note && isText) note.text += text;
    },
  });
  return notes.filter(({ text }) => text.trim() !== "");
}
