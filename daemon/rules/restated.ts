import { foldText } from "./excerpt.ts";
import type { FoundTask } from "./task.ts";

// A document that a person wrote has few of both kinds.
const MAX_COMPARED = 200;
// Dice's coefficient of their words, including names.
const SAME = 0.5;

/** Leaves out tasks from sentences that minutes list again among the actions: the list is clearer. */
export function withoutRestated(tasks: readonly FoundTask[]): FoundTask[] {
  const listed = tasks.filter(({ is_from_sentence }) => !is_from_sentence).slice(0, MAX_COMPARED);
  const words = listed.map(wordsOf);
  let compared = 0;
  return tasks.filter((task) => {
    if (!task.is_from_sentence || compared === MAX_COMPARED) return true;
    compared += 1;
    const own = wordsOf(task);
    return !words.some((other) => overlap(own, other) >= SAME);
  });
}

function wordsOf({ text, owner }: FoundTask): Set<string> {
  const words = foldText(`${owner ?? ""} ${text}`).match(/\p{L}{3,}|\d+/gu) ?? [];
  return new Set(words.map((word) => word.replace(/(?<=\p{L}{4})s$/u, "")));
}

function overlap(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  const common = [...left].filter((word) => right.has(word)).length;
  return (2 * common) / (left.size + right.size || 1);
}
