import type { Source } from "../protocol/entity.ts";
import { clip, displayWidth } from "./text.ts";

export interface Column {
  title: string;
  /** Where a cell is cut when the table is too wide; `never` for what people copy, such as ids. */
  cut?: "end" | "start" | "never";
  align?: "left" | "right";
}

const GAP = "  ";
const SHORTEST = 6;

/**
 * Rows under their column titles, fitted to `width` terminal columns: no line is ever wider. With a width of
 * Infinity every cell is whole.
 *
 * @param rows escaped cells, in the order of the columns
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const lines = [columns.map((column) => column.title.toUpperCase()), ...rows];
  const widths = fitWidths(columns, lines, width);
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

/** The widest columns that may be cut give way, one terminal column at a time. */
function fitWidths(
  columns: readonly Column[],
  lines: readonly (readonly string[])[],
  width: number,
): number[] {
  const widths = columns.map((_column, index) =>
    lines.reduce((most, cells) => Math.max(most, displayWidth(cells[index] ?? "")), 0),
  );
  let excess = widths.reduce((sum, one) => sum + one, GAP.length * (columns.length - 1)) - width;
  for (; excess > 0; excess -= 1) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      const candidate = widths[index] ?? 0;
      if (column.cut === "never" || candidate <= SHORTEST) continue;
      if (candidate > (widths[widest] ?? 0)) widest = index;
    }
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
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
