import fc from "fast-check";
import { expect, test } from "vitest";
import { describeChanges } from "../../daemon/agent/changes.ts";
import { diffLines } from "../../daemon/agent/line-diff.ts";

const lines = fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f", "g", ""), { maxLength: 30 });

test("what two texts have in common is in the same order in both, and lines that only moved on are found", () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const { old_of } = diffLines(before, after);
      const kept = [...old_of.entries()].filter(([, old]) => old >= 0);
      for (const [index, [now, old]] of kept.entries()) {
        expect(before[old]).toBe(after[now]);
        expect(old).toBeGreaterThan(kept[index - 1]?.[1] ?? -1);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("a text that only gained lines at one place has all its lines still", () => {
  fc.assert(
    fc.property(lines, lines, fc.nat(30), (before, added, at) => {
      const after = [...before.slice(0, at), ...added, ...before.slice(at)];
      const kept = [...diffLines(before, after).old_of].filter((old) => old >= 0);
      expect(kept).toHaveLength(before.length);
    }),
    { numRuns: 2_000 },
  );
});

test("a text of a million lines is compared in time that grows with its length", () => {
  const before = Array.from({ length: 1_000_000 }, (_, index) => `line ${index % 5_000}`);
  const after = before.toReversed();
  expect(diffLines(before, after).old_of).toHaveLength(before.length);
});

const LONG = Array.from({ length: 400 }, (_, index) => `Line ${index} of a long text.`);

const document = (text: readonly string[]): { text: string; headings: [] } => ({
  text: text.join("\n"),
  headings: [],
});

test.each([
  ["nothing changed", LONG, LONG],
  ["the text is short", LONG.slice(0, 50), LONG.slice(0, 51)],
  ["most of it changed", LONG.slice(0, 100), LONG],
])("the whole is better where %s", (_, before, after) => {
  expect(describeChanges(before.join("\n"), document(after), false)).toBeUndefined();
});

test("what is gone can be counted without being shown", () => {
  const after = LONG.toSpliced(100, 2, "Another line.");
  const changes = describeChanges(LONG.join("\n"), document(after), true);
  expect(changes?.text.split("\n").filter((line) => !line.startsWith(" "))).toEqual([
    "@@ line 98 @@",
    "- (removed lines: 2)",
    "+ Another line.",
  ]);
  expect(changes?.has_removed).toBe(true);
});
