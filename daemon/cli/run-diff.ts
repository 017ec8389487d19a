import type { RunChange } from "../protocol/run-changes.ts";
import { formatFieldValue, isEmptyField } from "./field-value.ts";
import type { Screen } from "./output.ts";
import { clip } from "./text.ts";

const SIGNS = { create: "+", update: "~", confirm: "=", retire: "-" } as const;
const COLOURS = { create: "green", update: "yellow", confirm: "dim", retire: "red" } as const;

/**
 * The changes of a run, or of a dry run, file by file as a diff.
 *
 * @param changes in the order they were made
 */
export function renderDiff(changes: readonly RunChange[], screen: Screen): string[] {
  const shown = changes.filter(({ op }) => op !== "confirm");
  const byFile = Map.groupBy(shown, ({ path }) => path ?? "no file");
  return [...byFile].flatMap(([path, ofFile]) => [
    screen.style("bold", path),
    ...ofFile.flatMap((change) => renderChange(change, screen)),
  ]);
}

function renderChange(change: RunChange, { style, width }: Screen): string[] {
  const { op, entity_type, entity_id, title, quote } = change;
  const name = op === "create" ? "" : ` (${entity_id})`;
  const head = `  ${SIGNS[op]} ${entity_type}  ${title ?? "-"}${name}`;
  const lines = listLines(change).map((line) => clip(`      ${line}`, width));
  const passage = quote === null ? [] : [clip(`      “${quote}”`, width)];
  return [
    style(COLOURS[op], clip(head, width)),
    ...lines,
    ...passage.map((line) => style("dim", line)),
  ];
}

function listLines({ op, before, after, title }: RunChange): string[] {
  return Object.entries(after ?? {}).flatMap(([field, value]) => {
    if (op !== "create")
      return [`${field}: ${formatFieldValue(before?.[field])} → ${formatFieldValue(value)}`];
    return isEmptyField(value) || value === title ? [] : [`${field}: ${formatFieldValue(value)}`];
  });
}
