import fc from "fast-check";
import { expect, test } from "vitest";
import { readDate } from "../../daemon/rules/date.ts";
import { findDue } from "../../daemon/rules/due-date.ts";
import { findReferenceDate } from "../../daemon/rules/reference-date.ts";
import type { Document, Frame } from "../../daemon/protocol/document.ts";
import { documentOf, frameOf, outlineOf } from "./input.ts";

// A Friday.
const REFERENCE = "2026-11-20";

test.each([
  ["Send it by Friday", "2026-11-20", "Send it"],
  ["Send it by Monday.", "2026-11-23", "Send it"],
  ["Send it by next Friday", "2026-11-27", "Send it"],
  ["Send it by tomorrow", "2026-11-21", "Send it"],
  ["Send it (due 2026-12-01)", "2026-12-01", "Send it"],
  ["Send it @due(2026-12-01)", "2026-12-01", "Send it"],
  ["Send it [due:: 2026-12-01]", "2026-12-01", "Send it"],
  ["Send it 📅 2026-12-01 ✅ 2026-11-21", "2026-12-01", "Send it"],
  ["Send it, due: Dec 3", "2026-12-03", "Send it"],
  ["Send it until the 4th of December", "2026-12-04", "Send it"],
  ["Send it, deadline 12/24/2026", "2026-12-24", "Send it"],
  ["Send it by 24.12.2026", "2026-12-24", "Send it"],
  ["Send it no later than Thursday, 26 November", "2026-11-26", "Send it"],
  ["Send it by the end of day on Monday", "2026-11-23", "Send it"],
  ["Send it by 5 pm on Monday", "2026-11-23", "Send it"],
  ["Send it by end of November", "2026-11-30", "Send it"],
  ["Send it by Friday (27 Nov)", "2026-11-27", "Send it"],
  ["Send it (Ann, by Friday)", "2026-11-20", "Send it (Ann)"],
  ["Send it by Monday #mail", "2026-11-23", "Send it #mail"],
  ["Send it by Monday to Bob", "2026-11-23", "Send it by Monday to Bob"],
  ["By Monday, send it", "2026-11-23", "send it"],
  ["Due 2026-12-05 - send it", "2026-12-05", "send it"],
  ["2026-12-05 send it", "2026-12-05", "send it"],
  ["Meet Bob on Monday", "2026-11-23", "Meet Bob"],
  ["On Monday discuss the draft due 3 December", "2026-12-03", "On Monday discuss the draft"],
  ["Pay the rent of 2026-12-01 early", "2026-12-01", "Pay the rent of 2026-12-01 early"],
  ["Send it by 3.12.", "2026-12-03", "Send it"],
  ["Send it by 31.12.", "2026-12-31", "Send it"],
  ["Send it by 2.1.", "2027-01-02", "Send it"],
  ["Send it by 1.12.26", "2026-12-01", "Send it"],
  ["Send it by 1.12.26.", "2026-12-01", "Send it"],
  ["Send it, due Mon 30.11.", "2026-11-30", "Send it"],
  ["Send it by Tue, 1.12.2026", "2026-12-01", "Send it"],
  ["Send it by Monday 2026-12-07", "2026-12-07", "Send it"],
  ["Send it by Mon (30.11.)", "2026-11-30", "Send it"],
  ["It is due on Monday", "2026-11-23", "It is due on Monday"],
])("%j is due on %s and asks for %j", (line, due_date, text) => {
  expect(findDue(line, REFERENCE)).toEqual({ due_date, text });
});

test.each([
  ["an unknown order of day and month", "Send it by 05/06/2026"],
  ["a day and month in figures", "Send it by 10/12"],
  ["a version", "Update it before 2.10.3"],
  ["a percentage", "Improve it by 10%"],
  ["a ratio", "The ratio is 10/12. May the best team win"],
  ["a section", "See section 3.2 on page 4"],
  ["a day and month that no calendar has", "Send it by 31.13."],
  ["a month alone", "Send it by November"],
  ["an hour alone", "Send it by 5 pm"],
  ["a week", "Send it by next week"],
  ["a span from a day we do not know", "Pay by 30 days after receipt"],
  ["a word that is a weekday in capitals", "Charge it by sun"],
  ["a name", "Send it by Ann"],
  ["a day that no calendar has", "Send it by 2026-02-30"],
  ["a date in a file name", "Read notes/2026-12-01.md and 2026-12-01.txt"],
  ["a date without a cue", "Write up Friday's meeting"],
])("%s is no due date: %j", (_, line) => {
  expect(findDue(line, REFERENCE)).toEqual({ due_date: null, text: line });
});

test("a day without a year is at most two months ago, or in the future", () => {
  const dueOf = (line: string): string | null => findDue(line, REFERENCE).due_date;
  expect(dueOf("Send it by 1 October")).toBe("2026-10-01");
  expect(dueOf("Send it by 1 September")).toBe("2027-09-01");
  expect(findDue("Send it by 20 December", "2027-01-04").due_date).toBe("2026-12-20");
});

test("a date that is read exists in the calendar and is at the beginning of the text", () => {
  const numbers = fc.tuple(
    fc.nat(9_999),
    fc.constantFrom("-", "/", "."),
    fc.nat(40),
    fc.nat(40),
    fc.string(),
  );
  fc.assert(
    fc.property(numbers, ([year, separator, month, day, rest]) => {
      const text = `${String(year).padStart(4, "0")}${separator}${month}${separator}${day}${rest}`;
      const read = readDate(text, REFERENCE);
      if (read === undefined) return;
      expect(new Date(`${read.date}T00:00:00Z`).toISOString().slice(0, 10)).toBe(read.date);
      expect(read.length).toBeLessThanOrEqual(text.length);
    }),
  );
});

const whole = "Text with neither date nor heading.";
test.each<[string, string, Partial<Document>, Partial<Frame>, string]>([
  ["its metadata", whole, { metadata: { date: "2026-10-02T08:00:00Z" } }, {}, "2026-10-02"],
  [
    "metadata in words",
    whole,
    { metadata: { date: "Fri, 2 Oct 2026 08:00:00 +0200" } },
    {},
    "2026-10-02",
  ],
  ["its title", whole, { title: "Sync, October 2nd, 2026" }, {}, "2026-10-02"],
  ["its first heading", "# Sync 2026-10-02\n\nText.", {}, {}, "2026-10-02"],
  ["a date line", "Ann, Bob\nDate: 2 October 2026\n\nText.", {}, {}, "2026-10-02"],
  ["its file's name", whole, {}, { file_name: "20261002_sync.md" }, "2026-10-02"],
  ["the day it was changed", whole, { title: "Plan for 05/06/2026" }, {}, "2026-11-20"],
])("the reference date of a document is that of %s", (_, text, document, frame, date) => {
  const found = findReferenceDate(
    documentOf(text, document),
    outlineOf(text, document),
    frameOf(frame),
  );
  expect(found).toBe(date);
});
