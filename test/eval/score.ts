import type { TaskFields } from "../../daemon/protocol/entity.ts";
import type { Attempt } from "./attempt.ts";
import type { Expectation, WantedTask } from "./fixture.ts";

/** A task that a model recorded. */
export type FoundTask = Pick<TaskFields, "title" | "due_date" | "status" | "priority"> & {
  quote: string | null;
};

/** How much of a kind of entity was wanted, was found, and is both. */
export interface Tally {
  wanted: number;
  found: number;
  matched: number;
}

/** How what was found compares with what was wanted. */
export interface Score {
  tasks: Tally;
  notes: Tally;
  projects: Tally;
  pairs: { wanted: WantedTask; found: FoundTask }[];
  missed: WantedTask[];
  /** Found, and nobody wants them. */
  false_hits: FoundTask[];
  /** Those of the false hits that say again what another one found. */
  duplicates: number;
  /** Matched tasks of which either side has a due date, and how many of them have the same. */
  dated: number;
  dated_right: number;
  /** Tasks and notes, and how many of them quote the document word for word. */
  quotable: number;
  quoted: number;
}

/** Two titles are of one thing from this share of common words on (Dice's coefficient) … */
export const SAME_TITLE = 0.5;
/** … or from this one where the quote shows that they are about the same passage. */
export const SAME_TITLE_AND_PLACE = 0.3;

const FILLERS = new Set(
  "a an and as at be by can could for from i if in into is it me my of on or our please that the their them this to we will with you your".split(
    " ",
  ),
);

/** Compares a model's attempt with what a person would want. Each thing is taken for one other at most, best first. */
export function score(wanted: Expectation, attempt: Attempt): Score {
  const tasks: FoundTask[] = [];
  const noteTitles: string[] = [];
  let quoted = 0;
  for (const { entity_type, fields, quote, verified } of attempt.changes) {
    if (entity_type === "project") continue;
    quoted += Number(verified);
    if (entity_type === "note") {
      noteTitles.push(fields.title ?? "");
      continue;
    }
    const { title = "", due_date = null, status = "open", priority = "normal" } = fields;
    tasks.push({ title, due_date, status, priority, quote });
  }

  const similarity = (want: WantedTask, found: FoundTask): number => likeness(want, found);
  const pairs = pair(wanted.tasks, tasks, similarity);
  const takenWanted = new Set(pairs.map((one) => one.wanted));
  const takenFound = new Set(pairs.map((one) => one.found));
  const false_hits = tasks.filter((task) => !takenFound.has(task));
  const isDated = (one: (typeof pairs)[number]): boolean =>
    (one.wanted.due_date ?? one.found.due_date) !== null;
  const isDatedRight = (one: (typeof pairs)[number]): boolean =>
    isDated(one) && one.wanted.due_date === one.found.due_date;
  return {
    tasks: { wanted: wanted.tasks.length, found: tasks.length, matched: pairs.length },
    notes: {
      wanted: 1,
      found: noteTitles.length,
      matched: pair([wanted.note], noteTitles, titleLikeness).length,
    },
    projects: {
      wanted: wanted.projects.length,
      found: attempt.projects.length,
      matched: pair(wanted.projects, attempt.projects, sameName).length,
    },
    pairs,
    missed: wanted.tasks.filter((task) => !takenWanted.has(task)),
    false_hits,
    duplicates: false_hits.filter((found) => pairs.some((one) => similarity(one.wanted, found) > 0))
      .length,
    dated: pairs.filter(isDated).length,
    dated_right: pairs.filter(isDatedRight).length,
    quotable: tasks.length + noteTitles.length,
    quoted,
  };
}

/** One to one, the most alike first; what is not alike at all (0) is left alone. */
function pair<Wanted, Found>(
  wanted: readonly Wanted[],
  found: readonly Found[],
  similarity: (wanted: Wanted, found: Found) => number,
): { wanted: Wanted; found: Found }[] {
  const left = new Set(found.keys());
  const open = new Set(wanted.keys());
  return [...wanted.entries()]
    .flatMap(([i, one]) => [...found.entries()].map(([j, other]) => [i, j, one, other] as const))
    .map(([i, j, one, other]) => ({ i, j, one, other, alike: similarity(one, other) }))
    .filter(({ alike }) => alike > 0)
    .toSorted((a, b) => b.alike - a.alike)
    .flatMap(({ i, j, one, other }) => {
      if (!open.has(i) || !left.has(j)) return [];
      open.delete(i);
      left.delete(j);
      return [{ wanted: one, found: other }];
    });
}

/** 0 where they are not of one thing. */
function likeness(wanted: WantedTask, found: FoundTask): number {
  const alike = overlap(wanted.title, found.title);
  const isSamePlace = found.quote !== null && even(found.quote).includes(even(wanted.at));
  const enough = isSamePlace ? SAME_TITLE_AND_PLACE : SAME_TITLE;
  return alike >= enough ? alike + Number(isSamePlace) : 0;
}

function titleLikeness(wanted: string, found: string): number {
  const alike = overlap(wanted, found);
  return alike >= SAME_TITLE ? alike : 0;
}

function sameName(wanted: string, found: string): number {
  return Number(even(wanted) === even(found));
}

/** Dice's coefficient of the words that tell something. */
export function overlap(left: string, right: string): number {
  const [one, other] = [wordsOf(left), wordsOf(right)];
  const common = [...one].filter((word) => other.has(word)).length;
  return one.size + other.size === 0 ? 0 : (2 * common) / (one.size + other.size);
}

function wordsOf(text: string): Set<string> {
  const words = even(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  const telling = words.filter((word) => !FILLERS.has(word));
  return new Set((telling.length > 0 ? telling : words).map(stem));
}

/** "books", "booked" and "booking" as "book". */
function stem(word: string): string {
  return word.length < 5 ? word : word.replace(/(?:ing|ed|es|s)$/u, "");
}

function even(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll(/\s+/gu, " ").trim();
}
