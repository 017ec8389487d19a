import { expect, test } from "vitest";
import type { FoundTask } from "../../daemon/rules/task.ts";
import { findTaskLines } from "../../daemon/rules/task-line.ts";
import { readTask, type TaskLine } from "../../daemon/rules/task.ts";
import { outlineOf } from "./input.ts";

const REFERENCE = "2026-11-20";

function found(text: string, content_type = "text/markdown"): FoundTask[] {
  return findTaskLines(outlineOf(text, { content_type }), "a.txt");
}

function texts(text: string, content_type?: string): string[] {
  return found(text, content_type).map((task) => task.text);
}

test.each([
  ["- [ ] call Bob", "call Bob"],
  ["  3. [x] call Bob", "call Bob"],
  ["TODO call Bob", "call Bob"],
  ["TODO: call Bob", "call Bob"],
  ["* FIXME - call Bob", "call Bob"],
  ["to do: call Bob", "call Bob"],
  ["**Action:** call Bob", "call Bob"],
  ["Action item 3: call Bob", "call Bob"],
  ["AP 3: call Bob", "call Bob"],
  ["AP (Jo): call Bob", "call Bob"],
  ["AI Ravi: call Bob", "call Bob"],
  ["Task: call Bob", "call Bob"],
  ["Next step: call Bob", "call Bob"],
  ["@ann to call Bob", "@ann to call Bob"],
])("%j asks for something in any place", (line, text) => {
  expect(texts(line)).toEqual([text]);
});

test.each([
  "Ann has to call Bob by Friday.",
  "We should call Bob.",
  "The TODO list is long.",
  "todo call Bob",
  "action: should be one of `do` and `undo`",
  "Actions speak louder than words.",
  "AP called Bob",
  "AI models: a comparison of three",
  "@types/node to be installed",
  "- call Bob",
  "- [ ]",
  "- [ ] 42",
  "- [link] call Bob",
  "`- [ ] call Bob`",
])("%j asks for nothing", (line) => {
  expect(texts(`Text.\n\n${line}\n`)).toEqual([]);
});

test.each([
  "# Action items",
  "## 2. Next steps (Ann and Bob)",
  "### ✅ To-dos for this week",
  "Tasks\n-----",
  "**Follow-ups**",
  "Open action points:",
  "Kitchen - todo",
])("each item under %j is a task", (heading) => {
  expect(texts(`${heading}\n\n- call Bob\n- write to Ann\n`)).toEqual(["call Bob", "write to Ann"]);
});

test.each(["# Actions on failure", "# Task runner", "# Done tasks", "# Todo app", "Tasked with:"])(
  "the items under %j are none",
  (heading) => {
    expect(texts(`${heading}\n\n- call Bob\n`)).toEqual([]);
  },
);

test("a heading of the same or a higher level ends a section, a lower one divides it", () => {
  const text = "## Tasks\n### Ann\n- one\n### Done\n- two\n## Parking\n- three\n";
  expect(texts(text)).toEqual(["one"]);
});

test("questions and the like are no tasks, even among actions", () => {
  const text = "# Tasks\n- one\n## Open questions\n- two\n\nCompleted last week:\n- three\n";
  expect(texts(text)).toEqual(["one"]);
});

test("a label at the beginning of a document is above all of it", () => {
  const text = "TODO\n\n* one\nx two\n* three\n\nSome remark.\n\n* four\n";
  expect(texts(text, "text/plain")).toEqual(["one", "three", "four"]);
});

test("prose after its list ends the section of a label", () => {
  const text =
    "Hello,\n\nNext steps:\n- one\n\nWe also spoke about:\n- two\n\nTo do:\n\n- three\n\nThanks!\n- Ann\n";
  expect(texts(text, "text/plain")).toEqual(["one", "three"]);
});

