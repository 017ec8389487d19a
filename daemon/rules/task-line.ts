import { findAsks } from "./ask.ts";
import { endsInDeadline, findDuePhrase } from "./due-date.ts";
import { cut, shorten } from "./excerpt.ts";
import { isActionHeading, isOtherHeading, priorityOfHeading } from "./heading.ts";
import { isGuide, isImperative, isTimed, isVerb } from "./imperative.ts";
import { readableName } from "./note.ts";
import type { Block } from "./block.ts";
import { isWrapped } from "./line.ts";
import type { Outline } from "./outline.ts";
import { findAssignment, readParticipants } from "./participant.ts";
import { registerOf } from "./register.ts";
import { withoutRestated } from "./restated.ts";
import { type Columns, readColumns, readRowTask } from "./row-task.ts";
import { splitSentences } from "./sentence.ts";
import type { TaskLine } from "./task.ts";

/** A task line with where it stands. */
export interface FoundTask extends TaskLine {
  details: readonly string[];
  /** 0-based first line in the document's text, and how many lines it takes. */
  first: number;
  lines: number;
  /** The headings and labels it stands under, the outermost first. */
  under: readonly Block[];
  /** The day it was said, where that is known of it alone. */
  day: string | null;
  /** It is a task only because of a date to come. */
  needs_date: boolean;
  /** It was told in a sentence, not listed. */
  is_told: boolean;
}

