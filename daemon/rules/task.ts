import type { TaskFields } from "../protocol/entity.ts";
import type { Block } from "./block.ts";
import { findDue } from "./due-date.ts";
import { cut } from "./excerpt.ts";

/** What a line of a document asks for, before it is read closely. */
export interface TaskLine {
  /** Plain text, without bullet, checkbox and marker word. */
  text: string;
  status: TaskFields["status"];
  /** Who it is for, where that does not stand in the text. */
  owner: string | null;
  /** Items below it. */
  details: readonly string[];
  /** What "it" or "them" in the text stands for, where that was said before. */
  about: string | null;
}

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

/** The fields of a task that its line tells; all but the project. */
export type TaskReading = Omit<TaskFields, "project_id">;

const MAX_TITLE = 300;
const MAX_TAGS = 20;

// A mark is taken out of the title, a word stays in it.
const HIGH_MARK =
  /!{2,}|[🔴🔺⏫]|[([](?:urgent|asap|(?:prio(?:rity)?:?\s*)?high(?:[\s-]prio(?:rity)?)?)[)\]]|^\(A\)(?=\s)|^URGENT\s*[:!–—-]/giu;
const HIGH_WORD = /\bURGENT\b|\b[Hh]igh[\s-][Pp]riority\b|\b[Pp]riority:\s*[Hh]igh\b/u;
const LOW_MARK =
  /[🔽⏬]|[([](?:someday|nice[\s-]to[\s-]have|(?:prio(?:rity)?:?\s*)?low(?:[\s-]prio(?:rity)?)?)[)\]]/giu;
const LOW_WORD = /\blow[\s-]priority\b|\bpriority:\s*low\b|\bsomeday\b|\bnice[\s-]to[\s-]have\b/iu;
// Letters first: #123 is an issue. Not after a word, "&" or "/": those are parts of addresses.
const TAG = /(?<![\p{L}\p{N}_&/#])#(\p{L}[\p{L}\p{N}_/-]{0,59})/gu;

/**
 * Reads a task from its line.
 *
 * @param reference the day that "Friday" counts from, `YYYY-MM-DD`
 * @param documentTags what the document is tagged with; its tasks are too
 */
export function readTask(
  line: TaskLine,
  reference: string,
  documentTags: readonly string[],
): TaskReading {
  const { priority, text: unmarked } = readPriority(line.text);
  const { due_date, text: undated } = findDue(unmarked, reference);
  const tags = [...undated.matchAll(TAG)].map(([, tag]) => tag ?? "");
  const title = undated
    .replace(/(?:\s+#[\p{L}][\p{L}\p{N}_/-]*)+\s*$/u, "")
    .replaceAll(TAG, "$1")
    .replaceAll(/\s+/gu, " ")
    .trim();
  // Where marks and date were all there was, they are the title.
  const whole = /\p{L}/u.test(title) ? title : line.text;
  return {
    title: cut(line.about === null ? whole : `${whole} (${line.about})`, MAX_TITLE).trim(),
    description: [
      ...(line.owner === null ? [] : [`Owner: ${line.owner}`]),
      ...line.details.map((detail) => `- ${cut(detail, MAX_TITLE)}`),
    ].join("\n"),
    status: line.status,
    priority,
    due_date,
    tags: distinct([...tags, ...documentTags]).slice(0, MAX_TAGS),
  };
}

function readPriority(text: string): { priority: TaskFields["priority"]; text: string } {
  const isHigh = HIGH_WORD.test(text) || text.search(HIGH_MARK) >= 0;
  const isLow = LOW_WORD.test(text) || text.search(LOW_MARK) >= 0;
  const unmarked = text.replaceAll(HIGH_MARK, " ").replaceAll(LOW_MARK, " ");
  // The space that a mark stood in goes with it.
  const clean = unmarked.replaceAll(/\s+(?=[\s.,;:?)]|$)/gu, "").trim();
  const priority = isHigh ? "high" : isLow ? "low" : "normal";
  return { priority, text: unmarked === text ? text : clean };
}

function distinct(tags: readonly string[]): string[] {
  const byKey = new Map(tags.map((tag) => [tag.toLowerCase(), tag]));
  return [...byKey.values()];
}
