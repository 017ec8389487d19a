import type { Block } from "./block.ts";
import { isActionHeading, isOtherHeading, priorityOfHeading } from "./heading.ts";
import { isTimed } from "./imperative.ts";

/** The meaning of the headings above a line. */
export interface Section {
  /** The headings and labels, the outermost first. */
  under: readonly Block[];
  /** Everything in it is to be done. */
  isActions: boolean;
  /** Nothing in it is to be done, even among actions: "Done", "Open questions". */
  isOther: boolean;
  /** An item that begins with the verb of something to do is a task. */
  hasImperatives: boolean;
  /** The mark to put behind its tasks: " (high)", " (low)" or empty. */
  priorityMark: string;
}

/**
 * Reads a section from its headings.
 *
 * @param document.isList the whole document is to be done: "todo.md"
 * @param document.isTechnical it is about programs, or a guide to something
 */
export function readSection(
  under: readonly Block[],
  { isList, isTechnical }: { isList: boolean; isTechnical: boolean },
): Section {
  const names = under.map(({ lines }) => lines[0] ?? "");
  const priority = priorityOfHeading(names.at(-1) ?? "");
  // Headings above the heading of the actions may have any name.
  const below = names.slice(names.findLastIndex(isActionHeading) + 1);
  const isOther = isOtherHeading(below.at(-1) ?? "");
  return {
    under,
    isActions: (isList || names.some(isActionHeading)) && !below.some(isOtherHeading),
    isOther,
    hasImperatives: !isTechnical && !isOther && isTimed(names),
    priorityMark: priority === undefined ? "" : ` (${priority})`,
  };
}
