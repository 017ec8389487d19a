import { parse as parseEnglish } from "chrono-node/en";

/** A day as `YYYY-MM-DD`, and the number of characters that name it. */
export interface ReadDate {
  date: string;
  length: number;
}

const YEAR_FIRST = /^(\d{4})([/.-])(\d{1,2})\2(\d{1,2})(?:T[\d:.]+Z?)?(?![\w/-]|\.\w)/u;
// "30.11.", "28.11.26": with points the day comes first. Without the last point it may be a number or a version.
const SHORT = /^(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(\d\d))?(?![\w/-]|\.\w)/u;
const WEEKDAY =
  /^(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,?\s+\(?(?=\d{1,4}[./-]\s?\d)/iu;
const YEAR_LAST = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?![\w/-]|\.\w)/u;
const END = /^(?:the\s+)?end\s+of\s+((?:the|this|next)\s+)?(week|month|year)\b/iu;
const ORDINAL =
  /^(\d{1,2})(?:st|nd|rd|th)\b(?=\s*(?:[.,;!?)]|$)|\s+(?!(?:of|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|floor|birthday|anniversary|century)\w*)\p{Ll})/iu;
const FRIDAY = 5;
// Longer than any date in words: "the end of Wednesday, September 30th, 2026 at 10:30 pm".
const MAX_DATE = 60;
// A day and month without a year may be this many days ago, since notes are edited after the fact; an earlier
// one is in the next year.
const LATE_DAYS = 60;

const VAGUE = [
  /^(?:now\b|next week\b|(?:in |within )?(?:an? |\d+ ?)(?:sec|min|hour)|an? )/iu,
  // In lower case, these are more often words than days and months.
  /^(?:sat|sun|wed|mar|may)\b/u,
];

/**
 * Reads the day at the beginning of a text, or gives undefined. Only reads a certain day: no month
 * without a day, no hour without a day, no "next week", and no 05/06/2026, which is a different day in different
 * countries. Weekdays and the like count from `reference` on. English only.
 *
 * @param reference a day, `YYYY-MM-DD`
 */
export function readDate(text: string, reference: string): ReadDate | undefined {
  const head = text.slice(0, MAX_DATE);
  // The date beside a weekday is the certain one.
  const beside = WEEKDAY.exec(head)?.[0] ?? "";
  const found = readNumbers(head.slice(beside.length), reference);
  if (found !== undefined) return { ...found, length: beside.length + found.length };
  return /^\d+(?:[/.-]\d|\s*%|:\d)/u.test(head) ? undefined : readWords(head, reference);
}

function readNumbers(head: string, reference: string): ReadDate | undefined {
  const [short, shortDay, shortMonth, shortYear] = SHORT.exec(head) ?? [];
  if (short !== undefined) {
    const [month, day] = [Number(shortMonth), Number(shortDay)];
    const year = shortYear === undefined ? yearOf(month, day, reference) : 2000 + Number(shortYear);
    return toReadDate(year, month, day, short.length);
  }
  const yearFirst = YEAR_FIRST.exec(head);
  if (yearFirst !== null) {
    const [whole, year, , month, day] = yearFirst;
    return toReadDate(Number(year), Number(month), Number(day), whole.length);
  }
  const yearLast = YEAR_LAST.exec(head);
  if (yearLast === null) return undefined;
  const [whole, left, separator, right, year] = yearLast;
  const [a, b] = [Number(left), Number(right)];
  // With points the day comes first, in every country that uses them.
  const isDayFirst = separator === "." || a > 12 || a === b;
  if (!isDayFirst && b <= 12) return undefined;
  return toReadDate(Number(year), isDayFirst ? b : a, isDayFirst ? a : b, whole.length);
}

function readWords(head: string, reference: string): ReadDate | undefined {
  const from = toNoon(reference);
  const plain = readEnd(head, from) ?? readOrdinal(head, from);
  if (plain !== undefined) return plain;
  // "Friday (27 Nov)" is one date.
  const [found] = parseEnglish(head.replace(/(?<=\p{L}) \((?=[\p{L}\d])/u, "  "), from, {
    forwardDate: true,
  });
  if (found?.index !== 0) return undefined;
  const { start } = found;
  const text = head.slice(0, found.text.length).replace(/(?<![\s,)\]])[\s,)\]]+$/u, "");
  const isKnown = start.isCertain("day") || start.isCertain("weekday");
  if (!isKnown || VAGUE.some((vague) => vague.test(text))) return undefined;
  // "30 days after receipt" counts from an unknown day.
  const isSpan = /\b(?:day|week|month|year)s?\b/iu.test(text);
  if (isSpan && /\b(?:after|before|from|prior)\b/iu.test(head)) return undefined;
  const [month, day] = [start.get("month") ?? 0, start.get("day") ?? 0];
  let year = start.get("year") ?? 0;
  if (start.isCertain("month") && !start.isCertain("year")) year = yearOf(month, day, reference);
  return toReadDate(year, month, day, text.length);
}

/** The year of a day and month without one. */
function yearOf(month: number, day: number, reference: string): number {
  const from = toNoon(reference);
  const earliest = from.getTime() - LATE_DAYS * 86_400_000;
  let year = from.getFullYear() - 1;
  while (new Date(year, month - 1, day, 12).getTime() < earliest) year += 1;
  return year;
}

/** "The end of the month", "end of next week" (its Friday). */
function readEnd(head: string, from: Date): ReadDate | undefined {
  const [whole, which = "", span = ""] = END.exec(head) ?? [];
  if (whole === undefined) return undefined;
  const next = which.toLowerCase().startsWith("next") ? 1 : 0;
  const [year, month, day] = [from.getFullYear(), from.getMonth(), from.getDate()];
  switch (span.toLowerCase()) {
    case "week": {
      const friday = new Date(
        Date.UTC(year, month, day + ((FRIDAY - from.getDay() + 7) % 7) + next * 7),
      );
      const [y, m, d] = [friday.getUTCFullYear(), friday.getUTCMonth(), friday.getUTCDate()];
      return toReadDate(y, m + 1, d, whole.length);
    }
    case "month": {
      const last = new Date(Date.UTC(year, month + next + 1, 0));
      const [y, m, d] = [last.getUTCFullYear(), last.getUTCMonth(), last.getUTCDate()];
      return toReadDate(y, m + 1, d, whole.length);
    }
    default:
      return toReadDate(year + next, 12, 31, whole.length);
  }
}

/** "20th": the next day of that number. */
function readOrdinal(head: string, from: Date): ReadDate | undefined {
  const [whole = "", number] = ORDINAL.exec(head) ?? [];
  if (number === undefined) return undefined;
  const month = from.getMonth() + (Number(number) < from.getDate() ? 1 : 0);
  const next = new Date(Date.UTC(from.getFullYear(), month, 1));
  return toReadDate(next.getUTCFullYear(), next.getUTCMonth() + 1, Number(number), whole.length);
}

function toNoon(day: string): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date, 12);
}

/** The day; undefined if no calendar has it, such as 2026-02-30. */
function toReadDate(
  year: number,
  month: number,
  day: number,
  length: number,
): ReadDate | undefined {
  const time = new Date(Date.UTC(year, month - 1, day));
  const isReal = year >= 1900 && time.getUTCMonth() === month - 1 && time.getUTCDate() === day;
  return isReal ? { date: time.toISOString().slice(0, 10), length } : undefined;
}
