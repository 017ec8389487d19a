import { oneLine } from "../../../core/one-line.ts";
import { createSlides, type Slides } from "../slides.ts";
import type { Place, TextWriter } from "../../text-writer.ts";
import { readXml } from "../../xml.ts";

const ODF = "urn:oasis:names:tc:opendocument:xmlns";

export const ODF_SPACES: Readonly<Record<string, string>> = {
  [`${ODF}:office:1.0`]: "office",
  [`${ODF}:text:1.0`]: "text",
  [`${ODF}:table:1.0`]: "table",
  [`${ODF}:drawing:1.0`]: "draw",
  [`${ODF}:presentation:1.0`]: "presentation",
  [`${ODF}:style:1.0`]: "style",
  [`${ODF}:meta:1.0`]: "meta",
  "http://purl.org/dc/elements/1.1/": "dc",
};

/** Findings in a body besides its text. */
export interface OdfBody {
  hidden_chars: number;
  hidden_slides: number;
  /** The first heading, or title of a slide. */
  title: string | null;
}

interface Paragraph {
  level: number | undefined;
  place: Place;
  words: string[];
}

interface Cell {
  texts: string[];
  columns: number;
}

/** A note or comment, kept until the text ends. */
interface Note {
  kind: "note" | "comment";
  mark: string;
  author: string;
  date: string;
  texts: string[];
}

interface List {
  style: string | undefined;
  /** The number of the next item. */
  next: number;
  /** Whether the item has no text yet, so that its first paragraph gets the mark. */
  isFresh: boolean;
}

/** A body while it is read. */
interface Body {
  writer: TextWriter;
  slides: Slides;
  paragraphs: Paragraph[];
  lists: List[];
  /** The open tables, the innermost last: their rows of cells. */
  tables: Cell[][][];
  notes: Note[];
  /** The open note or comment. */
  note: Note | undefined;
  /** What of a note or comment its element is. */
  noteField: "mark" | "author" | "date" | undefined;
  /** `style level` of lists whose items have numbers. */
  numbered: Set<string>;
  listStyle: string;
  /** Styles whose text is hidden, or whose slides are. */
  hiddenStyles: Set<string>;
  style: string;
  /** How many open elements are left out with all they hold. */
  leftOut: number;
  /** Of these, how many are hidden text, whose characters count. */
  hiding: number;
  found: OdfBody;
  isTitle: boolean;
}

type Attribute = (name: string) => string | undefined;

// Deleted text, what only a printer or the program shows, and forms.
const LEFT_OUT = new Set([
  "text:tracked-changes",
  "text:sequence-decls",
  "text:table-of-content-source",
  "office:forms",
  "presentation:footer-decl",
  "presentation:date-time-decl",
]);
const HIDDEN = new Set(["text:hidden-text", "text:hidden-paragraph"]);
const MAX_DEPTH = 8;
// A style repeats empty cells to the end of the sheet.
const MOST_REPEATED = 50;

/** @throws where the XML is not well-formed */
export async function readOdfBody(
  part: AsyncIterable<Uint8Array>,
  writer: TextWriter,
): Promise<OdfBody> {
  const body: Body = {
    writer,
    slides: createSlides(writer),
    paragraphs: [],
    lists: [],
    tables: [],
    notes: [],
    note: undefined,
    noteField: undefined,
    numbered: new Set(),
    listStyle: "",
    hiddenStyles: new Set(),
    style: "",
    leftOut: 0,
    hiding: 0,
    found: { hidden_chars: 0, hidden_slides: 0, title: null },
    isTitle: false,
  };
  const opened: { isLeft: boolean; isHidden: boolean }[] = [];
  await readXml(part, ODF_SPACES, {
    open(name, attribute) {
      const isHidden = hides(body, name, attribute);
      const isLeft = LEFT_OUT.has(name) || isHidden || hidesSlide(body, name, attribute);
      opened.push({ isLeft, isHidden });
      if (isLeft) body.leftOut += 1;
      if (isHidden) body.hiding += 1;
      if (body.leftOut === 0) BEGIN.get(name)?.(body, attribute);
    },
    close(name) {
      if (body.leftOut === 0) END.get(name)?.(body);
      const { isLeft = false, isHidden = false } = opened.pop() ?? {};
      if (isLeft) body.leftOut -= 1;
      if (isHidden) body.hiding -= 1;
    },
    text(text) {
      if (body.hiding > 0) body.found.hidden_chars += text.trim().length;
      else if (body.leftOut === 0) addText(body, text);
    },
  });
  writeNotes(body);
  return { ...body.found, title: body.found.title ?? body.slides.title() };
}

