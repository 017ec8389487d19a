import type { Source } from "../protocol/entity.ts";
import { clip, displayWidth } from "./text.ts";

export interface Column {
  title: string;
  /** Where a cell is cut when the table is too wide; `never` for ids, which people copy, and for dates. */
  cut?: "end" | "start" | "never";
  align?: "left" | "right";
  /** Left out, the rightmost first, where it would take the room that the other columns need. */
  spare?: boolean;
}

const GAP = "  ";
const SHORTEST = 6;
// What of a cell is enough to know it by: of a title, and of what may be left out.
const ENOUGH = 24;
const ENOUGH_OF_SPARE = 12;

/**
 * Rows under their column titles, fitted to `width` terminal columns: no line is ever wider. With a width of
 * Infinity every cell is whole.
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

/** How wide each column is where nothing of it is cut. */
function measure(
  columns: readonly Column[],
  lines: readonly (readonly string[])[],
): readonly number[] {
  return columns.map((_column, index) =>
    lines.reduce((most, cells) => Math.max(most, displayWidth(cells[index] ?? "")), 0),
  );
}

/** The columns that there is room for, by their indexes. */
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

/** What may be left out gives way first, then the widest columns that may be cut, one terminal column at a time. */
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

/** Labels and values below each other, the values aligned. A value of several lines keeps them. */
export function formatFacts(facts: readonly (readonly [label: string, value: string])[]): string[] {
  const width = Math.max(0, ...facts.map(([label]) => label.length));
  const indent = " ".repeat(width + GAP.length);
  return facts.map(
    ([label, value]) => label.padEnd(width) + GAP + value.replaceAll("\n", `\n${indent}`),
  );
}

/** The files an entity comes from, in one cell. */
export function summarizeSources(sources: readonly Source[]): string {
  const [first, ...more] = sources;
  if (!first) return "-";
  return more.length === 0 ? first.path : `(+${more.length}) ${first.path}`;
}
