import { listAlive } from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";
import { isLittle, wordsOf } from "./same-word.ts";

// Above these, it is not worth the time to look.
const LONGEST_TEXT = 20_000;
const MOST_TASKS = 500;
const MOST_PROJECTS = 100;
// The forms of a word begin alike.
const STEM = 4;

/**
 * Whether a text may name an open task or an active project, so that a model may have to change one. Rough: it compares
 * the beginnings of words, and in case of doubt the answer is yes.
 *
 * @param isHidden leaves out entities by their id; left out: none
 */
export function mayNameOthers(
  journal: Journal,
  text: string,
  isHidden?: (id: string) => boolean,
): boolean {
  if (text.length > LONGEST_TEXT) return true;
  const open = { status: "open" };
  const tasks = listAlive(journal, "task", open, MOST_TASKS + 1, isHidden);
  const active = { status: "active" };
  const projects = listAlive(journal, "project", active, MOST_PROJECTS + 1, isHidden);
  if (tasks.length > MOST_TASKS || projects.length > MOST_PROJECTS) return true;
  const stems = new Set(wordsOf(text).map(stemOf));
  const titles = [
    ...tasks.map(({ fields }) => fields.title),
    ...projects.map(({ fields }) => fields.name),
  ];
  return titles.some((title) => isHalfIn(title, stems));
}

/** Whether half of a title, by its letters, is among the words of these beginnings. */
function isHalfIn(title: string, stems: ReadonlySet<string>): boolean {
  const words = wordsOf(title).filter((word) => !isLittle(word));
  const found = words.filter((word) => stems.has(stemOf(word)));
  return 2 * lettersOf(found) >= lettersOf(words);
}

function stemOf(word: string): string {
  return word.slice(0, STEM);
}

function lettersOf(words: readonly string[]): number {
  return words.join("").length;
}
