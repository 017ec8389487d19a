import type { Block } from "./block.ts";
import { addFromItem, type OpenItem } from "./item-task.ts";
import { isAssigned, readMarker, splitImperatives } from "./marker.ts";
import type { Outline } from "./outline.ts";
import { withoutRestated } from "./restated.ts";
import { type Columns, readColumns, readRowTask } from "./row-task.ts";
import { readSection } from "./section.ts";
import { hasWords } from "./sentence.ts";
import { statementsOf } from "./statement.ts";
import type { FoundTask } from "./task.ts";
import { addTask, startScan, type TaskScan } from "./task-scan.ts";
import { addFromSentences } from "./sentence-task.ts";

interface Table {
  header: readonly string[];
  /** undefined for a table that does not list tasks. */
  columns: Columns | undefined;
}

/** Finds every line of a document that asks for something to be done, in its order. */
export function findTaskLines(outline: Outline, fileName: string): FoundTask[] {
  const scan = startScan(outline, fileName);
  let table: Table | undefined;
  let items: OpenItem[] = [];
  // The line after the list below the last label.
  let endOfList: number | null = null;
  for (const block of outline.blocks) {
    const { level, first, lines } = block;
    if (block.kind !== "row") table = undefined;
    switch (block.kind) {
      case "heading":
      case "label":
        enterSection(scan, block);
        items = [];
        endOfList = null;
        break;
      case "row":
        if (table === undefined || level === 0) {
          table = { header: lines, columns: readColumns(lines) };
        } else addRow(scan, block, table);
        break;
      case "item":
        endOfList = first + lines.length;
        items = items.filter((item) => item.level < level);
        items.push(addFromItem(scan, block, items));
        break;
      case "paragraph":
      case "said":
        addText(scan, block, outline.blocks[0], endOfList);
        break;
    }
  }
  return withoutRestated(scan.tasks);
}

/** Begins the section of a heading or label. */
function enterSection(scan: TaskScan, block: Block): void {
  const outer = scan.section.under.filter((heading) => heading.level < block.level);
  scan.section = readSection([...outer, block], scan);
  const name = block.lines[0] ?? "";
  if (block.kind === "label" && hasWords(name, 3)) scan.context = name;
}

/** Adds the task of a row. */
function addRow(scan: TaskScan, { first, lines }: Block, { header, columns }: Table): void {
  if (columns === undefined || scan.section.isOther) return;
  const task = readRowTask(header, columns, lines);
  if (task !== undefined) addTask(scan, { first, lines: 1 }, task);
}

/**
 * Adds the tasks of a paragraph or an utterance.
 *
 * @param title the first block of the document
 * @param endOfList the line after the last list of this section
 */
function addText(
  scan: TaskScan,
  block: Block,
  title: Block | undefined,
  endOfList: number | null,
): void {
  for (const { text, first, lines } of statementsOf(block)) {
    const asked = readMarker(text);
    if (asked !== undefined || (scan.section.isActions && isAssigned(text))) {
      const owner = asked?.owner ?? block.speaker;
      for (const part of splitImperatives(asked?.text ?? text)) {
        addTask(scan, { first, lines }, { text: part, owner }, block.day);
      }
      continue;
    }
    if (endOfList !== null && first > endOfList && block.level === 0) {
      // The prose after a labelled list is not under the label; a title is above the whole document.
      const kept = scan.section.under.filter((head) => head.kind === "heading" || head === title);
      scan.section = readSection(kept, scan);
    }
    const start = first - block.first;
    addFromSentences(scan, { ...block, first, lines: block.lines.slice(start, start + lines) });
  }
}
