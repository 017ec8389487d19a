import { findAsks } from "./ask.ts";
import type { Block } from "./block.ts";
import { findDuePhrase } from "./due-date.ts";
import { shorten } from "./excerpt.ts";
import { findAssignment } from "./participant.ts";
import { hasWords, withoutStop } from "./sentence.ts";
import { sentencesOf } from "./statement.ts";
import type { FoundTask } from "./task.ts";
import { addTask, type Place, type TaskScan } from "./task-scan.ts";

// "@ann can you …": speaks to one person, in any document.
const MENTIONED =
  /@(\p{L}[\p{L}\p{N}._-]{0,40}?)[,:]?\s+(?:can|could|will|would|please|pls|don['’]t\s+forget)\b/iu;
const TAKEN_ON =
  /^(?:(?:ok(?:ay)?|sure|yes|yep|yeah|fine)\b[\s,.!]*)?(?:i\s*['’]?ll\s+do\s+(?:it|that)|will\s+do|on\s+it)\b/iu;
// "Renew it today", "Ann will write to them": refers to an earlier sentence.
const OPEN_REFERENCE =
  /^(?:\S+\s+){1,4}(?:it|them|him|her|this|that)(?=[.,!?]|\s*$|\s+(?:again|and|at|back|before|by|down|for|from|in|into|off|on|one|out|over|please|to|today|tomorrow|tonight|until|up|with)\b)/u;
const NEEDED_BY =
  /\b(?:need|want|expect)s?\s+(?:it|them|this|that)\s+(?:back\s+)?((?:by|before|until|on)\s.{1,60})$/iu;
// The longest distance of a question and its answer in a chat.
const NEAR_LINES = 5;
const MAX_CONTEXT = 100;

/** Adds the tasks that the sentences of a block ask for, promise or assign. */
export function addFromSentences(scan: TaskScan, block: Block): void {
  const { tasks } = scan;
  let last: FoundTask | undefined;
  // Later sentences do not refer to an item of a list.
  let context = block.kind === "item" ? null : scan.context;
  for (const { text, ...place } of sentencesOf(block)) {
    const before = tasks.length;
    const assigned = findAssignment(text, scan.participants);
    if (assigned === undefined) addAsked(scan, text, place, block, context);
    else {
      const isOpen = OPEN_REFERENCE.test(assigned.text);
      const about = !isOpen ? null : assigned.before || context;
      addTask(scan, place, { text: withoutStop(assigned.text), about, is_from_sentence: true });
    }
    const found = tasks.length > before;
    // "… send me the numbers. I need them by Monday."
    const until = NEEDED_BY.exec(withoutStop(text))?.[1];
    if (!found && last !== undefined && until !== undefined) last.text += ` ${until}`;
    last = found ? tasks.at(-1) : undefined;
    if (hasWords(text, 3)) context = shorten(withoutStop(text), MAX_CONTEXT);
  }
  if (block.kind !== "item") scan.context = context;
}

/** Adds what a sentence asks for or promises, or gives its speaker the last task. */
function addAsked(
  scan: TaskScan,
  text: string,
  place: Place,
  { speaker, day }: Block,
  context: string | null,
): void {
  const { tasks } = scan;
  const request = tasks.at(-1);
  const isTaken = speaker !== null && request !== undefined && TAKEN_ON.test(text);
  if (isTaken && place.first - request.first <= NEAR_LINES) {
    takeOn(request, text, speaker);
    return;
  }
  const mentioned = MENTIONED.exec(text)?.[1] ?? null;
  const asks = findAsks(text, mentioned === null ? scan.register : "correspondence");
  for (const { text: said, before, isOwn } of asks) {
    // "Can you send the invoice?" "I'll send it today": the speaker takes on the task; it is not another one.
    const asked = tasks.at(-1);
    const isAnswer = isOwn && speaker !== null && asked !== undefined && asked !== scan.accepted;
    if (isAnswer && OPEN_REFERENCE.test(said) && place.first - asked.first <= NEAR_LINES) {
      takeOn(asked, said, speaker);
      scan.accepted = asked;
      continue;
    }
    const about = !OPEN_REFERENCE.test(said) ? null : hasWords(before, 4) ? before : context;
    const owner = isOwn ? speaker : mentioned;
    addTask(scan, place, { text: said, owner, about, is_from_sentence: true }, day);
  }
}

/** Gives a task to the speaker who takes it on, with the day that they name. */
function takeOn(task: FoundTask, said: string, speaker: string): void {
  const until = findDuePhrase(said) ?? /\bon\s+\p{L}+day\b/iu.exec(said)?.[0];
  if (until !== undefined) task.text += ` ${until}`;
  task.owner ??= speaker;
}
