import fc from "fast-check";
import { expect, test } from "vitest";
import { findPassage } from "../../daemon/journal/passage.ts";

test("a passage is found whatever its white space, and given as the text has it", () => {
  const text = "# Plan\n\nAnn sends (by\n  Friday) the budget. All agree.";
  expect(findPassage(text, "sends  (by Friday) the budget.")).toEqual({
    before: "# Plan\n\nAnn ",
    quote: "sends (by\n  Friday) the budget.",
    after: " All agree.",
  });
  expect(findPassage(text, "sends the budget")).toBeUndefined();
  expect(findPassage(text, " ")).toBeUndefined();
});

test("the text around a passage is short, and cut between words", () => {
  const words = Array.from({ length: 200 }, (_, index) => `word${index}`).join(" ");
  const passage = findPassage(`${words} HERE ${words}`, "HERE");
  for (const side of [passage?.before ?? "", passage?.after ?? ""]) {
    expect(side.length).toBeLessThanOrEqual(160);
    expect(words.split(" ")).toEqual(expect.arrayContaining(side.trim().split(" ")));
  }
});

test("every part of a text is found in it", () => {
  const part = fc.string({
    unit: fc.constantFrom("a", "b", " ", "\n", ".", "(", "\\", "$", "é", "["),
  });
  fc.assert(
    fc.property(part, part, part, (before, quote, after) => {
      fc.pre(quote.trim() !== "");
      const found = findPassage(before + quote + after, quote);
      expect(found?.quote.replaceAll(/\s+/gu, " ")).toBe(quote.trim().replaceAll(/\s+/gu, " "));
    }),
  );
});
