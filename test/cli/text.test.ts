import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  clip,
  displayWidth,
  escapeLines,
  escapeStrings,
  escapeText,
  toSafeJson,
} from "../../daemon/cli/text.ts";
import { anyCodePoint } from "../helper/any-text.ts";

describe("escaping", () => {
  test.each([
    ["plain text stays", "Größe 漢字 👩‍👩‍👧 می‌خواهم", "Größe 漢字 👩‍👩‍👧 می‌خواهم"],
    ["an escape sequence is written out", "\x1b[2Jgone", "\\x1b[2Jgone"],
    ["an 8-bit control sequence is written out", "\x9b2J", "\\x9b2J"],
    ["a line break does not start a line", "a\r\nb\u2028c", "a\\r\\nb\\u2028c"],
    ["a tab does not move a column", "a\tb", "a\\tb"],
    ["a bidi override does not reorder", "gpj.\u202egnp", "gpj.\\u202egnp"],
    ["an invisible character shows", "a\u200bb\ufeff\u00ad", "a\\u200bb\\ufeff\\xad"],
    ["an invisible tag shows", "a\u{e0041}", "a\\u{e0041}"],
    ["half a surrogate pair shows", "a\ud83d", "a\\ud83d"],
  ])("%s", (_name, text, expected) => {
    expect(escapeText(text)).toBe(expected);
  });

  test("text of several lines keeps its line breaks and nothing else", () => {
    expect(escapeLines("a\nb\x1b[1m\r\nc")).toBe("a\nb\\x1b[1m\\r\nc");
  });

  test("every string of a document is escaped, however deep, and nothing else changes", () => {
    const document = { title: "a\x07", tags: ["b\n"], done: 3, of: null, more: { is: true } };
    expect(escapeStrings(document)).toEqual({
      title: "a\\x07",
      tags: ["b\\n"],
      done: 3,
      of: null,
      more: { is: true },
    });
  });

  const anyText = fc.string({ unit: anyCodePoint, maxLength: 40 });

  test("no text makes a terminal do anything", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeText(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test("escaping twice is escaping once", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeText(escapeText(text))).toBe(escapeText(text));
      }),
    );
  });

  test("JSON for a terminal is safe and says the same", () => {
    fc.assert(
      fc.property(fc.jsonValue(), anyText, fc.constantFrom(0, 2), (value, text, indent) => {
        const json = toSafeJson({ value, text }, indent);
        expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
      }),
    );
  });
});

describe("width", () => {
  test.each([
    ["letters", "abc", 3],
    ["accents drawn over a letter", "e\u0301", 1],
    ["han characters", "漢字", 4],
    ["full-width letters", "ＡＢ", 4],
    ["emoji", "🎉", 2],
    ["a sign made an emoji", "❤\ufe0f", 2],
    ["nothing", "", 0],
  ])("%s", (_name, text, expected) => {
    expect(displayWidth(text)).toBe(expected);
  });

  test("a text that fits is not clipped", () => {
    expect(clip("漢字", 4)).toBe("漢字");
  });

  test("the end is cut and marked, or the start", () => {
    expect(clip("meeting notes", 8)).toBe("meeting…");
    expect(clip("/home/me/inbox/a.md", 10, "start")).toBe("…nbox/a.md");
  });

  test("what a reader sees as one character is not cut in two", () => {
    expect(clip("ab👩‍👩‍👧cd", 5)).toBe("ab…");
    expect(clip("e\u0301e\u0301e\u0301", 2)).toBe("e\u0301…");
  });

  test("a clipped text is never wider than asked", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 30 });
    fc.assert(
      fc.property(text, fc.nat(20), fc.constantFrom("start", "end"), (long, width, cut) => {
        expect(displayWidth(clip(escapeText(long), width, cut))).toBeLessThanOrEqual(width);
      }),
    );
  });
});
