import { expect, test } from "vitest";
import type { Block } from "../../daemon/rules/block.ts";
import { readOutline } from "../../daemon/rules/outline.ts";
import { registerOf } from "../../daemon/rules/register.ts";
import type { FoundTask } from "../../daemon/rules/task.ts";
import { findTaskLines } from "../../daemon/rules/task-line.ts";
import type { Document } from "../../daemon/protocol/document.ts";
import { documentOf } from "./input.ts";

function read(text: string, changes: Partial<Document> = {}, fileName = "a.txt") {
  const outline = readOutline(
    documentOf(text, { content_type: "text/plain", ...changes }),
    fileName,
  );
  return { outline, tasks: findTaskLines(outline, fileName) };
}

const textsOf = (tasks: readonly FoundTask[]): string[] => tasks.map(({ text }) => text);
const saidIn = (blocks: readonly Block[]): unknown[] =>
  blocks
    .filter(({ kind }) => kind === "said")
    .map(({ speaker, day, lines }) => [speaker, day, lines.join(" / ")]);

const MAIL = [
  "From: Ann Lee <ann@example.com>",
  "To: Bob <bob@example.com>",
  "Subject: Venue",
  " in spring",
  "Date: Tue, 10 Nov 2026 16:42:07 +0000",
  "",
  "Please send the numbers.",
];

test("a mail has its header as fields, and ends at its signature or history", () => {
  const history = ["-----Original Message-----", "Please send the old ones."];
  const { outline, tasks } = read([...MAIL, "-- ", "Please save paper.", ...history].join("\n"));
  expect(outline.envelope).toMatchObject({ isMail: true, start: 5, end: 7 });
  expect(outline.envelope.fields.get("subject")).toBe("Venue in spring");
  expect(textsOf(tasks)).toEqual(["Send the numbers"]);
});

test.each([
  ["an introduction and no marks", "On Mon, 9 Nov 2026 Bob wrote:\n\nPlease send the old ones."],
  [
    "an introduction over two lines",
    "On Mon, 9 Nov 2026 Bob\n<b@c.example> wrote:\n> Please send it.",
  ],
  ["the header of Outlook", "From: Bob\nSent: Monday\nTo: Ann\n\nPlease send the old ones."],
])("the quote in a mail after %s is not read", (_, history) => {
  expect(textsOf(read([...MAIL, "", history].join("\n")).tasks)).toEqual(["Send the numbers"]);
});

test("text below a quote with marks, and a forwarded mail, are read", () => {
  const below = "On Mon, 9 Nov 2026 Bob wrote:\n> Please send it.\n\nI'll book the room.";
  expect(textsOf(read([...MAIL, below].join("\n")).tasks)).toEqual([
    "Send the numbers",
    "Book the room",
  ]);
  const passedOn =
    "---------- Forwarded message ---------\nFrom: Cy\nDate: Monday\n\nPlease pay the bill.";
  expect(textsOf(read([...MAIL, passedOn].join("\n")).tasks)).toContain("Pay the bill");
});

test("a mail is read by its metadata where an extractor has taken them from its text", () => {
  const metadata = { From: "Ann <ann@example.com>", Date: "2026-11-10", Subject: "Venue" };
  const { outline, tasks } = read("Please send the numbers.", {
    content_type: "message/rfc822",
    metadata,
  });
  expect(outline.envelope.fields.get("date")).toBe("2026-11-10");
  expect(textsOf(tasks)).toEqual(["Send the numbers"]);
});

test.each([
  ["correspondence", MAIL.join("\n")],
  ["correspondence", "Dear Ms Kowalczyk,\n\nit is time."],
  ["correspondence", "[09:02] ann: hi\n[09:03] bob: hi\n[09:04] ann: so\n"],
  ["personal", "Slept badly. I told Harold about my hip. I must rest."],
  ["other", `List-Unsubscribe: <https://a.example>\n${MAIL.join("\n")}`],
  ["other", MAIL.join("\n").replace("ann@", "no-reply@")],
  ["other", "Hello,\n\nyou receive this message because you have an account."],
  ["other", "A queue of tasks. It has no dependencies."],
])("it is %s that %j is", (register, text) => {
  const { outline } = read(text);
  expect(registerOf(outline.blocks, outline.envelope)).toBe(register);
});