/** Whether an element hides its text. */
function hides({ hiddenStyles }: Body, name: string, attribute: Attribute): boolean {
  if (HIDDEN.has(name)) return attribute("is-hidden") === "true";
  const style = attribute("style-name");
  return (
    style !== undefined && hiddenStyles.has(style) && (name === "text:span" || name === "text:p")
  );
}

/** Whether an element is a slide that is not shown; counts it. */
function hidesSlide({ hiddenStyles, found }: Body, name: string, attribute: Attribute): boolean {
  if (name !== "draw:page" || !hiddenStyles.has(attribute("style-name") ?? "")) return false;
  found.hidden_slides += 1;
  return true;
}

/** The effect of an element's start tag. */
const BEGIN: ReadonlyMap<string, (body: Body, attribute: Attribute) => void> = new Map(
  Object.entries<(body: Body, attribute: Attribute) => void>({
    "text:list-style": (body, attribute) => {
      body.listStyle = attribute("name") ?? "";
    },
    "text:list-level-style-number": ({ numbered, listStyle }, attribute) => {
      if (attribute("num-format")) numbered.add(`${listStyle} ${attribute("level") ?? "1"}`);
    },
    "style:style": (body, attribute) => {
      body.style = attribute("name") ?? "";
    },
    "style:text-properties": ({ hiddenStyles, style }, attribute) => {
      if (attribute("display") === "none") hiddenStyles.add(style);
    },
    "style:drawing-page-properties": ({ hiddenStyles, style }, attribute) => {
      if (attribute("visibility") === "hidden") hiddenStyles.add(style);
    },

    "text:h": (body, attribute) => {
      const level = Math.min(Math.max(Number(attribute("outline-level")) || 1, 1), 6);
      body.paragraphs.push({ level, place: {}, words: [] });
    },
    "text:p": (body) => {
      body.paragraphs.push({ level: undefined, place: placeOf(body), words: [] });
    },
    "text:s": (body) => addWord(body, " "),
    "text:tab": (body) => addWord(body, "\t"),
    "text:line-break": (body) => addWord(body, "\n"),

    "text:list": (body, attribute) => {
      const style = attribute("style-name") ?? body.lists.at(-1)?.style;
      body.lists.push({ style, next: 1, isFresh: false });
    },
    "text:list-item": ({ lists }) => {
      const list = lists.at(-1);
      if (list) list.isFresh = true;
    },

    "table:table": (body) => body.tables.push([]),
    "table:table-row": ({ tables }) => tables.at(-1)?.push([]),
    "table:table-cell": beginCell,
    "table:covered-table-cell": beginCell,

    "text:note": (body, attribute) => beginNote(body, "note", attribute("note-class") ?? ""),
    "text:note-citation": (body) => {
      body.noteField = "mark";
    },
    "office:annotation": (body) => beginNote(body, "comment", ""),
    "dc:creator": (body) => {
      if (body.note) body.noteField = "author";
    },
    "dc:date": (body) => {
      if (body.note) body.noteField = "date";
    },

    "draw:page": ({ slides }) => slides.begin(),
    "draw:frame": (body, attribute) => {
      body.isTitle = attribute("class") === "title";
    },
    "presentation:notes": ({ slides }) => slides.beginNotes(),
  }),
);

/** The effect of an element's end tag. */
const END: ReadonlyMap<string, (body: Body) => void> = new Map(
  Object.entries<(body: Body) => void>({
    "text:h": endParagraph,
    "text:p": endParagraph,
    "text:list": (body) => void body.lists.pop(),
    "text:list-item": ({ lists }) => {
      const list = lists.at(-1);
      if (list?.isFresh) list.next += 1;
      if (list) list.isFresh = false;
    },
    "table:table": endTable,
    "text:note": endNote,
    "office:annotation": endNote,
    "text:note-citation": endNoteField,
    "dc:creator": endNoteField,
    "dc:date": endNoteField,
    "draw:page": ({ slides }) => slides.end(),
    "draw:frame": (body) => {
      body.isTitle = false;
    },
  }),
);