test("under a heading of actions a line that names who does it is a task, and other prose is not", () => {
  const text =
    "ACTION ITEMS\n\nAnn to call\nBob Lee and Cy: write\n@dan will ask\nThese are due soon.\n";
  expect(texts(text, "text/plain")).toEqual([
    "Ann to call",
    "Bob Lee and Cy: write",
    "@dan will ask",
  ]);
});

test("items below a task are its details, items below a name are its tasks", () => {
  const text =
    "# Actions\n- call Bob\n  - about the budget\n- Ann:\n  - write\n  - [x] ask\n- none\n";
  expect(found(text).map((task) => [task.text, task.owner, task.status, task.details])).toEqual([
    ["call Bob", null, "open", ["about the budget"]],
    ["write", "Ann", "open", []],
    ["ask", "Ann", "done", []],
  ]);
});

test("a box and a struck line say whether a task is done or cancelled", () => {
  const text = "# Tasks\n- [x] a\n- [-] b\n- [x] ~~c~~\n- [ ] ~~d~~\n- ~~e~~\n- [ ] f\n";
  const states = found(text).map((task) => `${task.text} ${task.status}`);
  expect(states).toEqual([
    "a done",
    "b cancelled",
    "c done",
    "d cancelled",
    "e cancelled",
    "f open",
  ]);
});

test("a wrapped line is one task with all its lines", () => {
  const text =
    "Hello,\nAction: please send me the travel figures for the second half\nof the year.\nThanks\n";
  expect(found(text)).toMatchObject([
    {
      text: "please send me the travel figures for the second half of the year.",
      first: 1,
      lines: 2,
    },
  ]);
});

function read(text: string, line: Partial<TaskLine> = {}): ReturnType<typeof readTask> {
  return readTask(
    { text, status: "open", owner: null, details: [], about: null, ...line },
    REFERENCE,
    [],
  );
}

test.each([
  ["call Bob !!!", "call Bob", "high"],
  ["call Bob (urgent)", "call Bob", "high"],
  ["URGENT: call Bob", "call Bob", "high"],
  ["(A) call Bob", "call Bob", "high"],
  ["🔴 call Bob", "call Bob", "high"],
  ["call Bob (high priority)", "call Bob", "high"],
  ["call Bob, this is high priority", "call Bob, this is high priority", "high"],
  ["call Bob (someday)", "call Bob", "low"],
  ["call Bob, nice to have", "call Bob, nice to have", "low"],
  ["low priority: call Bob", "low priority: call Bob", "low"],
  ["call Bob about the urgent care unit!", "call Bob about the urgent care unit!", "normal"],
])("%j is the task %j of %s priority", (text, title, priority) => {
  expect(read(text)).toMatchObject({ title, priority });
});

test("hashtags are tags; they leave the end of a title and stay as words inside it", () => {
  const task = read("ask #legal about issue #123 and a.com/#top by Friday #Work #urgent-mail");
  expect(task.title).toBe("ask legal about issue #123 and a.com/#top");
  expect(task.tags).toEqual(["legal", "Work", "urgent-mail"]);
});

test("a task has the tags of its document, each once whatever its case, and 20 at the most", () => {
  const line: TaskLine = {
    text: "call #Work",
    status: "open",
    owner: null,
    details: [],
    about: null,
  };
  expect(readTask(line, REFERENCE, ["work", "home"]).tags).toEqual(["work", "home"]);
  const many = Array.from({ length: 30 }, (_, index) => `#tag${index}x`).join(" ");
  expect(read(`call ${many}`).tags).toHaveLength(20);
});

test("owner and details are the description", () => {
  expect(read("call", { owner: "Ann", details: ["about the budget"] }).description).toBe(
    "Owner: Ann\n- about the budget",
  );
});

test("a title has 300 characters at the most and is never empty", () => {
  expect(read(`${"a".repeat(299)}😀`).title).toBe("a".repeat(299));
  expect(read("by Friday").title).toBe("by Friday");
});
