import { expect, test } from "vitest";
import { LIMITS, limitDocument } from "../../daemon/preprocess/limits.ts";
import type { Document } from "../../daemon/protocol/document.ts";

const document = (change: Partial<Document>): Document => ({
  content_type: "text/plain",
  title: null,
  text: "text",
  headings: [],
  metadata: {},
  warnings: [],
  ...change,
});

test("a document within the limits stays as it is", () => {
  const whole = document({
    title: "Plan",
    headings: [{ level: 1, text: "Plan", line: 0 }],
    metadata: { author: "Ann", tags: ["a", "b"] },
    warnings: [{ code: "said", message: "said before" }],
  });
  expect(limitDocument(whole)).toEqual(whole);
});

test("text beyond the limit is cut with a warning, and headings in it go with it", () => {
  const headings = [0, 2].map((line) => ({ level: 1, text: "x", line }));
  const limited = limitDocument(
    document({ text: `x\n${"y".repeat(LIMITS.text_chars)}\nx`, headings }),
  );
  expect(limited.text.length).toBe(LIMITS.text_chars);
  expect(limited.headings).toEqual([{ level: 1, text: "x", line: 0 }]);
  expect(limited.warnings).toEqual([
    { code: "truncated", message: `Only the first ${LIMITS.text_chars} characters were read.` },
  ]);
});

test("more headings than the limit are cut with a warning, long ones and titles quietly", () => {
  const long = "x".repeat(1000);
  const headings = Array.from({ length: LIMITS.headings + 1 }, () => ({
    level: 1,
    text: long,
    line: 0,
  }));
  const limited = limitDocument(document({ title: long, headings }));
  expect(limited.headings.length).toBe(LIMITS.headings);
  expect(limited.headings[0]?.text.length).toBe(LIMITS.title_chars);
  expect(limited.title?.length).toBe(LIMITS.title_chars);
  expect(limited.warnings).toEqual([
    {
      code: "headings_beyond_limit",
      message: `Only the first ${LIMITS.headings} headings were kept.`,
    },
  ]);
});

const METADATA: [what: string, metadata: Document["metadata"]][] = [
  [
    "too many fields",
    Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "v"])),
  ],
  ["a long name", { ["n".repeat(101)]: "v" }],
  ["a long value", { note: "v".repeat(2001) }],
  ["a long list", { tags: Array.from({ length: 101 }, () => "t") }],
  ["a long item", { tags: ["t".repeat(2001)] }],
];
test.each(METADATA)("metadata with %s is cut with a warning", (_, metadata) => {
  const limited = limitDocument(document({ metadata }));
  expect(limited.warnings).toEqual([
    {
      code: "metadata_truncated",
      message: "Some of the file's metadata was too long and was cut.",
    },
  ]);
  expect(limitDocument({ ...limited, warnings: [] }).warnings).toEqual([]);
});