function placeOf({ lists, numbered }: Body): Place {
  const list = lists.at(-1);
  if (list === undefined) return {};
  const depth = Math.min(lists.length, MAX_DEPTH);
  const isNumbered = numbered.has(`${list.style ?? ""} ${lists.length}`);
  const marker = isNumbered ? `${list.next}. ` : "- ";
  const indent = (depth - 1) * 2 + marker.length;
  if (!list.isFresh) return { indent };
  list.isFresh = false;
  list.next += 1;
  return { indent, marker };
}

function addText(body: Body, text: string): void {
  const { note, noteField } = body;
  if (note && noteField) note[noteField] += oneLine(text);
  else addWord(body, text.replaceAll(/\s+/gu, " "));
}

function addWord({ paragraphs }: Body, word: string): void {
  paragraphs.at(-1)?.words.push(word);
}

function endParagraph(body: Body): void {
  const paragraph = body.paragraphs.pop();
  if (paragraph === undefined) return;
  const text = paragraph.words.join("").replaceAll(/ {2,}/gu, " ").trim();
  if (text === "") return;
  const cell = body.tables.at(-1)?.at(-1)?.at(-1);
  if (body.note) body.note.texts.push(oneLine(text));
  else if (cell !== undefined) cell.texts.push(oneLine(text));
  else if (body.slides.isOpen()) body.slides.add(text, paragraph.place, body.isTitle);
  else if (paragraph.level === undefined) body.writer.block(text, paragraph.place);
  else {
    body.found.title ??= oneLine(text);
    body.writer.heading(paragraph.level, text);
  }
}

function beginCell({ tables }: Body, attribute: Attribute): void {
  const columns = Math.min(Number(attribute("number-columns-repeated")) || 1, MOST_REPEATED);
  tables.at(-1)?.at(-1)?.push({ texts: [], columns });
}

function endTable({ tables, writer, slides }: Body): void {
  const rows = (tables.pop() ?? []).map((row) =>
    row.flatMap(({ texts, columns }) => Array.from({ length: columns }, () => texts.join("; "))),
  );
  const used = rows.filter((row) => row.some((text) => text !== ""));
  if (used.length === 0) return;
  const width = used.reduce(
    (most, row) => Math.max(most, row.findLastIndex((text) => text !== "") + 1),
    0,
  );
  const cut = used.map((row) => row.slice(0, width));
  const cell = tables.at(-1)?.at(-1)?.at(-1);
  if (cell !== undefined) cell.texts.push(cut.map((row) => row.join(", ")).join("; "));
  else if (slides.isOpen()) slides.addTable(cut);
  else if (width === 1) for (const row of cut) writer.block(row.join(""));
  else writer.table(cut);
}

function beginNote(body: Body, kind: Note["kind"], noteClass: string): void {
  body.note = { kind, mark: noteClass === "endnote" ? "e" : "", author: "", date: "", texts: [] };
}

function endNoteField(body: Body): void {
  body.noteField = undefined;
}

function endNote(body: Body): void {
  const { note } = body;
  body.note = undefined;
  if (note === undefined || note.texts.length === 0) return;
  body.notes.push(note);
  if (note.kind === "note") addWord(body, `[^${note.mark}]`);
}

function writeNotes({ notes, writer }: Body): void {
  for (const { mark, texts } of notes.filter(({ kind }) => kind === "note")) {
    writer.block(`[^${mark}]: ${texts.join(" ")}`);
  }
  const comments = notes.filter(({ kind }) => kind === "comment");
  if (comments.length > 0) writer.heading(2, "Comments");
  for (const { author, date, texts } of comments) {
    const by = [author, date.slice(0, 10)].filter((part) => part !== "").join(", ");
    writer.block(`${by === "" ? "" : `${by}: `}${texts.join(" ")}`, { indent: 2, marker: "- " });
  }
}
