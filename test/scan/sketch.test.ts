import fc from "fast-check";
import { expect, test } from "vitest";
import { sharesHalf, sketchLines } from "../../daemon/scan/sketch.ts";

const sketch = (lines: readonly string[], end = "\n"): Uint8Array =>
  sketchLines(Buffer.from(lines.join(end)));
const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `- [ ] Line ${from + at}`);

test("of short texts, the sketches tell exactly whether half of the lines are shared", () => {
  const lines = fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { maxLength: 30 });
  fc.assert(
    fc.property(lines, lines, (left, right) => {
      const shared = left.filter((line) => right.includes(line)).length;
      const expected = shared > 0 && (2 * shared) / (left.length + right.length) >= 0.5;
      const toText = (of: readonly number[]): Uint8Array =>
        sketch(of.map((line) => `Line ${line}`));
      expect(sharesHalf(toText(left), toText(right))).toBe(expected);
    }),
  );
});

test("of long texts, the sketches tell texts that share most lines from texts that share few", () => {
  const text = sketch(numbered(0, 5000));
  expect(text.length).toBe(256);
  expect(sharesHalf(text, sketch(numbered(1000, 6000)))).toBe(true);
  expect(sharesHalf(text, sketch(["# New", ...numbered(0, 5000)]))).toBe(true);
  expect(sharesHalf(text, sketch(numbered(4000, 9000)))).toBe(false);
  expect(sharesHalf(text, sketch(numbered(0, 10)))).toBe(false);
});

test("white space, line ends and repeated lines do not count", () => {
  const text = sketch(["# A", "one", "two"]);
  expect(sketch(["", "  # A", "one ", "", "two", "two"], "\r\n")).toEqual(text);
  expect(sharesHalf(sketch([" ", ""]), sketch([""]))).toBe(false);
});
