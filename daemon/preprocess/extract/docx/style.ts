import { readXml } from "../../xml.ts";

/** The namespaces of word processing, as Word writes them and in the standard's strict form. */
export const WORD_SPACES: Readonly<Record<string, string>> = {
  "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
  "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
  "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
  "http://purl.oclc.org/ooxml/officeDocument/math": "m",
  "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
};

export type Part = AsyncIterable<Uint8Array> | undefined;

/** The style of a paragraph. Its base style gives the properties that it leaves undefined. */
export interface Style {
  name: string;
  base: string | undefined;
  /** 1-6 for headings. */
  level: number | undefined;
  list: { number: string | undefined; depth: number | undefined };
}

export async function readStyles(part: Part): Promise<Map<string, Style>> {
  const styles = new Map<string, Style>();
  let style: Style | undefined;
  await readPart(part, {
    open(name, attribute) {
      const value = attribute("val");
      if (name === "w:style") {
        style = {
          name: "",
          base: undefined,
          level: undefined,
          list: { number: undefined, depth: undefined },
        };
        styles.set(attribute("styleId") ?? "", style);
      }
      if (style === undefined) return;
      if (name === "w:name") {
        style.name = value ?? "";
        const level = /^heading ([1-6])$/i.exec(style.name)?.[1];
        if (level !== undefined) style.level = Number(level);
        if (/^title$/i.test(style.name)) style.level = 1;
      }
      if (name === "w:basedOn") style.base = value;
      if (name === "w:outlineLvl") style.level ??= toLevel(value);
      if (name === "w:numId") style.list.number = value;
      if (name === "w:ilvl") style.list.depth = Number(value ?? 0);
    },
    close(name) {
      if (name === "w:style") style = undefined;
    },
  });
  return styles;
}

/** The heading level of an outline level, which counts from 0; undefined for 9, which means text. */
export function toLevel(outline: string | undefined): number | undefined {
  const level = Number(outline ?? 9);
  return Number.isInteger(level) && level >= 0 && level < 9 ? Math.min(level + 1, 6) : undefined;
}

/** One level of a list: how to count its items and how to write their marks. */
interface ListLevel {
  format: string;
  /** The mark, with `%1`, `%2` … for the numbers of the levels. */
  text: string;
  start: number;
}

/** The levels of each list, the outermost first, by the number that paragraphs refer to. */
export type Numbering = ReadonlyMap<string, ListLevel[]>;

export async function readNumbering(part: Part): Promise<Numbering> {
  const abstracts = new Map<string, ListLevel[]>();
  const numbering = new Map<string, ListLevel[]>();
  let levels: ListLevel[] | undefined;
  let level: ListLevel | undefined;
  let number: string | undefined;
  await readPart(part, {
    open(name, attribute) {
      const value = attribute("val") ?? "";
      if (name === "w:abstractNum") {
        levels = [];
        abstracts.set(attribute("abstractNumId") ?? "", levels);
      }
      if (name === "w:num") number = attribute("numId");
      if (name === "w:abstractNumId" && number !== undefined) {
        numbering.set(number, abstracts.get(value) ?? []);
      }
      if (name === "w:lvl" && levels !== undefined) {
        const depth = Number(attribute("ilvl") ?? 0);
        level = { format: "decimal", text: "", start: 1 };
        if (Number.isInteger(depth) && depth >= 0 && depth < MAX_DEPTH) levels[depth] = level;
      }
      if (level === undefined) return;
      if (name === "w:numFmt") level.format = value;
      if (name === "w:lvlText") level.text = value;
      if (name === "w:start") level.start = Number(value) || 0;
    },
    close(name) {
      if (name === "w:abstractNum") levels = undefined;
      if (name === "w:lvl") level = undefined;
      if (name === "w:num") number = undefined;
    },
  });
  return numbering;
}

// Word has nine levels.
export const MAX_DEPTH = 9;

/** Counts the items of a document's lists. */
export interface ItemCounter {
  /** Counts one more item and gives its mark: `- `, `3. `, `2.1 `; empty for a list without marks. */
  next(number: string, depth: number): string;
}

export function createItemCounter(numbering: Numbering): ItemCounter {
  const counts = new Map<string, number[]>();
  return {
    next(number, depth) {
      const levels = numbering.get(number) ?? [];
      const level = levels[depth];
      if (level === undefined || level.format === "bullet") return "- ";
      if (level.format === "none") return "";
      const count = counts.get(number) ?? [];
      counts.set(number, count);
      count[depth] = (count[depth] ?? level.start - 1) + 1;
      count.length = depth + 1;
      const mark = level.text.replaceAll(/%([1-9])/g, (_, digit: string) => {
        const at = Number(digit) - 1;
        return formatNumber(count[at] ?? levels[at]?.start ?? 1, levels[at]?.format ?? "decimal");
      });
      return mark.trim() === "" ? "- " : `${mark.trim()} `;
    },
  };
}

function formatNumber(value: number, format: string): string {
  const letter = String.fromCharCode(97 + (Math.max(value - 1, 0) % 26));
  switch (format) {
    case "lowerLetter":
      return letter;
    case "upperLetter":
      return letter.toUpperCase();
    case "lowerRoman":
      return toRoman(value);
    case "upperRoman":
      return toRoman(value).toUpperCase();
    default:
      return String(value);
  }
}

const ROMAN: readonly [value: number, sign: string][] = [
  [100, "c"],
  [90, "xc"],
  [50, "l"],
  [40, "xl"],
  [10, "x"],
  [9, "ix"],
  [5, "v"],
  [4, "iv"],
  [1, "i"],
];

function toRoman(value: number): string {
  if (value > 399) return String(value);
  let left = value;
  let roman = "";
  for (const [worth, sign] of ROMAN) {
    for (; left >= worth; left -= worth) roman += sign;
  }
  return roman;
}

async function readPart(
  part: Part,
  handler: {
    open(name: string, attribute: (name: string) => string | undefined): void;
    close(name: string): void;
  },
): Promise<void> {
  if (part !== undefined) await readXml(part, WORD_SPACES, { ...handler, text() {} });
}
