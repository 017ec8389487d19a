import { expect, test } from "vitest";
import { extractCsv } from "../../../daemon/preprocess/extract/csv.ts";

const read = (text: string | Buffer, content_type = "text/csv") => {
  const extracted = extractCsv({ bytes: Buffer.from(text), name: "a.csv", content_type });
  if ("skipped" in extracted) throw new Error(extracted.skipped);
  return extracted;
};

test.each([
  ["commas", "name,age\nAnn,30\n"],
  ["semicolons", "name;age\nAnn;30\n"],
  ["bars", "name|age\nAnn|30\n"],
  ["what Excel says", "sep=;\nname;age\nAnn;30\n"],
])("values separated by %s are a table", (_, text) => {
  expect(read(text).text).toBe("| name | age |\n| --- | --- |\n| Ann | 30 |\n");
});

test("tabs separate where the type says so, whatever else the values hold", () => {
  expect(read("a,b\tc\n1,2\t3\n", "text/tab-separated-values").text).toBe(
    "| a,b | c |\n| --- | --- |\n| 1,2 | 3 |\n",
  );
});

test("quoted values keep their lines; a table that would not be legible is read by records", () => {
  const long = "word ".repeat(20).trim();
  expect(read(`name,note\nAnn,"first\nsecond"\nBob,${long}\nEve,\n`).text).toBe(
    `name: Ann\nnote:\n  first\n  second\n\nname: Bob\nnote: ${long}\n\nname: Eve\n`,
  );
});

test("a first row of values names nothing", () => {
  expect(read("1,2\n3,4\n").text).toBe(
    "| column 1 | column 2 |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n",
  );
});

test("one column is lines", () => {
  expect(read("milk\nbread\n").text).toBe("milk\nbread\n");
});

test("another encoding is found", () => {
  const { text } = read(Buffer.from("name;ort\nJürgen;Köln\n", "latin1"));
  expect(text).toContain("| Jürgen | Köln |");
});

test("rows and columns beyond the limits, and a quote without end, are said", () => {
  expect(read(`a,b\n${"1,2\n".repeat(20_001)}`).warnings).toEqual([
    { code: "rows_beyond_limit", message: "Only the first 20000 rows were read." },
  ]);
  expect(read(`${"a,".repeat(600)}\n`).warnings).toEqual([
    { code: "columns_beyond_limit", message: "Only the first 500 of 601 columns were read." },
  ]);
  expect(read('a,b\n"1,2\n').warnings).toEqual([
    {
      code: "quote_unclosed",
      message: "A quoted value does not end, so quotes were read as part of the values.",
    },
  ]);
});
