import { readDate } from "./date.ts";

/** When a task is due, and its text without the phrase that says so where that can be taken away. */
export interface Due {
  due_date: string | null;
  text: string;
}

const STRONG =
  /(?<=^|[\s,;([–—-])(?:@?due(?:\s+date)?(?:\s+(?:by|on|before|at|in))?|by|until|till|before|(?:no|not)\s+later\s+than|deadline(?:\s+is)?)(?:\s*(?:::?|\(|=)\s*|\s+)|(?:📅|⏰|🗓)\uFE0F?\s*/giu;
const ON = /(?<=^|[\s,;([–—-])on\s+/giu;
// What may stand between cue and date: "by the end of day on Friday", "by 5 pm Friday".
const LEAD_IN =
  /^(?:(?:the\s+)?(?:eod|cob|eob|end\s+of\s+(?:the\s+)?(?:business\s+)?day|close\s+of\s+business|noon|midnight|\d{1,2}(?::\d\d)?\s*[ap]\.?m\.?)\s*,?\s+(?:on\s+)?)?(?:the\s+|this\s+coming\s+)?/iu;
// Days of the Obsidian Tasks format that are not the day something is due: done, created, start, scheduled, cancelled.
const OTHER_DAY = /(?:✅|➕|🛫|⏳|❌)\s*\d{4}-\d{2}-\d{2}/gu;
// The date itself is the cue.
const ISO = /(?<![\w/.-])(?=\d{4}-\d{2}-\d{2})/gu;
const CONNECTOR = /[\s,;–—-]+$/u;
// A line has few dates; more are data.
const MAX_CUES = 8;

/**
 * Finds the due date of one line of plain text: after a due cue (by, due, until, before, deadline, 📅 …),
 * else after "on", else an ISO date anywhere.
 *
 * @param reference the day that "Friday" counts from, `YYYY-MM-DD`
 */
export function findDue(line: string, reference: string): Due {
  const text = line.replaceAll(OTHER_DAY, "").trim();
  for (const cue of [STRONG, ON, ISO]) {
    for (const match of [...text.matchAll(cue)].slice(0, MAX_CUES)) {
      const afterCue = match.index + match[0].length;
      const leadIn = LEAD_IN.exec(text.slice(afterCue, afterCue + 60))?.[0] ?? "";
      const start = afterCue + leadIn.length;
      const found = readDate(text.slice(start), reference);
      if (found === undefined) continue;
      const end = start + found.length;
      return { due_date: found.date, text: without(text, match.index, end) };
    }
  }
  return { due_date: null, text };
}

/** The text without a phrase that ends it, begins it or ends a bracket; as it is for any other. */
function without(text: string, start: number, end: number): string {
  const phrase = text.slice(start, end);
  const before = text.slice(0, start);
  const after = text.slice(end);
  const closed = /^\s*[)\]]/u.exec(after)?.[0];
  if (closed !== undefined) {
    const isAlone = /[([]\s*$/u.test(before) || phrase.includes("(");
    return isAlone
      ? join(before.replace(/[([]\s*$/u, ""), after.slice(closed.length))
      : before.replace(CONNECTOR, "") + after;
  }
  if (before.trim() === "") {
    // A date or sign may stand right before the text, a phrase in words only with something between.
    const between = /^\p{L}/u.test(phrase) ? /^\s*[:,–—-]\s+/u : /^\s*[:,–—-]?\s+/u;
    return between.test(after) ? after.replace(between, "") : text;
  }
  // What may follow the end of a sentence: hashtags.
  const isLast =
    /^[\s.,;!]*(?:#\S+\s*)*$/u.test(after) && !/\b(?:is|are|be|was)\s*$/iu.test(before);
  return isLast ? join(before.replace(CONNECTOR, ""), after.replace(/^[\s.,;!]+/u, "")) : text;
}

function join(before: string, after: string): string {
  return `${before.trimEnd()} ${after.trimStart()}`.trim();
}
