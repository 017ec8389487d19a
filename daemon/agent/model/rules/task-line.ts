import { cut } from "./excerpt.ts";
import { isActionHeading, isOtherHeading } from "./heading.ts";
import { type Block, isWrapped, type Outline } from "./outline.ts";
import type { TaskLine } from "./task.ts";

/** A task line with where it stands. */
export interface FoundTask extends TaskLine {
  details: string[];
  /** 0-based first line in the document's text, and how many lines it takes. */
  first: number;
  lines: number;
  /** The headings and labels it stands under, the outermost first. */
  under: readonly Block[];
}

// "TODO fix it", "TODO(ann): fix it"; with a colon in any spelling: "To do: fix it", "Action 3: …".
const MARKER =
  /^(?:(?:TODO|FIXME)(?:\s*\(([^()]{1,60})\))?(?:\s*:\s*|\s+(?:[–—-]\s+)?)|AP\s*#?\d{0,3}\s*:\s*)(?=\S)/u;
const MARKER_WITH_COLON =
  /^(?:[Tt][Oo][\s-]?[Dd][Oo]|(?:Action|ACTION)(?:[\s-](?:item|point|ITEM|POINT))?|Task|TASK|Next[\s-]step|NEXT[\s-]STEP)[sS]?(?:\s*#?\d{1,3})?\s*:\s+(?=\S)/u;
const MENTION = /^@\p{L}[\p{L}\p{N}._-]{0,40}\s+to\s+\p{Ll}/u;
// "Ann to send …", "Ann Lee and Bob: send …", "Ann will send …".
const ASSIGNED =
  /^(?:@\p{L}|\p{Lu})[\p{L}'’.-]{0,40}(?:(?:\s*[,&/]\s*|\s+and\s+|\s+)\p{Lu}[\p{L}'’.-]{0,40}){0,4}(?:\s*(?::|->|→|–|—)|\s+(?:to|will|-))\s+\p{L}/u;
const NOTHING =
  /^(?:none|nothing|n\/a|tbd|tba|no(?:\s+(?:open|new|further))?\s+(?:actions?|tasks?|items?)(?:\s+items?)?)(?:\s+yet)?\W*$/iu;
const MAX_DETAILS = 20;
// Far above what a title takes; the rest of a runaway line is not read.
const MAX_TEXT = 1_000;

/** Every line of a document that asks for something to be done, in its order. */
export function findTaskLines(outline: Outline): FoundTask[] {
  const tasks: FoundTask[] = [];
  let under: readonly Block[] = [];
  let isActions = false;
  // The line after the list that the last label heads, as far as it goes.
  let endOfList: number | null = null;
  // The items that the next one stands in: a task that it tells more of, or whose tasks follow ("Ann:").
  let above: { level: number; task: FoundTask | null; owner: string | null }[] = [];

  const enter = (headings: readonly Block[]): void => {
    under = headings;
    const names = headings.map(({ lines }) => lines[0] ?? "");
    isActions = names.some(isActionHeading) && !names.some(isOtherHeading);
  };
  const add = (
    place: Pick<FoundTask, "first" | "lines">,
    line: Pick<TaskLine, "text"> & Partial<TaskLine>,
  ): FoundTask | null => {
    if (!/\p{L}/u.test(line.text)) return null;
    const defaults = { owner: null, status: "open" } as const;
    const text = cut(line.text, MAX_TEXT);
    const task = { ...defaults, ...line, text, details: [], under, ...place };
    tasks.push(task);
    return task;
  };

  for (const block of outline.blocks) {
    const { level, first, lines, box } = block;
    if (block.kind === "heading" || block.kind === "label") {
      enter([...under.filter((heading) => heading.level < level), block]);
      above = [];
      endOfList = null;
    } else if (block.kind === "item") {
      endOfList = first + lines.length;
      above = above.filter((item) => item.level < level);
      const text = lines.join(" ");
      const asked = readMarker(text);
      const isAsked = box !== null || asked !== undefined;
      const isOwner = isActions && !isAsked && /^[^:]{1,60}:$/u.test(text);
      const parent = above.findLast((item) => item.task !== null)?.task ?? null;
      let task: FoundTask | null = null;
      if (isAsked || (isActions && parent === null && !isOwner && !NOTHING.test(text))) {
        const status = block.isStruck && box !== "done" ? "cancelled" : (box ?? "open");
        const owner = above.at(-1)?.owner ?? null;
        task = add({ first, lines: lines.length }, { text, owner, ...asked, status });
      } else if (parent !== null && parent.details.length < MAX_DETAILS) {
        parent.details.push(text);
      }
      above.push({ level, task, owner: isOwner ? text.slice(0, -1) : null });
    } else {
      for (const { text, ...place } of statementsOf(block)) {
        const asked = readMarker(text);
        if (asked !== undefined || (isActions && ASSIGNED.test(text))) {
          add(place, { text, ...asked });
        } else if (endOfList !== null && place.first > endOfList && level === 0) {
          // The prose after a labelled list belongs to the label no more; a title heads all there is.
          enter(under.filter((head) => head.kind === "heading" || head === outline.blocks[0]));
        }
      }
    }
  }
  return tasks;
}

/** The text after a marker word, with the owner it names; undefined where there is no marker. */
function readMarker(text: string): { text: string; owner?: string } | undefined {
  const marker = MARKER.exec(text) ?? MARKER_WITH_COLON.exec(text);
  if (marker === null) return MENTION.test(text) ? { text } : undefined;
  const owner = marker[1]?.trim();
  const said = text.slice(marker[0].length);
  return owner === undefined ? { text: said } : { text: said, owner };
}

/** The lines of a paragraph, those joined again that were broken for width. */
function statementsOf(block: Block): { text: string; first: number; lines: number }[] {
  const statements: { text: string; first: number; lines: number }[] = [];
  let previous = "";
  for (const [index, line] of block.lines.entries()) {
    const last = statements.at(-1);
    if (last !== undefined && isWrapped(previous, line) && readMarker(line) === undefined) {
      last.text += ` ${line}`;
      last.lines += 1;
    } else {
      statements.push({ text: line, first: block.first + index, lines: 1 });
    }
    previous = line;
  }
  return statements;
}