test.each([
  [
    "[09:02] ann: hi\n[09:03] bob: yes\nand no\n[09:04] ann: so",
    [
      ["ann", null, "hi"],
      ["bob", null, "yes / and no"],
      ["ann", null, "so"],
    ],
  ],
  [
    "14/11/2026, 18:02 - Ann Lee: a\n14/11/2026, 18:03 - Bob: b\n14/11/2026, 18:04 - Bob: c",
    [
      ["Ann Lee", "2026-11-14", "a"],
      ["Bob", "2026-11-14", "b"],
      ["Bob", "2026-11-14", "c"],
    ],
  ],
  [
    "2026-11-19 20:01 <ann> a\n2026-11-19 20:02 <bob> b\n2026-11-19 20:02 <ann> c",
    [
      ["ann", "2026-11-19", "a"],
      ["bob", "2026-11-19", "b"],
      ["ann", "2026-11-19", "c"],
    ],
  ],
  [
    "Ann Lee  9:14 AM\na\n\nBob  9:16 AM\nb\nc\n\nAnn Lee  9:17 AM\nd",
    [
      ["Ann Lee", null, " / a"],
      ["Bob", null, " / b / c"],
      ["Ann Lee", null, " / d"],
    ],
  ],
  [
    "Ann: a\nBob: b\nAnn: c\nBob: d\nAnn: e\nBob: f",
    [
      ["Ann", null, "a"],
      ["Bob", null, "b"],
      ["Ann", null, "c"],
      ["Bob", null, "d"],
      ["Ann", null, "e"],
      ["Bob", null, "f"],
    ],
  ],
  [
    "WEBVTT\n\nNOTE a call\n\n1\n00:00:01.000 --> 00:00:02.000\n<v Ann>a\nb</v>\n\n00:03.000 --> 00:04.000\nBob: c",
    [
      ["Ann", null, "a / b"],
      ["Bob", null, "c"],
    ],
  ],
])("%j is talk", (text, said) => {
  expect(saidIn(read(text).outline.blocks)).toEqual(said);
});

test("fields of one form are no talk", () => {
  const text = "Name: Ann\nStreet: Mill Lane\nCity: Colby\nPhone: 1\nMail: a\nShoe size: 38\n";
  expect(saidIn(read(text).outline.blocks)).toEqual([]);
});

test("a speaker who takes on a task is its owner, with the day they name", () => {
  const talk = [
    "[09:01] ann: the certificate of staging ends on Sunday",
    "[09:02] ann: @bob can you renew it?",
    "[09:03] bob: sure",
    "[09:04] ann: and could someone send me the old invoice?",
    "[09:05] cy: I'll send it tomorrow",
    "[09:06] bob: I'll write the summary",
  ];
  expect(read(talk.join("\n")).tasks).toMatchObject([
    { text: "Renew it", owner: "bob", about: "the certificate of staging ends on Sunday" },
    { text: "Send me the old invoice tomorrow", owner: "cy" },
    { text: "Write the summary", owner: "bob" },
  ]);
});

test("a sentence about a participant is a task, a sentence about another person is not", () => {
  const text =
    "Present: Ann Lee, Bob (BS)\n\nAnn to restore the access today. Dora to restore it.\nBS will write. Bob to be on leave.\nThe plumber will come.";
  expect(textsOf(read(text).tasks)).toEqual(["Ann to restore the access today", "BS will write"]);
});

const rowsOf = (text: string, content_type: string): string[] =>
  read(text, { content_type }).tasks.map(
    ({ text: title, status, owner }) => `${title}; ${status}; ${owner ?? "-"}`,
  );

test("the rows of a table with tasks are tasks", () => {
  const table =
    "| Action | Owner | Due |\n|---|---|---|\n| Cap retries | Ann | 2026-11-27 |\n| ~~Raise the pool~~ | tbd | |\n";
  expect(rowsOf(table, "text/markdown")).toEqual([
    "Cap retries (due 2026-11-27); open; Ann",
    "Raise the pool; cancelled; -",
  ]);
});

