import type { Block } from "./block.ts";
import { isActionHeading, isOtherHeading, priorityOfHeading } from "./heading.ts";
import { isTimed } from "./imperative.ts";

/** What the headings above a line say about it. */
export interface Section {
  /** The headings and labels, the outermost first. */
  under: readonly Block[];
  /** Everything in it is to be done. */
  isActions: boolean;
  /** Nothing in it is to be done, even among actions: "Done", "Open questions". */
  isOther: boolean;
  /** An item that begins with the verb of something to do is a task. */
  hasImperatives: boolean;
  /** The priority of its tasks, as a mark to put behind them: " (high)", or empty. */
  grade: string;
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
  // The headings above the one of the actions may have any name.
  const below = names.slice(names.findLastIndex(isActionHeading) + 1);
  const isOther = isOtherHeading(below.at(-1) ?? "");
  return {
    under,
    isActions: (isList || names.some(isActionHeading)) && !below.some(isOtherHeading),
    isOther,
    hasImperatives: !isTechnical && !isOther && isTimed(names),
    grade: priority === undefined ? "" : ` (${priority})`,
  };
}
