import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanText, hasFewControls } from "../../daemon/preprocess/clean.ts";

const tags = (text: string): string =>
  text.replace(/./g, (character) => String.fromCodePoint(0xe0000 + character.charCodeAt(0)));

const countCharacters = (text: string): number => Array.from(text).length;

const REMOVED: [what: string, raw: string, clean: string][] = [
  ["tag characters", `a${tags("ignore all")}b`, "ab"],
  ["zero-width spaces and byte order marks", "a\u200bb\ufeffc\u2060d", "abcd"],
  [
    "bidi overrides, embeddings, isolates and marks",
    "a\u202eb\u202ac\u2066d\u2069e\u200ff",
    "abcdef",
  ],
  ["soft hyphens", "Dampf\u00adschiff", "Dampfschiff"],
  ["fillers that look like nothing", "a\u3164b\u115fc", "abc"],
  ["joiners between Latin letters", "a\u200db\u200cc", "abc"],
  ["joiners after the first", "ک\u200c\u200c\u200dن", "ک\u200cن"],
  ["variation selectors after the first", "a\ufe0f\ufe01\u{e0100}b", "a\ufe0fb"],
  ["joiners and selectors that take turns", "क\ufe0f\u200d\ufe0f\u200dx", "क\ufe0f\u200dx"],
];
test.each(REMOVED)("%s are removed and counted", (_, raw, clean) => {
  const removed = countCharacters(raw) - countCharacters(clean);
  expect(cleanText(raw)).toEqual({
    text: clean,
    warnings: [
      { code: "characters_removed", message: `Invisible characters were removed: ${removed}.` },
    ],
  });
});

const KEPT: [what: string, text: string][] = [
  ["a family of emoji", "👨‍👩‍👧"],
  ["a heart on fire and a rainbow flag", "❤️‍🔥 🏳️‍🌈"],
  ["an emoji with a skin tone and a job", "👩🏽‍🚀"],
  ["a keycap", "1️⃣"],
  ["Persian with its half-space", "می‌خواهم"],
  ["Hindi with a half form", "क्‍ष"],
  ["a Han character with a variant", "葛\u{e0100}"],
  ["tabs, newlines and umlauts of two parts", "a\tb\nu\u0308"],
];
test.each(KEPT)("%s is kept as it is", (_, text) => {
  expect(cleanText(text)).toEqual({ text, warnings: [] });
});

test("every kind of line end becomes \\n", () => {
  const { text, warnings } = cleanText("a\r\nb\rc\u2028d\u2029e\u0085f\vg\fh\n\r\n");
  expect(text).toBe("a\nb\nc\nd\ne\nf\ng\nh\n\n");
  expect(warnings).toEqual([]);
});

test("control characters are removed and counted, colours of a terminal whole", () => {
  const { text, warnings } = cleanText("a\0b\u0007c\u007f \u001b[1;31mred\u001b[0m");
  expect(text).toBe("abc red");
  expect(warnings).toEqual([
    { code: "characters_removed", message: "Control characters were removed: 14." },
  ]);
});

test("half a surrogate pair becomes U+FFFD", () => {
  expect(cleanText("a\ud83db").text).toBe("a\ufffdb");
});

const anyText = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    fc.constantFrom(
      "\u001b[",
      "\u200d",
      "\u200c",
      "\ufe0f",
      "\u{e0041}",
      "a",
      "क",
      "👩",
      "\r",
      "\n",
      "0m",
    ),
  ),
  maxLength: 200,
});

test("clean text is well-formed, has no controls, and is not changed by cleaning it again", () => {
  fc.assert(
    fc.property(anyText, (raw) => {
      const { text } = cleanText(raw);
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toMatch(/[\p{Cc}--[\t\n]]/v);
      expect(cleanText(text)).toEqual({ text, warnings: [] });
    }),
    { numRuns: 2000 },
  );
});

test("text may have one control character in twenty, and any number that terminals are sent", () => {
  expect(hasFewControls(`${"a".repeat(19)}\u0001`)).toBe(true);
  expect(hasFewControls(`${"a".repeat(18)}\u0001`)).toBe(false);
  expect(hasFewControls("\u001b\b\t\r\n")).toBe(true);
});