test.each([
  ["| Milestone | Date |\n|---|---|\n| Go-live | 2027-01-18 |", "text/markdown"],
  ["| field | type | note |\n|---|---|---|\n| TODO | text | the state |", "text/markdown"],
  ["| Name | Sent when | Status |\n|---|---|---|\n| a | a task is done | beta |", "text/markdown"],
  ["Title,Author,Status\nStoner,Williams,to read", "text/csv"],
  ["Date,Payee,Memo\n2026-11-02,To Do Bikes,call Ann", "text/csv"],
  ['[{"name":"a","version":"1"}]', "application/json"],
  ["not json", "application/json"],
])("the rows of %j are not tasks", (text, content_type) => {
  expect(rowsOf(text, content_type)).toEqual([]);
});

test("quoted cells of CSV may hold separators, quotes and line ends", () => {
  const text = 'Task;Who;Done\n"Say ""hi""; then\nleave";Ann;no\nBook the van;;yes\n';
  expect(rowsOf(text, "text/csv")).toEqual([
    'Say "hi"; then leave; open; Ann',
    "Book the van; done; -",
  ]);
});

test("records of JSON have their line, and the due date of an object in them", () => {
  const records = [
    { title: "Fix the crash", state: "open", milestone: { due_on: "2026-12-15T08:00:00Z" } },
    { title: "Drop Node 18", state: "closed", milestone: null },
  ];
  const { tasks } = read(JSON.stringify({ items: records }, null, 2), {
    content_type: "application/json",
  });
  expect(tasks.map(({ text, status, first }) => [text, status, first])).toEqual([
    ["Fix the crash (due 2026-12-15T08:00:00Z)", "open", 3],
    ["Drop Node 18", "done", 10],
  ]);
  const lines = records.map((record) => JSON.stringify(record)).join("\n");
  expect(rowsOf(lines, "application/json")).toHaveLength(2);
});

test("todo.txt is read by its format, and only if the text has it", () => {
  const text =
    "(A) 2026-11-16 Call Bob @phone due:2026-11-19\nx 2026-11-14 Return the drill +home\n";
  const { tasks } = read(text, {}, "todo.txt");
  expect(tasks.map((task) => [task.text, task.status])).toEqual([
    ["(A) Call Bob #phone due:2026-11-19", "open"],
    ["Return the drill #home", "done"],
  ]);
  expect(textsOf(read("Some remark.\n\n- call Bob", {}, "todo.txt").tasks)).toEqual(["call Bob"]);
});

test("an Org file has keywords, priorities, tags and deadlines", () => {
  const text =
    "#+TITLE: Inbox\n* TODO [#A] Renew passport :home:\n  DEADLINE: <2026-12-04 Fri>\n* Home\n** DONE Fix tap\n* WAITING Answer\n* CANCELLED Buy desk\n";
  const { tasks } = read(text, {}, "inbox.org");
  expect(tasks.map((task) => [task.text, task.status])).toEqual([
    ["(A) Renew passport #home (due 2026-12-04)", "open"],
    ["Fix tap", "done"],
    ["Buy desk", "cancelled"],
  ]);
});

test("verbs under a heading that names a time are things to do, but not in a guide", () => {
  const list = "* Compare three companies\n* Boxes: ask at the shop\n* a thought\n";
  const { tasks } = read(`# Moving\n\n## Before December\n\n${list}`);
  expect(textsOf(tasks)).toEqual(["Compare three companies", "Boxes: ask at the shop"]);
  expect(read(`# Moving\n\n## Good to know\n\n${list}`).tasks).toEqual([]);
  expect(read(`# Usage\n\n## Before the first start\n\n${list}`).tasks).toEqual([]);
});

test("an item that ends in a deadline is a task if the day is in the future", () => {
  const text = "# Books\n\n- Ann returns the atlas, by 3 December 2026\n- due by Friday first\n";
  expect(read(text).tasks).toMatchObject([{ first: 2, needs_date: true }]);
});

test("the next sentence may name the day by which something is needed", () => {
  const text = "Dear Ann,\n\nplease send me the count. I need it by Monday.";
  expect(textsOf(read(text).tasks)).toEqual(["Send me the count by Monday"]);
});

test("a wrapped request is one task with all its lines", () => {
  const text =
    "Dear Ann,\n\nWe have a question or two about it, so please submit the certificate for July to\nDecember 2025 by 10 December 2026. Thanks.";
  expect(read(text).tasks).toMatchObject([{ first: 2, lines: 2 }]);
});
