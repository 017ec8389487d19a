import { oneLine } from "../../../core/one-line.ts";
import { type TextWriter } from "../../text-writer.ts";
import { readXml } from "../../xml.ts";
import { MATH, tidyMath } from "./math.ts";
import {
  createParagraph,
  type Entry,
  joinWords,
  listStyles,
  type Paragraph,
  toEntry,
} from "./paragraph.ts";
import {
  createItemCounter,
  type ItemCounter,
  type Numbering,
  type Style,
  toLevel,
  WORD_SPACES,
} from "./style.ts";
import { symbolOf } from "./symbol.ts";
import { type Table, toEntries } from "./table.ts";

export interface DocxContext {
  styles: ReadonlyMap<string, Style>;
  numbering: Numbering;
}

/** Findings in a body besides its text. */
export interface DocxBody {
  /** The foot- and endnotes that the body refers to, as `kind id`. */
  references: ReadonlySet<string>;
  hidden_chars: number;
  /** The first paragraph with the style of a title. */
  title: string | undefined;
}

interface Run {
  isHidden: boolean;
  isStruck: boolean;
  /** Whether the parser is inside the properties of the run. */
  inProperties: boolean;
}

/** A body while it is read. */
interface Body {
  styles: ReadonlyMap<string, Style>;
  counter: ItemCounter;
  writer: TextWriter;
  references: Set<string>;
  hidden_chars: number;
  title: string | undefined;
  /** The open paragraphs and tables, the innermost last. */
  paragraphs: Paragraph[];
  tables: Table[];
  /** The signs of the open sums and integrals. */
  operators: string[];
  run: Run | undefined;
  /** How many open elements are left out with all they hold. */
  leftOut: number;
  isText: boolean;
}

type Attribute = (name: string) => string | undefined;

// Deleted or moved text, earlier properties, and the fallback that repeats the choice beside it.
const LEFT_OUT = new Set(["w:del", "w:moveFrom", "mc:Fallback", "w:rPrChange", "w:pPrChange"]);

/**
 * Writes the text of a document's main part.
 *
 * @throws where the XML is not well-formed
 */
export async function readBody(
  part: AsyncIterable<Uint8Array>,
  { styles, numbering }: DocxContext,
  writer: TextWriter,
): Promise<DocxBody> {
  const body: Body = {
    styles,
    counter: createItemCounter(numbering),
    writer,
    references: new Set(),
    hidden_chars: 0,
    title: undefined,
    paragraphs: [],
    tables: [],
    operators: [],
    run: undefined,
    leftOut: 0,
    isText: false,
  };
  await readXml(part, WORD_SPACES, {
    open(name, attribute) {
      if (LEFT_OUT.has(name)) body.leftOut += 1;
      if (body.leftOut > 0) return;
      const begin = BEGIN.get(name);
      if (begin) begin(body, attribute);
      else addWord(body, MATH.get(name)?.open ?? "");
    },
    close(name) {
      if (LEFT_OUT.has(name)) body.leftOut -= 1;
      if (body.leftOut > 0) return;
      const end = END.get(name);
      if (end) end(body);
      else addWord(body, MATH.get(name)?.close ?? "");
    },
    text(text) {
      if (body.isText && body.leftOut === 0) addWord(body, text);
    },
  });
  const { references, hidden_chars, title } = body;
  return { references, hidden_chars, title };
}

