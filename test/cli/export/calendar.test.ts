import fc from "fast-check";
import ICAL from "ical.js";
import { expect, test } from "vitest";
import { visibleText } from "../../../daemon/core/visible-text.ts";
import { toCalendar } from "../../../daemon/cli/export/calendar.ts";
import { project, SAMPLE, task } from "./sample.ts";

const EMPTY = { projects: [], tasks: [], notes: [] };
const calendarOf = (entities: Parameters<typeof toCalendar>[0]): string =>
  toCalendar(entities).get("tasks.ics") ?? "";

ICAL.design.strict = true;

function read(text: string): ICAL.Component[] {
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
  expect(calendar.getFirstPropertyValue("version")).toBe("2.0");
  return calendar.getAllSubcomponents("vtodo");
}

const value = (todo: ICAL.Component | undefined, name: string): unknown => {
  const found = todo?.getFirstPropertyValue(name);
  return found === null || found === undefined
    ? null
    : typeof found === "object"
      ? String(found)
      : found;
};

test("every task is a to-do that a calendar reads, with its date, state and words", () => {
  const todos = read(calendarOf(SAMPLE));
  expect(
    todos.map((todo) => ["uid", "status", "priority", "due"].map((name) => value(todo, name))),
  ).toEqual([
    ["task_1@agent-runner", "NEEDS-ACTION", 1, "2026-12-01"],
    ["task_2@agent-runner", "NEEDS-ACTION", 5, null],
    ["task_3@agent-runner", "COMPLETED", 5, null],
    ["task_4@agent-runner", "CANCELLED", 5, null],
  ]);
  expect(value(todos[0], "summary")).toBe(SAMPLE.tasks[0]?.title);
  expect(todos[1]?.getFirstProperty("categories")?.getValues()).toEqual([
    "Garden / House",
    "a b",
    "#x",
  ]);
  expect(value(todos[2], "description")).toBe("Two coats.\n\n- white\n- green");
  expect(value(todos[0], "dtstamp")).toBe("2026-11-20T08:00:00Z");
});

test("a calendar without tasks is one all the same", () => {
  expect(read(calendarOf(EMPTY))).toEqual([]);
});

test("any words read back as they were, and no line is longer than 75 octets or breaks a character", () => {
  const words = fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 300, size: "max" }),
    fc.string({
      unit: fc.constantFrom(...Array.from('\\;,:"\n\t éa😀')),
      minLength: 1,
      maxLength: 200,
      size: "max",
    }),
  );
  const plain = (text: string): string => visibleText(text).replaceAll("\t", " ");
  fc.assert(
    fc.property(words, words, (title, description) => {
      const text = calendarOf({
        ...EMPTY,
        projects: [project("1", title)],
        tasks: [task("1", title, { description, project_id: "project_1" })],
      });
      expect(text.endsWith("\r\n")).toBe(true);
      for (const line of text.split("\r\n")) {
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
        expect(line.isWellFormed()).toBe(true);
        expect(line).not.toMatch(/[\r\n]/u);
      }
      const [todo] = read(text);
      expect(value(todo, "summary")).toBe(plain(title));
      const isSaid = description.trim() !== "";
      expect(value(todo, "description")).toBe(isSaid ? plain(description) : null);
    }),
  );
});
