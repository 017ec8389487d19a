import { oneLine } from "../../../core/one-line.ts";
import type { Place } from "../../text-writer.ts";
import { readXml } from "../../xml.ts";

const SPACES: Readonly<Record<string, string>> = {
  "http://schemas.openxmlformats.org/presentationml/2006/main": "p",
  "http://purl.oclc.org/ooxml/presentationml/main": "p",
  "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
  "http://purl.oclc.org/ooxml/drawingml/main": "a",
  "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
};

/** A paragraph or a table of a slide. */
export type Shape = { text: string; place: Place; is_title: boolean } | { rows: string[][] };

interface Cell {
  texts: string[];
  /** Part of a merged cell that began before. */
  isCovered: boolean;
}

interface Reading {
  shapes: Shape[];
  /** What the placeholder of the open shape is for. */
  placeholder: string | null;
  rows: Cell[][] | undefined;
  words: string[] | undefined;
  level: number;
  /** Whether the paragraph says itself that it has a bullet, a number or none. */
  mark: "bullet" | "number" | "none" | undefined;
  /** The number of the next item, by level. */
  numbers: number[];
  isText: boolean;
  leftOut: number;
  is_hidden: boolean;
}

type Attribute = (name: string) => string | undefined;

// Numbers, dates and footers are the same on all slides; the image of the slide is on its notes.
const REPEATED = new Set(["sldNum", "dt", "ftr", "hdr", "sldImg"]);
const TITLES = new Set(["title", "ctrTitle"]);
const LISTS = new Set(["body", "obj", ""]);
const MAX_LEVEL = 8;

/** The texts and tables of a slide or its notes, in their order. */
export async function readShapes(
  part: AsyncIterable<Uint8Array>,
): Promise<{ shapes: Shape[]; is_hidden: boolean }> {
  const reading: Reading = {
    shapes: [],
    placeholder: null,
    rows: undefined,
    words: undefined,
    level: 0,
    mark: undefined,
    numbers: [],
    isText: false,
    leftOut: 0,
    is_hidden: false,
  };
  await readXml(part, SPACES, {
    open(name, attribute) {
      if (name === "mc:Fallback") reading.leftOut += 1;
      if (reading.leftOut === 0) BEGIN.get(name)?.(reading, attribute);
    },
    close(name) {
      if (name === "mc:Fallback") reading.leftOut -= 1;
      else if (reading.leftOut === 0) END.get(name)?.(reading);
    },
    text(text) {
      if (reading.isText && reading.leftOut === 0) reading.words?.push(text);
    },
  });
  return { shapes: reading.shapes, is_hidden: reading.is_hidden };
}

const BEGIN: ReadonlyMap<string, (reading: Reading, attribute: Attribute) => void> = new Map(
  Object.entries<(reading: Reading, attribute: Attribute) => void>({
    "p:sld": (reading, attribute) => {
      reading.is_hidden = /^(?:0|false)$/u.test(attribute("show") ?? "");
    },
    "p:sp": (reading) => {
      reading.placeholder = null;
      reading.numbers = [];
    },
    "p:ph": (reading, attribute) => {
      reading.placeholder = attribute("type") ?? "";
    },
    "a:tbl": (reading) => {
      reading.rows = [];
    },
    "a:tr": ({ rows }) => rows?.push([]),
    "a:tc": ({ rows }, attribute) => {
      const isCovered = [attribute("hMerge"), attribute("vMerge")].some(isOn);
      rows?.at(-1)?.push({ texts: [], isCovered });
    },
    "a:p": (reading) => {
      reading.words = [];
      reading.level = 0;
      reading.mark = undefined;
    },
    "a:pPr": (reading, attribute) => {
      reading.level = Math.min(Number(attribute("lvl")) || 0, MAX_LEVEL);
    },
    "a:buNone": (reading) => {
      reading.mark = "none";
    },
    "a:buChar": (reading) => {
      reading.mark = "bullet";
    },
    "a:buAutoNum": (reading) => {
      reading.mark = "number";
    },
    "a:t": (reading) => {
      reading.isText = true;
    },
    "a:br": ({ words }) => words?.push("\n"),
  }),
);

const END: ReadonlyMap<string, (reading: Reading) => void> = new Map(
  Object.entries<(reading: Reading) => void>({
    "a:t": (reading) => {
      reading.isText = false;
    },
    "a:p": endParagraph,
    "p:sp": (reading) => {
      reading.placeholder = null;
    },
    "a:tbl": (reading) => {
      const rows = (reading.rows ?? []).map((row) =>
        row.map(({ texts, isCovered }) => (isCovered ? "" : texts.join("; "))),
      );
      reading.rows = undefined;
      if (rows.some((row) => row.some((cell) => cell !== ""))) reading.shapes.push({ rows });
    },
  }),
);

function isOn(value: string | undefined): boolean {
  return value === "1" || value === "true";
}

function endParagraph(reading: Reading): void {
  const { words = [], placeholder, rows } = reading;
  reading.words = undefined;
  const text = words
    .join("")
    .replaceAll(/[^\S\n]+/gu, " ")
    .trim();
  if (text === "" || (placeholder !== null && REPEATED.has(placeholder))) return;
  const cell = rows?.at(-1)?.at(-1);
  if (cell !== undefined) cell.texts.push(oneLine(text));
  else {
    const is_title = placeholder !== null && TITLES.has(placeholder);
    reading.shapes.push({ text, place: is_title ? {} : placeOf(reading), is_title });
  }
}

function placeOf({ placeholder, level, mark, numbers }: Reading): Place {
  // The master of a list placeholder has bullets.
  const isItem = placeholder !== null && LISTS.has(placeholder);
  const kind = mark ?? (isItem ? "bullet" : "none");
  if (kind === "none") return {};
  numbers.length = Math.min(numbers.length, level + 1);
  const number = (numbers[level] ?? 0) + 1;
  if (kind === "number") numbers[level] = number;
  const marker = kind === "number" ? `${number}. ` : "- ";
  return { indent: level * 2 + marker.length, marker };
}