/** The effect of an element's start tag; any other element may belong to a formula. */
const BEGIN: ReadonlyMap<string, (body: Body, attribute: Attribute) => void> = new Map(
  Object.entries<(body: Body, attribute: Attribute) => void>({
    "w:p": (body) => body.paragraphs.push(createParagraph()),
    "w:pStyle": (body, attribute) => changeParagraph(body, { style: attribute("val") }),
    "w:outlineLvl": (body, attribute) =>
      changeParagraph(body, { level: toLevel(attribute("val")) }),
    "w:numId": (body, attribute) => changeList(body, { number: attribute("val") }),
    "w:ilvl": (body, attribute) => changeList(body, { depth: Number(attribute("val") ?? 0) }),

    "w:r": (body) => {
      body.run = { isHidden: false, isStruck: false, inProperties: false };
    },
    "w:rPr": (body) => {
      if (body.run) body.run.inProperties = true;
    },
    "w:vanish": (body, attribute) => changeRun(body, { isHidden: isOn(attribute) }),
    "w:strike": (body, attribute) => changeRun(body, { isStruck: isOn(attribute) }),
    "w:dstrike": (body, attribute) => changeRun(body, { isStruck: isOn(attribute) }),

    "w:t": beginText,
    "m:t": beginText,
    "w:tab": (body) => {
      // Outside of a run it is a tab stop among a paragraph's properties.
      if (body.run) addWord(body, "\t");
    },
    "w:br": (body) => addWord(body, "\n"),
    "w:cr": (body) => addWord(body, "\n"),
    "w:noBreakHyphen": (body) => addWord(body, "-"),
    "w:sym": (body, attribute) => addWord(body, symbolOf(attribute("char") ?? "")),
    "w:footnoteReference": (body, attribute) => addReference(body, "footnote", attribute),
    "w:endnoteReference": (body, attribute) => addReference(body, "endnote", attribute),

    "w:tbl": (body) => body.tables.push({ rows: [] }),
    "w:tr": (body) => body.tables.at(-1)?.rows.push({ cells: [], spans: [] }),
    "w:tc": (body) => {
      const row = body.tables.at(-1)?.rows.at(-1);
      row?.cells.push([]);
      row?.spans.push(1);
    },
    "w:gridSpan": (body, attribute) => {
      const spans = body.tables.at(-1)?.rows.at(-1)?.spans;
      if (spans) spans[spans.length - 1] = Number(attribute("val")) || 1;
    },

    "m:oMath": (body) => {
      const paragraph = body.paragraphs.at(-1);
      if (paragraph) paragraph.formula = paragraph.words.length;
    },
    "m:chr": (body, attribute) => body.operators.push(attribute("val") ?? ""),
  }),
);

/** The effect of an element's end tag. */
const END: ReadonlyMap<string, (body: Body) => void> = new Map(
  Object.entries<(body: Body) => void>({
    "w:p": endParagraph,
    "w:r": (body) => {
      body.run = undefined;
    },
    "w:rPr": (body) => {
      if (body.run) body.run.inProperties = false;
    },
    "w:t": endText,
    "m:t": endText,
    "w:tbl": (body) => {
      const table = body.tables.pop();
      if (table) for (const entry of toEntries(table)) emit(body, entry);
    },
    "m:oMath": (body) => {
      const { words = [], formula = words.length } = body.paragraphs.at(-1) ?? {};
      words.push(tidyMath(words.splice(formula)));
    },
    "m:naryPr": (body) => addWord(body, body.operators.pop() ?? "∫"),
  }),
);

function changeParagraph({ paragraphs }: Body, change: Partial<Paragraph>): void {
  const paragraph = paragraphs.at(-1);
  if (paragraph) Object.assign(paragraph, change);
}

function changeList({ paragraphs }: Body, change: Partial<Paragraph["list"]>): void {
  const paragraph = paragraphs.at(-1);
  if (paragraph) Object.assign(paragraph.list, change);
}

/** Changes the run if the element is one of its properties. */
function changeRun({ run }: Body, change: Partial<Run>): void {
  if (run?.inProperties) Object.assign(run, change);
}

function isOn(attribute: Attribute): boolean {
  const value = attribute("val");
  return value === undefined || !/^(?:0|false|off|none)$/i.test(value);
}

function beginText(body: Body): void {
  body.isText = true;
}

function endText(body: Body): void {
  body.isText = false;
}

function addReference(body: Body, kind: "footnote" | "endnote", attribute: Attribute): void {
  const id = attribute("id") ?? "";
  body.references.add(`${kind} ${id}`);
  addWord(body, `[^${kind === "endnote" ? "e" : ""}${id}]`);
}

/** Adds a word to the innermost paragraph, or counts its characters if its run is hidden. */
function addWord(body: Body, word: string): void {
  const { run, paragraphs } = body;
  if (run?.isHidden) body.hidden_chars += word.length;
  else paragraphs.at(-1)?.words.push(run?.isStruck && /\S/.test(word) ? `~~${word}~~` : word);
}

function endParagraph(body: Body): void {
  const paragraph = body.paragraphs.pop();
  if (paragraph === undefined) return;
  const text = joinWords(paragraph);
  if (text === "") return;
  const styles = listStyles(paragraph.style, body.styles);
  if (body.title === undefined && styles.some(({ name }) => /^title$/i.test(name))) {
    body.title = oneLine(text);
  }
  emit(body, toEntry(paragraph, text, styles, body.counter));
}

/** Writes an entry, or keeps it in the open table cell. */
function emit({ tables, writer }: Body, entry: Entry): void {
  const cell = tables.at(-1)?.rows.at(-1)?.cells.at(-1);
  if (cell === undefined) entry.write(writer);
  else cell.push(entry);
}
