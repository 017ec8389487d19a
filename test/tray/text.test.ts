import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanText, TITLE_LENGTH } from "../../tray/text.ts";
import { anyCodePoint } from "../helper/any-text.ts";

test.each([
  ["as it is", "as it is"],
  ["two\nlines\tand a tab", "two lines and a tab"],
  ["  wide   spaces  ", "wide spaces"],
  ["red \u001b[31mtext", "red [31mtext"],
  ["turned \u202eround\u202c", "turned round"],
  ["\u2066isolated\u2069", "isolated"],
  ["line\u2028separator", "line separator"],
  ["half a pair \ud83d", "half a pair"],
  ["👩‍👩‍👧‍👦 family", "👩‍👩‍👧‍👦 family"],
  ["नमस्ते", "नमस्ते"],
  ["", "(empty)"],
  ["\u0000\n", "(empty)"],
])("%j becomes %j", (text, clean) => {
  expect(cleanText(text)).toBe(clean);
});

test("300 characters are clipped to 60 with an ellipsis, and emoji are never cut apart", () => {
  expect(cleanText("a".repeat(300))).toBe(`${"a".repeat(TITLE_LENGTH - 1)}…`);
  expect(cleanText("👩‍👩‍👧‍👦".repeat(300))).toBe(`${"👩‍👩‍👧‍👦".repeat(TITLE_LENGTH - 1)}…`);
  expect(cleanText("a".repeat(TITLE_LENGTH))).toBe("a".repeat(TITLE_LENGTH));
});

test("marks piled on one character are cut down", () => {
  expect(cleanText(`a${"\u0301".repeat(500)}b`).length).toBeLessThan(30);
});

test("a megabyte costs no more than its beginning", () => {
  expect(cleanText("é".repeat(5_000_000))).toHaveLength(TITLE_LENGTH);
});

test("whatever is given, nothing that a desktop acts on is left, and never nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCodePoint, maxLength: 200 }), (text) => {
      const clean = cleanText(text);
      expect(clean).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      expect(clean.isWellFormed()).toBe(true);
      expect(clean.length).toBeGreaterThan(0);
    }),
  );
});
