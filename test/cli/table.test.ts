import fc from "fast-check";
import { expect, test } from "vitest";
import { type Column, formatFacts, formatTable, summarizeSources } from "../../daemon/cli/table.ts";
import { displayWidth } from "../../daemon/cli/text.ts";

const columns: Column[] = [
  { title: "task", cut: "never" },
  { title: "title" },
  { title: "source", cut: "start" },
  { title: "files", align: "right" },
];

test("columns are as wide as what they hold", () => {
  expect(formatTable(columns, [["t1", "漢字", "/a.md", "7"]], 80)).toEqual([
    "TASK  TITLE  SOURCE  FILES",
    "t1    漢字   /a.md       7",
  ]);
});

test("the widest columns give way, ids do not, and a path keeps its end", () => {
  const row = ["task_0123456789", "Send the offer to Anna", "/home/me/inbox/offer.md", "12"];
  expect(formatTable(columns, [row], 50)).toEqual([
    "TASK             TITLE         SOURCE        FILES",
    "task_0123456789  Send the of…  …ox/offer.md     12",
  ]);
});

test("a column that may be left out is, where a title would be cut short for it", () => {
  const spared = columns.map((column) => ({ ...column, spare: column.title === "source" }));
  const row = ["task_0123456789", "Send the offer to Anna", "/home/me/inbox/offer.md", "12"];
  expect(formatTable(spared, [row], 60)).toEqual([
    "TASK             TITLE                   SOURCE        FILES",
    "task_0123456789  Send the offer to Anna  …ox/offer.md     12",
  ]);
  expect(formatTable(spared, [row], 59)).toEqual([
    "TASK             TITLE                   FILES",
    "task_0123456789  Send the offer to Anna     12",
  ]);
});

test("a cell that is missing is empty", () => {
  expect(formatTable([{ title: "a" }, { title: "b" }], [["1"]], 80)).toEqual(["A  B", "1"]);
});

test("no line is wider than the terminal", () => {
  const cell = fc.string({ unit: "grapheme", maxLength: 60 });
  const rows = fc.array(fc.tuple(cell, cell, cell, cell), { maxLength: 5 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 120 }), (cells, width) => {
      for (const spare of [false, true]) {
        const some = columns.map((column, index) => ({ ...column, spare: spare && index > 1 }));
        for (const line of formatTable(some, cells, width)) {
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
        }
      }
    }),
  );
});

test("without a width every cell is whole", () => {
  const path = `/home/me/${"deep/".repeat(60)}offer.md`;
  const [title, line] = formatTable(columns, [["task_1", "Send", path, "12"]], Infinity);
  expect(line).toBe(`task_1  Send   ${path}     12`);
  expect(displayWidth(title ?? "")).toBe(displayWidth(line ?? ""));
});

test("facts align their values, also those of several lines", () => {
  expect(
    formatFacts([
      ["id", "run_1"],
      ["error", "no key\nset one"],
    ]),
  ).toEqual(["id     run_1", "error  no key\n       set one"]);
});

test("sources are the first file and how many more there are", () => {
  const source = {
    file_id: "file_1",
    run_id: "run_1",
    hash: "0",
    quote: null,
    verified: false,
    current: true,
  };
  const [a, b] = ["/a.md", "/b.md"].map((path) => ({ ...source, path }));
  expect(summarizeSources([])).toBe("-");
  expect(summarizeSources([a!])).toBe("/a.md");
  expect(summarizeSources([a!, b!])).toBe("(+1) /a.md");
});
