import type { TaskFields } from "../protocol/entity.ts";
import type { Block } from "./block.ts";
import { findDue } from "./due-date.ts";
import { cut } from "./excerpt.ts";

/** A task in the words of its line, before they are read closely. */
export interface TaskLine {
  /** Plain text, without bullet, checkbox and marker word. */
  text: string;
  status: TaskFields["status"];
  /** The person it is for, if the text does not name one. */
  owner: string | null;
  /** The items below it. */
  details: readonly string[];
  /** The earlier words to which "it" or "them" in the text refers. */
  about: string | null;
}

/** A task line with its place in the document. */
export interface FoundTask extends TaskLine {
  details: readonly string[];
  /** 0-based first line in the document's text, and the number of lines. */
  first: number;
  lines: number;
  /** The headings and labels above it, the outermost first. */
  under: readonly Block[];
  /** The day of its utterance, `YYYY-MM-DD`; null if only the day of the document is known. */
  day: string | null;
  /** It is a task only if it names a future date. */
  needs_date: boolean;
  /** It comes from a sentence, not from a list. */
  is_from_sentence: boolean;
}

/** The fields of a task that its line gives: all except the project. */
export type TaskReading = Omit<TaskFields, "project_id">;

const MAX_TITLE = 300;
const MAX_TAGS = 20;

// The title loses a mark and keeps a word.
const HIGH_MARK =
  /!{2,}|[🔴🔺⏫]|[([](?:urgent|asap|(?:prio(?:rity)?:?\s*)?high(?:[\s-]prio(?:rity)?)?)[)\]]|^\(A\)(?=\s)|^URGENT\s*[:!–—-]/giu;
const HIGH_WORD = /\bURGENT\b|\b[Hh]igh[\s-][Pp]riority\b|\b[Pp]riority:\s*[Hh]igh\b/u;
const LOW_MARK =
  /[🔽⏬]|[([](?:someday|nice[\s-]to[\s-]have|(?:prio(?:rity)?:?\s*)?low(?:[\s-]prio(?:rity)?)?)[)\]]/giu;
const LOW_WORD = /\blow[\s-]priority\b|\bpriority:\s*low\b|\bsomeday\b|\bnice[\s-]to[\s-]have\b/iu;
// A letter first: #123 is an issue. Not after a word, "&" or "/": that is part of an address.
const TAG = /(?<![\p{L}\p{N}_&/#])#(\p{L}[\p{L}\p{N}_/-]{0,59})/gu;

/**
 * Reads a task from its line.
 *
 * @param reference the day that "Friday" counts from, `YYYY-MM-DD`
 * @param documentTags the tags of the document, which its tasks get too
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
    .replace(/(?<!\s)(?:\s+#[\p{L}][\p{L}\p{N}_/-]*)+\s*$/u, "")
    .replaceAll(TAG, "$1")
    .replaceAll(/\s+/gu, " ")
    .trim();
  // A text with nothing but marks and a date is the title itself.
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
  // Remove the space of a mark with it.
  const clean = unmarked.replaceAll(/\s+(?=[\s.,;:?)]|$)/gu, "").trim();
  const priority = isHigh ? "high" : isLow ? "low" : "normal";
  return { priority, text: unmarked === text ? text : clean };
}

function distinct(tags: readonly string[]): string[] {
  const byKey = new Map(tags.map((tag) => [tag.toLowerCase(), tag]));
  return [...byKey.values()];
}
