import type { Figure } from "./figure.ts";

const HEAD = ["what", "ours", "anchor", "ratio", "goal"];

/** The figures as a Markdown table; a goal that is not reached says so. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    formatValue(figure.ours, figure.unit),
    figure.anchor === null
      ? ""
      : `${formatValue(figure.anchor.value, figure.unit)} ${figure.anchor.what}`,
    figure.anchor === null ? "" : formatRatio(ratioOf(figure)),
    formatGoal(figure),
  ]);
  return formatRows(HEAD, rows);
}

/** A Markdown table. */
export function formatRows(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** `12 ms`, with the ratio to what it is held against: `12 ms (1.05x)`. */
export function formatFigure(figure: Figure): string {
  const value = formatValue(figure.ours, figure.unit);
  return figure.anchor === null ? value : `${value} (${formatRatio(ratioOf(figure))})`;
}

export function isReached(figure: Figure): boolean {
  const { goal } = figure;
  if (goal === null) return true;
  return (goal.of === "ours" ? figure.ours : ratioOf(figure)) <= goal.most;
}

function ratioOf({ ours, anchor }: Figure): number {
  return anchor === null ? Number.NaN : ours / anchor.value;
}

function formatGoal(figure: Figure): string {
  const { goal, unit } = figure;
  if (goal === null) return "";
  const most = goal.of === "ratio" ? `${goal.most}x` : formatValue(goal.most, unit);
  return `at most ${most}${isReached(figure) ? "" : ": MISSED"}`;
}

function formatRatio(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(2)}x` : "";
}

function formatValue(value: number, unit: Figure["unit"]): string {
  const digits = value !== 0 && Math.abs(value) < 10 && unit !== "files" ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}
