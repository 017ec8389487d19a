import { isActionHeading } from "./heading.ts";
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
  /^@?\p{Lu}[\p{L}'’.-]{0,40}(?:(?:\s*[,&/]\s*|\s+and\s+|\s+)\p{Lu}[\p{L}'’.-]{0,40}){0,4}(?:\s*(?::|->|→|–|—)|\s+(?:to|will|-))\s+\p{L}/u;
const NOTHING =
  /^(?:none|nothing|n\/a|tbd|tba|no(?:\s+(?:open|new|further))?\s+(?:actions?|tasks?|items?)(?:\s+items?)?)(?:\s+yet)?\W*$/iu;
const MAX_DETAILS = 20;

/** Every line of a document that asks for something to be done, in its order. */
export function findTaskLines(outline: Outline): FoundTask[] {
  const tasks: FoundTask[] = [];
  let under: readonly Block[] = [];
  let isActions = false;
  let hasItems = false;
  // The items that the next one stands in: a task that it tells more of, or whose tasks follow ("Ann:").
  let above: { level: number; task: FoundTask | null; owner: string | null }[] = [];

  const enter = (headings: readonly Block[]): void => {
    under = headings;
    isActions = headings.some(({ lines }) => isActionHeading(lines[0] ?? ""));
  };
  const add = (task: FoundTask): FoundTask | null => {
    if (!/\p{L}/u.test(task.text)) return null;
    tasks.push(task);
    return task;
  };

  for (const block of outline.blocks) {
    const { level, first, lines, box } = block;
    if (block.kind === "heading" || block.kind === "label") {
      enter([...under.filter((heading) => heading.level < level), block]);
      above = [];
      hasItems = false;
    } else if (block.kind === "item") {
      const text = lines.join(" ");
      const asked = readMarker(text);
      const isBoxed = box !== null || asked !== undefined;
      above = above.filter((item) => item.level < level);
      const parent = above.findLast((item) => item.task !== null)?.task ?? null;
      const isOwner = isActions && !isBoxed && /^[^:]{1,60}:$/u.test(text);
      let task: FoundTask | null = null;
      if (isBoxed || (isActions && parent === null && !isOwner && !NOTHING.test(text))) {
        const status = box === "done" || !block.isStruck ? (box ?? "open") : "cancelled";
        const owner = above.at(-1)?.owner ?? null;
        task = add({
          text,
          owner,
          ...asked,
          status,
          details: [],
          first,
          lines: lines.length,
          under,
        });
      } else if (parent !== null && parent.details.length < MAX_DETAILS) {
        parent.details.push(text);
      }
      above.push({ level, task, owner: isOwner ? text.slice(0, -1) : null });
      hasItems = true;
    } else {
      for (const { text, ...place } of statementsOf(block)) {
        const asked = readMarker(text);
        if (asked !== undefined || (isActions && ASSIGNED.test(text))) {
          add({ text, owner: null, ...asked, status: "open", details: [], ...place, under });
        } else if (hasItems && level === 0) {
          // The prose after a labelled list belongs to the label no more.
          enter(under.filter(({ kind }) => kind === "heading"));
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