// "TODO fix it", "TODO(ann): fix it"; with a colon in any spelling: "To do: fix it", "Action 3: …", "ACTION (Ann): …".
const MARKER =
  /^(?:(?:TODO|FIXME)(?:\s+for\s+(?:me|us|myself)(?=:))?(?:\s*\(([^()]{1,60})\))?(?:\s*:\s*|\s+(?:[–—-]\s+)?)|AP\s*#?\d{0,3}\s*:\s*)(?=\S)/u;
const MARKER_WITH_COLON =
  /^(?:[Tt][Oo][\s-]?[Dd][Oo]|(?:Action|ACTION)(?:[\s-](?:item|point|ITEM|POINT))?|Task|TASK|Next(?:[\s-]step)?|NEXT(?:[\s-]STEP)?|Tomorrow|TOMORROW)[sS]?(?:\s*#?\d{1,3})?(?:\s*\(([^()]{1,60})\))?\s*:\s+(?=\S)/u;
const ARROW = /^(?:->|=>|→|⇒|➡)\uFE0F?\s+/u;
const MENTION = /^@\p{L}[\p{L}\p{N}._-]{0,40}\s+to\s+\p{Ll}/u;
// "@ann can you …": whatever the document, one person is spoken to.
const MENTIONED =
  /@(\p{L}[\p{L}\p{N}._-]{0,40}?)[,:]?\s+(?:can|could|will|would|please|pls|don['’]t\s+forget)\b/iu;
// "Ann to send …", "Ann Lee and Bob: send …", "Ann will send …".
const ASSIGNED =
  /^(?:@\p{L}|\p{Lu})[\p{L}'’.-]{0,40}(?:(?:\s*[,&/]\s*|\s+and\s+|\s+)\p{Lu}[\p{L}'’.-]{0,40}){0,4}(?:\s*(?::|->|→|–|—)|\s+(?:to|will|-))\s+\p{L}/u;
const NOTHING =
  /^(?:none|nothing|n\/a|tbd|tba|no(?:\s+(?:open|new|further))?\s+(?:actions?|tasks?|items?)(?:\s+items?)?)(?:\s+yet)?\W*$/iu;
// "F to write down three goals", as an item of a list; other words with "to" head a link or a guide.
const GIVEN =
  /^(?!(?:able|ability|access|according|back|due|guide|how|intro(?:duction)?|link|option|path|plan|reason|ready|steps?|support|time|up|way|what|when|where)\b)@?\p{Lu}[\p{L}'’.-]{0,20}(?:\s+(?:and|&)\s+\p{Lu}[\p{L}'’.-]{0,20}|\s+\p{Lu}[\p{L}'’.-]{0,20})?\s+to\s+(\p{Ll}+)\s/iu;
const TAKEN_ON =
  /^(?:(?:ok(?:ay)?|sure|yes|yep|yeah|fine)\b[\s,.!]*)?(?:i\s*['’]?ll\s+do\s+(?:it|that)|will\s+do|on\s+it)\b/iu;
// What an author writes behind a line, or before it, instead of a tick.
const TICKED = /^[✅✔☑]\uFE0F?\s*/u;
const ENDED = /[\s–—-]+(?:DONE|[([](?:done|finished|sent|paid)[)\]]|[✅✔☑]\uFE0F?)\s*$/iu;
const DROPPED = /[\s–—-]+(?:CANCELLED|CANCELED|[([](?:cancell?ed|dropped|obsolete)[)\]])\s*$/iu;
// "Renew it today", "Ann will write to them": of what was said before.
const OPEN_REFERENCE =
  /^(?:\S+\s+){1,4}(?:it|them|him|her|this|that)(?=[.,!?]|\s*$|\s+(?:again|and|at|back|before|by|down|for|from|in|into|off|on|one|out|over|please|to|today|tomorrow|tonight|until|up|with)\b)/u;
const NEEDED_BY =
  /\b(?:need|want|expect)s?\s+(?:it|them|this|that)\s+(?:back\s+)?((?:by|before|until|on)\s.{1,60})$/iu;
// A question and its answer in a chat.
const NEAR_LINES = 5;
const MAX_CONTEXT = 100;
const MAX_DETAILS = 20;
// Far above what a title takes; the rest of a runaway line is not read.
const MAX_TEXT = 1_000;

/** Every line of a document that asks for something to be done, in its order. */
export function findTaskLines(outline: Outline, fileName: string): FoundTask[] {
  const tasks: FoundTask[] = [];
  const register = registerOf(outline.blocks, outline.envelope);
  const participants = readParticipants(outline.blocks);
  // "todo.md": all of it is to be done.
  const isList = isActionHeading(readableName(fileName));
  const isTechnical = isGuide(outline.blocks, outline.source);
  let under: readonly Block[] = [];
  let isActions = isList;
  let isOther = false;
  let hasImperatives = false;
  let grade = "";
  // The last sentence that says something, for what "it" stands for.
  let context: string | null = null;
  // The last task that somebody in a talk took on.
  let accepted: FoundTask | undefined;
  let table: { header: readonly string[]; columns: Columns | undefined } | undefined;
  // The line after the list that the last label heads, as far as it goes.
  let endOfList: number | null = null;
  // The items that the next one stands in: a task that it tells more of, or whose tasks follow ("Ann:").
  let above: { level: number; details: string[] | null; owner: string | null }[] = [];

  const enter = (headings: readonly Block[]): void => {
    under = headings;
    const names = headings.map(({ lines }) => lines[0] ?? "");
    const priority = priorityOfHeading(names.at(-1) ?? "");
    // What stands above the heading of the actions may be called anything.
    const below = names.slice(names.findLastIndex(isActionHeading) + 1);
    isOther = isOtherHeading(below.at(-1) ?? "");
    isActions = (isList || names.some(isActionHeading)) && !below.some(isOtherHeading);
    hasImperatives = !isTechnical && !isOther && isTimed(names);
    grade = priority === undefined ? "" : ` (${priority})`;
  };
  /** Gives the place for its details, or null for what is no task. */
  const add = (
    place: Pick<FoundTask, "first" | "lines">,
    line: Pick<TaskLine, "text"> & Partial<TaskLine & Pick<FoundTask, "needs_date" | "is_told">>,
    day: string | null = null,
  ): string[] | null => {
    if (!/\p{L}/u.test(line.text)) return null;
    const defaults = { owner: null, status: "open", about: null, is_told: false } as const;
    const details = [...(line.details ?? [])];
    const text = cut(line.text, MAX_TEXT);
    tasks.push({ ...defaults, needs_date: false, ...line, text, details, under, day, ...place });
    return details;
  };
  const addAsks = (block: Block): void => {
    let last: FoundTask | undefined;
    // What an item of a list says is not spoken of after it.
    let here = block.kind === "item" ? null : context;
    for (const { text, ...place } of sentencesOf(block)) {
      const before = tasks.length;
      const assigned = findAssignment(text, participants);
      if (assigned === undefined) addAsked(text, place, block, here);
      else {
        const isOpen = OPEN_REFERENCE.test(assigned.text);
        const about = !isOpen ? null : assigned.before || here;
        add(place, { text: withoutStop(assigned.text), about, is_told: true });
      }
      const found = tasks.length > before;
      // "… send me the numbers. I need them by Monday."
      const until = NEEDED_BY.exec(withoutStop(text))?.[1];
      if (!found && last !== undefined && until !== undefined) last.text += ` ${until}`;
      last = found ? tasks.at(-1) : undefined;
      if (isTelling(text)) here = shorten(withoutStop(text), MAX_CONTEXT);
    }
    if (block.kind !== "item") context = here;
  };
  const addAsked = (
    text: string,
    place: Pick<FoundTask, "first" | "lines">,
    { speaker, day }: Block,
    here: string | null,
  ): void => {
    const request = tasks.at(-1);
    const isTaken = speaker !== null && request !== undefined && TAKEN_ON.test(text);
    if (isTaken && place.first - request.first <= NEAR_LINES) {
      takeOn(request, text, speaker);
      return;
    }
    const mentioned = MENTIONED.exec(text)?.[1] ?? null;
    const asks = findAsks(text, mentioned === null ? register : "correspondence");
    for (const { text: said, before, isOwn } of asks) {
      // "Can you send the invoice?" "I'll send it today": taken on, not another task.
      const asked = tasks.at(-1);
      const isAnswer = isOwn && speaker !== null && asked !== undefined && asked !== accepted;
      if (isAnswer && OPEN_REFERENCE.test(said) && place.first - asked.first <= NEAR_LINES) {
        takeOn(asked, said, speaker);
        accepted = asked;
        continue;
      }
      const about = !OPEN_REFERENCE.test(said) ? null : isTelling(before, 4) ? before : here;
      add(place, { text: said, owner: isOwn ? speaker : mentioned, about, is_told: true }, day);
    }
  };

  for (const block of outline.blocks) {
    const { level, first, lines, box } = block;
    if (block.kind !== "row") table = undefined;
    if (block.kind === "heading" || block.kind === "label") {
      enter([...under.filter((heading) => heading.level < level), block]);
      if (block.kind === "label" && isTelling(lines[0] ?? "")) context = lines[0] ?? "";
      above = [];
      endOfList = null;
    } else if (block.kind === "row") {
      if (table === undefined || level === 0) {
        table = { header: lines, columns: readColumns(lines) };
      } else if (table.columns !== undefined && !isOther) {
        const task = readRowTask(table.header, table.columns, lines);
        if (task !== undefined) add({ first, lines: 1 }, task);
      }
    } else if (block.kind === "item") {
      endOfList = first + lines.length;
      above = above.filter((item) => item.level < level);
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
        own = add({ first, lines: lines.length }, { text: said + grade, owner, status });
      } else if (details === null) {
        const before = tasks.length;
        if (!isOwner) addAsks(block);
        const isNew = tasks.length === before && !isOther && !isOwner;
        const place = { first, lines: lines.length };
        if (isNew && !isTechnical && isVerb(GIVEN.exec(text)?.[1] ?? "")) add(place, { text });
        else if (isNew && endsInDeadline(cut(text, MAX_TEXT))) {
          add(place, { text, needs_date: true });
        }
      } else if (details.length < MAX_DETAILS) {
        details.push(text);
      }
      above.push({ level, details: own, owner: isOwner ? text.slice(0, -1) : null });
    } else {
      for (const statement of statementsOf(block)) {
        const { text, first: line, lines: count } = statement;
        const asked = readMarker(text);
        if (asked !== undefined || (isActions && ASSIGNED.test(text))) {
          const owner = asked?.owner ?? block.speaker;
          for (const part of splitImperatives(asked?.text ?? text)) {
            add({ first: line, lines: count }, { text: part, owner }, block.day);
          }
          continue;
        }
        if (endOfList !== null && line > endOfList && level === 0) {
          // The prose after a labelled list belongs to the label no more; a title heads all there is.
          enter(under.filter((head) => head.kind === "heading" || head === outline.blocks[0]));
        }
        addAsks({
          ...block,
          first: line,
          lines: block.lines.slice(line - first, line - first + count),
        });
      }
    }
  }
  return withoutRestated(tasks);
}

function withoutStop(text: string): string {
  return text.replace(/[\s.:,]+$/u, "");
}

/** Whether a text has words enough to say what something else is about. */
function isTelling(text: string, words = 3): boolean {
  return text.trim().split(/\s+/u).length >= words;
}

/** Lets a speaker have a task, by the day that they say where they do. */
function takeOn(task: FoundTask, said: string, speaker: string): void {
  const until = findDuePhrase(said) ?? /\bon\s+\p{L}+day\b/iu.exec(said)?.[0];
  if (until !== undefined) task.text += ` ${until}`;
  task.owner ??= speaker;
}

/** The text after a marker word, with the owner it names; undefined where there is no marker. */
function readMarker(text: string): { text: string; owner?: string } | undefined {
  const marker = MARKER.exec(text) ?? MARKER_WITH_COLON.exec(text);
  if (marker === null) {
    const pointed = text.replace(ARROW, "");
    const isPointed = pointed !== text && ASSIGNED.test(pointed);
    return isPointed || MENTION.test(text) ? { text: pointed } : undefined;
  }
  const owner = marker[1]?.trim();
  const isTomorrow = /^tomorrow/iu.test(text);
  const said = text.slice(marker[0].length) + (isTomorrow ? " tomorrow" : "");
  return owner === undefined ? { text: said } : { text: said, owner };
}

/** The status of an item by its box, its strike or a word behind it, and its text without that. */
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

/** "Hand in the expenses, pick up the bike" as two; any other text as one. */
function splitImperatives(text: string): string[] {
  const when = /\s+tomorrow$/u.exec(text)?.[0] ?? "";
  const parts = text.slice(0, text.length - when.length).split(/[,;]\s+/u);
  const isList =
    parts.length > 1 && parts.every((part) => !part.includes(":") && isImperative(part));
  return isList ? parts.map((part) => withoutStop(part) + when) : [text];
}

interface Statement {
  text: string;
  first: number;
  lines: number;
  /** Where each of its lines begins in the text. */
  starts: number[];
}

/** The lines of a block, those joined again that were broken for width. */
function statementsOf(block: Block): Statement[] {
  const statements: Statement[] = [];
  let previous = "";
  for (const [index, line] of block.lines.entries()) {
    const last = statements.at(-1);
    if (last !== undefined && isWrapped(previous, line) && readMarker(line) === undefined) {
      last.starts.push(last.text.length + 1);
      last.text += ` ${line}`;
      last.lines += 1;
    } else {
      statements.push({ text: line, first: block.first + index, lines: 1, starts: [0] });
    }
    previous = line;
  }
  return statements;
}

/** The sentences of a block, each with the lines it stands on. */
function sentencesOf(block: Block): Omit<Statement, "starts">[] {
  return statementsOf(block).flatMap((statement) =>
    splitSentences(statement.text).map(({ text, index }) => {
      const lineAt = (at: number): number => statement.starts.findLastIndex((start) => start <= at);
      const begin = lineAt(index);
      const lines = lineAt(index + text.length - 1) - begin + 1;
      return { text, first: statement.first + begin, lines };
    }),
  );
}
