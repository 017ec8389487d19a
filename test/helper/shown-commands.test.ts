import { expect, test } from "vitest";
import { type Ids, isShown, withShorterPath } from "./shown-commands.ts";

const TASK = "task_4nb2ebbehkw8g2t6nr4t";
const OTHER = "task_7bxjcsn5chrp8jmj3c8m";

test("an output is the shown one with other ids, times and ports, and with any lines in place of …", () => {
  const ids: Ids = new Map();
  const shown = `Added ${TASK} at 2026-11-30 19:08\n…\nhttp://127.0.0.1:4770\n`;
  const actual = `Added ${OTHER} at 2027-01-02 03:04\nmore\nand more\nhttp://127.0.0.1:40001\n`;
  expect(isShown(shown, actual, ids)).toBe(true);
  expect(ids).toEqual(new Map([[TASK, OTHER]]));
});

test.each([
  ["another word", "Done.", "Failed."],
  ["a line more", "Done.", "Done.\nand more"],
  ["an id of another kind", `Added ${TASK}`, `Added note_7bxjcsn5chrp8jmj3c8m`],
  ["one id in place of two", `${TASK} ${OTHER}`, `${TASK} ${TASK}`],
  ["another count", "2 files", "3 files"],
  ["another due date", "2026-12-01", "2026-12-02"],
])("an output with %s is another one", (_, shown, actual) => {
  const ids: Ids = new Map([[OTHER, OTHER]]);
  expect(isShown(shown, actual, ids)).toBe(false);
});

test("a shorter path makes the columns of a table narrower", () => {
  const output = [
    "AGENT  DIRECTORY             FILES",
    "notes  /tmp/a-long-one/Docs      1",
    "",
    "Two  words.",
  ];
  expect(withShorterPath(output.join("\n"), "/tmp/a-long-one", "/ada").split("\n")).toEqual([
    "AGENT  DIRECTORY  FILES",
    "notes  /ada/Docs      1",
    "",
    "Two  words.",
  ]);
});
