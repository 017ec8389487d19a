import { readDate } from "./date.ts";

/** The due date of a task, `YYYY-MM-DD`, and its text without the phrase that names it, if that can be removed. */
export interface Due {
  due_date: string | null;
  text: string;
}

const STRONG =
  /(?<=^|[\s,;([–—-])(?:@?due(?:\s+date)?(?:\s+(?:by|on|before|at|in))?|by|until|till|before|(?:no|not)\s+later\s+than|deadline(?:\s+is)?)(?:\s*(?:::?|\(|=)\s*|\s+)|(?:📅|⏰|🗓)\uFE0F?\s*/giu;
const ON = /(?<=^|[\s,;([–—-])on\s+/giu;
// Words between cue and date: "by the end of day on Friday", "by 5 pm Friday".
const LEAD_IN =
  /^(?:(?:the\s+)?(?:eod|cob|eob|end\s+of\s+(?:the\s+)?(?:business\s+)?day|close\s+of\s+business|noon|midnight|\d{1,2}(?::\d\d)?\s*[ap]\.?m\.?)\s*,?\s+(?:on\s+)?)?(?:the\s+|this\s+coming\s+)?/iu;
// Days of the Obsidian Tasks format that are not due dates: done, created, start, scheduled, cancelled.
const OTHER_DAY = /(?:✅|➕|🛫|⏳|❌)\s*\d{4}-\d{2}-\d{2}/gu;
// The date itself is the cue.
const ISO = /(?<![\w/.-])(?=\d{4}-\d{2}-\d{2})/gu;
// "Renew it today", but not "today's agenda".
const NEAR = /(?<=^|[\s(])(?=(?:today|tonight|tomorrow)\b(?!['’-]))/giu;
// A date that ends a line after a mark: "Dentist (Tue 14:00)", "New copy – Tue 24 Nov".
const LAST = /\s*(?:\(|:\s|\s[–—-]\s|(?:->|→|=>)\s)\s*(?=[\p{L}\d])/giu;
const REST =
  /^(?:,?\s*(?:at\s+)?\d{1,2}[:.]\d\d(?:\s*[ap]m)?)?\s*(?:\)\s*)?(?:[.!]+\s*)?(?:#\S+(?:\s+|$))*$/iu;
// The day of writing: "by noon", "before the end of the day".
const SAME_DAY =
  /^(?:eod|cob|eob|noon|midnight|tonight|(?:the\s+)?(?:end\s+of\s+(?:the\s+|this\s+)?(?:business\s+)?day|close\s+of\s+business))(?=[\s.,;!?)]|$)/iu;
const CONNECTOR = /(?<![\s,;–—-])[\s,;–—-]+(?:(?:->|→|=>)\s*)?$|(?<!\s)\s*(?:->|→|=>)\s*$/u;
// A line has few dates; a line with more is data.
const MAX_CUES = 8;
const ANY_DAY = "2026-01-01";

/**
 * Finds the due date of one line of plain text: after a due cue (by, due, until, before, deadline, 📅 …),
 * else "today" and the like, else after "on", else an ISO date anywhere, else a future date at its end.
 *
 * @param reference the day that "Friday" counts from, `YYYY-MM-DD`
 */
export function findDue(line: string, reference: string): Due {
  const text = line.replaceAll(OTHER_DAY, "").trim();
  const place = locate(text, reference);
  if (place === undefined) return { due_date: null, text };
  const { date: due_date, cue, start, end } = place;
  return { due_date, text: cue === LAST ? text.slice(0, start).trim() : without(text, start, end) };
}

/** Whether a line ends with its deadline: "Ann books the slot, deadline 1 December". */
export function endsInDeadline(line: string): boolean {
  const place = locate(line, ANY_DAY);
  if (place?.cue !== STRONG || !/^[\s.!)\]]*$/u.test(line.slice(place.end))) return false;
  // Something that lasts until a day is not to be done by that day.
  return !/^(?:until|till)\b/iu.test(line.slice(place.start).trimStart());
}

/** Finds the phrase that names a due date: "by Tuesday" in "We need it by Tuesday", "today" at the beginning. */
export function findDuePhrase(text: string): string | undefined {
  const place = locate(text, ANY_DAY);
  if (place === undefined) return undefined;
  const isSaid = place.cue === STRONG || place.cue === NEAR || place.start === 0;
  return isSaid ? text.slice(place.start, place.end) : undefined;
}

interface Place {
  date: string;
  cue: RegExp;
  /** The part from the cue to the end of the date. */
  start: number;
  end: number;
}

function locate(text: string, reference: string): Place | undefined {
  for (const cue of [STRONG, NEAR, ON, ISO, LAST]) {
    for (const { 0: said, index } of [...text.matchAll(cue)].slice(0, MAX_CUES)) {
      const afterCue = index + said.length;
      const leadIn = LEAD_IN.exec(text.slice(afterCue, afterCue + 60))?.[0] ?? "";
      const begin = afterCue + leadIn.length;
      const found = readDate(text.slice(begin), reference);
      if (found !== undefined) {
        const end = begin + found.length;
        const isLast = found.date >= reference && REST.test(text.slice(end));
        if (cue !== LAST || isLast) return { date: found.date, cue, start: index, end };
      } else if (cue === STRONG) {
        const day = SAME_DAY.exec(text.slice(afterCue))?.[0];
        if (day !== undefined) {
          return { date: reference, cue, start: index, end: afterCue + day.length };
        }
      }
    }
  }
  return undefined;
}

/** The text without a phrase at its end, at its beginning or in a bracket; unchanged for any other phrase. */
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
    // A date or sign may be right before the text; a phrase in words needs a mark between.
    const between = /^\p{L}/u.test(phrase) ? /^\s*[:,–—-]\s+/u : /^\s*[:,–—-]?\s+/u;
    return between.test(after) ? after.replace(between, "") : text;
  }
  // Hashtags may follow the end of a sentence.
  const isLast =
    /^[\s.,;!]*(?:#\S+(?:\s+|$))*$/u.test(after) && !/\b(?:is|are|be|was)\s*$/iu.test(before);
  return isLast ? join(before.replace(CONNECTOR, ""), after.replace(/^[\s.,;!]+/u, "")) : text;
}

function join(before: string, after: string): string {
  return `${before.trimEnd()} ${after.trimStart()}`.trim();
}
