import fc from "fast-check";
import Papa from "papaparse";
import { expect, test } from "vitest";
import { visibleText } from "../../../daemon/core/visible-text.ts";
import { toSpreadsheets } from "../../../daemon/cli/export/spreadsheet.ts";
import { SAMPLE, task } from "./sample.ts";

const EMPTY = { projects: [], tasks: [], notes: [] };

function read(text: string): Record<string, string>[] {
  const { data, errors } = Papa.parse<Record<string, string>>(text, {
    header: true,
    skipEmptyLines: true,
  });
  expect(errors).toEqual([]);
  return data;
}

test("every entity is a row that a parser reads back, with lines, quotes and commas", () => {
  const files = toSpreadsheets(SAMPLE, { bom: false });
  const tasks = read(files.get("tasks.csv") ?? "");
  expect(tasks.map(({ id, project, due_date }) => [id, project, due_date])).toEqual([
    ["task_1", "", "2026-12-01"],
    ["task_2", "Garden / House", ""],
    ["task_3", "Garden / House", ""],
    ["task_4", "garden  house", ""],
  ]);
  expect(tasks[0]?.["title"]).toBe('Call Anna, then Bob; \\ that\'s "it"');
  expect(tasks[2]?.["description"]).toBe("Two coats.\n\n- white\n- green");
  expect(read(files.get("notes.csv") ?? "")[0]).toMatchObject({
    project: "Garden / House",
    sources: "/in/a.md",
  });
  expect(read(files.get("projects.csv") ?? "").map(({ status }) => status)).toEqual([
    "active",
    "archived",
    "active",
  ]);
});

test("lines end as RFC 4180 has it, and a byte order mark stands only where it is asked for", () => {
  const [plain, marked] = [false, true].map((bom) =>
    toSpreadsheets(EMPTY, { bom }).get("projects.csv"),
  );
  expect(plain).toBe('"id","name","status","description","sources","created_at","updated_at"\r\n');
  expect(marked).toBe(`\ufeff${plain}`);
});

const titleOf = (title: string): string =>
  read(
    toSpreadsheets({ ...EMPTY, tasks: [task("1", title)] }, { bom: false }).get("tasks.csv") ?? "",
  )[0]?.["title"] ?? "";

test.each([
  ["=1+1", "'=1+1"],
  ["+49 30 123", "'+49 30 123"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["  =1+1", "'  =1+1"],
  ['"=1+1', "'\"=1+1"],
  ["\t=1", "'\t'=1"],
  ["＝1", "'＝1"],
  ["a;=1+1", "a;'=1+1"],
  ["a\n=1+1", "a\n'=1+1"],
  ["a\n- b\n- c", "a\n- b\n- c"],
  ["a = b", "a = b"],
  ["mail me @ home - soon", "mail me @ home - soon"],
])("%j is written as %j", (title, written) => {
  expect(titleOf(title)).toBe(written);
});

test("no cell, with whichever separator it is read, begins as a formula", () => {
  const unit = fc.constantFrom(...Array.from("=+-@\t\r\n;,|\"' a1\uff1d"));
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 20, size: "max" }), (title) => {
      const text =
        toSpreadsheets({ ...EMPTY, tasks: [task("1", title)] }, { bom: false }).get("tasks.csv") ??
        "";
      for (const delimiter of [",", ";", "\t", "|"]) {
        for (const cell of Papa.parse<string[]>(text, { delimiter }).data.flat()) {
          expect(cell).not.toMatch(/^[=+@\uff1d\uff0b]|^-(?! )/u);
        }
      }
    }),
  );
});

test("a cell with what is no formula reads back as it was", () => {
  fc.assert(
    fc.property(
      fc
        .string({ unit: "grapheme", maxLength: 40, size: "max" })
        .filter((text) => !/[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\p{Cc}\p{Cs}]/u.test(text)),
      (title) => {
        expect(titleOf(title)).toBe(visibleText(title));
      },
    ),
  );
});
