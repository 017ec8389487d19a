import type { Source } from "../protocol/entity.ts";
import { clip, displayWidth } from "./text.ts";

export interface Column {
  title: string;
  /** Where to cut a cell if the table is too wide; `never` for dates, and for ids, which people copy. */
  cut?: "end" | "start" | "never";
  align?: "left" | "right";
  /** May be left out, the rightmost first, to make room for the other columns. */
  spare?: boolean;
}

const GAP = "  ";
const SHORTEST = 6;
// Columns that are enough to recognise a title, and a spare cell.
const ENOUGH = 24;
const ENOUGH_OF_SPARE = 12;

/**
 * Rows under their column titles; no line is wider than `width` terminal columns. With Infinity, no cell is cut.
 *
 * @param rows escaped cells, in the order of the columns
 */
export function formatTable(
  all: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const whole = [all.map((column) => column.title.toUpperCase()), ...rows];
  const kept = keepColumns(all, measure(all, whole), width);
  const columns = all.filter((_column, index) => kept.has(index));
  const lines = whole.map((cells) =>
    all.map((_column, index) => cells[index] ?? "").filter((_cell, index) => kept.has(index)),
  );
  const widths = fitWidths(columns, measure(columns, lines), width);
  return lines.map((cells) => {
    const padded = columns.map((column, index) => {
      const cut = column.cut === "start" ? "start" : "end";
      const text = clip(cells[index] ?? "", widths[index] ?? 0, cut);
      const space = " ".repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(text)));
      return column.align === "right" ? space + text : text + space;
    });
    return clip(padded.join(GAP).trimEnd(), width);
  });
}

/** The width of each column if nothing is cut. */
function measure(
  columns: readonly Column[],
  lines: readonly (readonly string[])[],
): readonly number[] {
  return columns.map((_column, index) =>
    lines.reduce((most, cells) => Math.max(most, displayWidth(cells[index] ?? "")), 0),
  );
}

/** The indexes of the columns that fit. */
function keepColumns(
  columns: readonly Column[],
  widths: readonly number[],
  width: number,
): ReadonlySet<number> {
  const kept = new Set(columns.keys());
  const needed = columns.map(({ cut, spare }, index) => {
    const natural = widths[index] ?? 0;
    if (cut === "never") return natural;
    return Math.min(natural, spare ? ENOUGH_OF_SPARE : ENOUGH);
  });
  let excess = sumWithGaps(needed) - width;
  for (let index = columns.length - 1; index >= 0 && excess > 0; index -= 1) {
    if (!columns[index]?.spare) continue;
    kept.delete(index);
    excess -= (needed[index] ?? 0) + GAP.length;
  }
  return kept;
}

function sumWithGaps(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1));
}

/** Shrinks spare columns first, then the widest that may be cut, one terminal column at a time. */
function fitWidths(
  columns: readonly Column[],
  natural: readonly number[],
  width: number,
): number[] {
  const widths = [...natural];
  const shrink = (shortest: number, mayShrink: (column: Column) => boolean): void => {
    for (let excess = sumWithGaps(widths) - width; excess > 0; excess -= 1) {
      let widest = -1;
      for (const [index, column] of columns.entries()) {
        const candidate = widths[index] ?? 0;
        if (column.cut === "never" || !mayShrink(column) || candidate <= shortest) continue;
        if (candidate > (widths[widest] ?? 0)) widest = index;
      }
      if (widest === -1) return;
      widths[widest] = (widths[widest] ?? 0) - 1;
    }
  };
  shrink(ENOUGH_OF_SPARE, ({ spare }) => spare === true);
  shrink(SHORTEST, () => true);
  return widths;
}

/** Labels with aligned values, one for each line. A value of several lines keeps them. */
export function formatFacts(facts: readonly (readonly [label: string, value: string])[]): string[] {
  const width = Math.max(0, ...facts.map(([label]) => label.length));
  const indent = " ".repeat(width + GAP.length);
  return facts.map(
    ([label, value]) => label.padEnd(width) + GAP + value.replaceAll("\n", `\n${indent}`),
  );
}

/** The source files of an entity, in one cell. */
export function summarizeSources(sources: readonly Source[]): string {
  const [first, ...more] = sources;
  if (!first) return "-";
  return more.length === 0 ? first.path : `(+${more.length}) ${first.path}`;
}
