import type { Block } from "./block.ts";
import { endsInDeadline } from "./due-date.ts";
import { cut } from "./excerpt.ts";
import { isImperative, isVerb } from "./imperative.ts";
import { readMarker } from "./marker.ts";
import type { TaskLine } from "./task.ts";
import { addTask, MAX_TEXT, type TaskScan } from "./task-scan.ts";
import { addFromSentences } from "./sentence-task.ts";

/** A list item, for the items in it. */
export interface OpenItem {
  level: number;
  /** The details of its task, to add to; null if it is not a task. */
  details: string[] | null;
  /** The owner of the tasks in it: "Ann:". */
  owner: string | null;
}

const NOTHING =
  /^(?:none|nothing|n\/a|tbd|tba|no(?:\s+(?:open|new|further))?\s+(?:actions?|tasks?|items?)(?:\s+items?)?)(?:\s+yet)?\W*$/iu;
// "F to write down three goals" as a list item; other words before "to" head a link or a guide.
const GIVEN =
  /^(?!(?:able|ability|access|according|back|due|guide|how|intro(?:duction)?|link|option|path|plan|reason|ready|steps?|support|time|up|way|what|when|where)\b)@?\p{Lu}[\p{L}'’.-]{0,20}(?:\s+(?:and|&)\s+\p{Lu}[\p{L}'’.-]{0,20}|\s+\p{Lu}[\p{L}'’.-]{0,20})?\s+to\s+(\p{Ll}+)\s/iu;
// Marks behind a line, or before it, instead of a ticked box.
const TICKED = /^[✅✔☑]\uFE0F?\s*/u;
const ENDED =
  /(?<![\s–—-])[\s–—-]+(?:DONE|[([](?:done|finished|sent|paid)[)\]]|[✅✔☑]\uFE0F?)\s*$/iu;
const DROPPED =
  /(?<![\s–—-])[\s–—-]+(?:CANCELLED|CANCELED|[([](?:cancell?ed|dropped|obsolete)[)\]])\s*$/iu;
const MAX_DETAILS = 20;

/**
 * Adds the task of a list item, or adds the item to the details of the task it is in.
 *
 * @param above the items that this one is in, the outermost first
 */
export function addFromItem(scan: TaskScan, block: Block, above: readonly OpenItem[]): OpenItem {
  const { level, first, lines, box } = block;
  const { isActions, hasImperatives, priorityMark } = scan.section;
  const text = lines.join(" ");
  const asked = readMarker(text);
  const isAsked = box !== null || asked !== undefined;
  const isOwner = isActions && !isAsked && /^[^:]{1,60}:$/u.test(text);
  const details = above.findLast((item) => item.details !== null)?.details ?? null;
  let own: string[] | null = null;
  const isListed = isActions ? !NOTHING.test(text) : hasImperatives && isImperative(text);
  if (isAsked || (isListed && details === null && !isOwner)) {
    const { status, text: said } = readState(block, asked?.text ?? text);
    const owner = asked?.owner ?? above.at(-1)?.owner ?? null;
    own = addTask(
      scan,
      { first, lines: lines.length },
      { text: said + priorityMark, owner, status },
    );
  } else if (details === null) {
    if (!isOwner) addFromWords(scan, block, text);
  } else if (details.length < MAX_DETAILS) {
    details.push(text);
  }
  return { level, details: own, owner: isOwner ? text.slice(0, -1) : null };
}

/** Adds the tasks of an item without a mark, outside of actions, by its words. */
function addFromWords(scan: TaskScan, block: Block, text: string): void {
  const before = scan.tasks.length;
  addFromSentences(scan, block);
  if (scan.tasks.length > before || scan.section.isOther) return;
  const place = { first: block.first, lines: block.lines.length };
  const isGiven = !scan.isTechnical && isVerb(GIVEN.exec(text)?.[1] ?? "");
  if (isGiven) addTask(scan, place, { text });
  else if (endsInDeadline(cut(text, MAX_TEXT))) addTask(scan, place, { text, needs_date: true });
}

/** Reads the status of an item from its box, its strike or a word behind it; and its text without that word. */
function readState(
  { box, isStruck }: Block,
  text: string,
): { status: TaskLine["status"]; text: string } {
  if (isStruck && box !== "done") return { status: "cancelled", text };
  if (box === "done" || box === "cancelled") return { status: box, text };
  const undone = text.replace(TICKED, "").replace(ENDED, "");
  if (undone !== text) return { status: "done", text: undone };
  const kept = text.replace(DROPPED, "");
  return { status: kept === text ? "open" : "cancelled", text: kept };
}
