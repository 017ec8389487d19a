import fc from "fast-check";
import { expect, test } from "vitest";
import { titleOfNote } from "../../daemon/rules/note.ts";
import { summarize } from "../../daemon/rules/summary.ts";
import type { Document } from "../../daemon/protocol/document.ts";
import { documentOf, outlineOf } from "./input.ts";

test.each<[string, string, Partial<Document>, string, string]>([
  ["its own title", "# Heading", { title: "The  title" }, "a.md", "The title"],
  [
    "its subject",
    "From: Ann\nSubject: Re: Fwd: Budget\n\nHi.",
    { title: "From: Ann" },
    "a.txt",
    "Budget",
  ],
  ["its first heading", "Text.\n\n## Heading", {}, "a.md", "Heading"],
  ["its first line", "Call with Ann:\n\nIt was long.", {}, "a.txt", "Call with Ann"],
  [
    "a line after fields",
    "Date: 2026-11-20\n\nCall with Ann\n\nText.",
    {},
    "a.txt",
    "Call with Ann",
  ],
  ["its file, where it is a list", "- milk\n- bread", {}, "shopping_list.txt", "Shopping list"],
  [
    "its file, where it is a letter",
    "Dear Ann,\n\nThis is it.",
    {},
    "2026-11-20-to-ann.txt",
    "2026-11-20 to ann",
  ],
  ["its file, where it is data", "a,b", { content_type: "text/csv" }, "data_1.csv", "data_1.csv"],
])("a note is called after %s", (_, text, changes, fileName, title) => {
  const outline = outlineOf(text, changes);
  expect(titleOfNote(documentOf(text, changes), outline, fileName)).toBe(title);
});

test("the summary of a short text is the text, without front matter that was left in it", () => {
  const text = "---\nkey: [x\n---\n# Title\n\n- one\n";
  expect(summarize(outlineOf(text), new Set())).toBe("# Title\n\n- one");
});

const FILLER = Array.from(
  { length: 60 },
  (_, index) => `Sentence number ${index} of this text says very little about nothing at all.`,
);

test("the summary of a long text is its beginning and its main points, in their order", () => {
  const text = [
    "# Bridges",
    "",
    "Most bridges fail from wind. We looked at forty of them. The list is below.",
    "",
    ...FILLER.flatMap((line) => [line, ""]),
    "- [ ] Send this to Ann, who asked for the list of bridges",
    "",
    "We agreed that wind makes bridges fail, and that the list of bridges grows.",
  ].join("\n");
  const outline = outlineOf(text);
  const task = outline.blocks.findIndex(({ box }) => box === "open");
  const summary = summarize(outline, new Set([outline.blocks[task]?.first ?? -1]));
  expect(summary).toMatch(/^Most bridges fail from wind\. We looked at forty of them\./u);
  expect(summary).toContain("- We agreed that wind makes bridges fail");
  expect(summary).not.toContain("Send this to Ann");
  const numbers = [...summary.matchAll(/number (\d+)/gu)].map(([, number]) => Number(number));
  expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
});

test("data is shown by its first lines", () => {
  const text = "a,b,c\n".repeat(1_000);
  const summary = summarize(outlineOf(text, { content_type: "text/csv" }), new Set());
  expect(text.startsWith(`${summary}\n`)).toBe(true);
  expect(summary.length).toBeGreaterThan(1_000);
});

test("a summary has at most 1200 characters, and the text contains every line of it", () => {
  const sentence = fc.string({
    unit: fc.constantFrom("a", "bcd", " ", ". ", "E", "! ", "\n", "- "),
    maxLength: 400,
  });
  fc.assert(
    fc.property(fc.array(sentence, { maxLength: 30 }), (sentences) => {
      const text = sentences.join("\n\n");
      const summary = summarize(outlineOf(text), new Set());
      expect(summary.length).toBeLessThanOrEqual(1_200);
      const words = text.replaceAll(/\s+/gu, " ");
      for (const line of summary.split("\n")) {
        expect(words).toContain(line.replace(/^- /u, "").replaceAll(/\s+/gu, " ").trim());
      }
    }),
  );
});
