import { expect, test } from "vitest";
import { extractText } from "../../../daemon/preprocess/extract/text.ts";

const extract = (text: string, content_type = "text/plain") =>
  extractText({ bytes: Buffer.from(text), name: "a.txt", content_type });

test("text is kept as it is, with the warnings of its decoding", () => {
  expect(extract("# no heading\n\n- a\u200b\n")).toEqual({
    title: null,
    text: "# no heading\n\n- a\n",
    headings: [],
    metadata: {},
    warnings: [{ code: "characters_removed", message: "Invisible characters were removed: 1." }],
  });
});

test.each([
  ["its first line", "Weekly meeting\nAnn, Bob", "Weekly meeting"],
  ["the first line that is not empty, trimmed", "\n\t \n  1. Plan  \nx", "1. Plan"],
  ["a line in quotes", "„Ziele“\nx", "„Ziele“"],
  ["the only line", "call Ann", "call Ann"],
  ["no line longer than 120 characters", `${"word ".repeat(25)}\nx`, null],
  ["no line that begins with a sign", "=====\nx", null],
  ["none where there is nothing", " \n ", null],
])("the title of plain text is %s", (_, text, title) => {
  expect(extract(text).title).toBe(title);
});

test("text that is not prose has no title", () => {
  expect(extract("name,age\nAnn,30", "text/csv").title).toBeNull();
});
