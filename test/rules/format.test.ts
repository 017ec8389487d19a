import { expect, test } from "vitest";
import { detectContentType } from "../../daemon/preprocess/detect.ts";
import { extract } from "../../daemon/preprocess/extract.ts";
import { readOutline } from "../../daemon/rules/outline.ts";
import { findTaskLines } from "../../daemon/rules/task-line.ts";
import { makeDocx, p } from "../helper/docx.ts";

/* The rules find the same in every format: what counts is what a document says, not how it is kept. */

async function tasksOf(name: string, content: string | Uint8Array): Promise<string[]> {
  const bytes = Buffer.from(content);
  const result = await extract({ bytes, name, content_type: detectContentType(name, bytes) });
  if (result.outcome !== "document") throw new Error(result.reason);
  return findTaskLines(readOutline(result.document, name), name).map(({ text }) => text);
}

const wide = (values: string[]) => [...values, "a,b,c,d,e,f,g,h,i,j,k,l"].join(",");

test.each<[string, string, string | Uint8Array]>([
  ["text", "a.txt", "Meeting\n\nTODO: Send the plan to Carl\n"],
  ["text, alone", "a.txt", "TODO: Send the plan to Carl\n"],
  ["a page", "a.html", "<h1>Meeting</h1><p>TODO: Send the plan to Carl</p><p>We spoke.</p>"],
  ["Word", "a.docx", makeDocx(p("Meeting") + p("TODO: Send the plan to Carl") + p("We spoke."))],
  [
    "a mail",
    "a.eml",
    "From: Ann <a@b.c>\nMessage-ID: <1@x>\nSubject: x\n\nHi,\n\nTODO: Send the plan to Carl\n\nBye\n",
  ],
  ["RTF", "a.rtf", "{\\rtf1 Meeting\\par TODO: Send the plan to Carl\\par We spoke.\\par}"],
  [
    "a table with many columns",
    "a.csv",
    `${wide(["task", "owner"])}\n${wide(["Send the plan to Carl", "Ann"])}\n`,
  ],
  [
    "a table with long cells",
    "a.csv",
    `task,owner,notes\nSend the plan to Carl,Ann,${"long ".repeat(20)}\n`,
  ],
  [
    "JSON Lines",
    "a.jsonl",
    '{"task": "Send the plan to Carl", "status": "open"}\n{"task": "Send the plan to Carl", "status": "open"}\n',
  ],
  [
    "a calendar",
    "a.ics",
    "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:Send the plan to Carl\nEND:VTODO\nEND:VCALENDAR\n",
  ],
  [
    "a chat export",
    "a.json",
    '{"messages": [{"sender_name": "Ann", "content": "Could you send the plan to Carl?"}]}',
  ],
  [
    "subtitles",
    "a.vtt",
    "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Could you send the\n\n00:02.000 --> 00:03.000\n<v Ann>plan to Carl?\n",
  ],
])("a task in %s is found", async (_, name, content) => {
  const tasks = await tasksOf(name, content);
  expect([...new Set(tasks.map((text) => text.replace(/[?.]$/u, "")))]).toEqual([
    "Send the plan to Carl",
  ]);
});

test("a label is not a task", async () => {
  expect(await tasksOf("a.txt", "TODO:\n\n- buy milk\n")).toEqual(["buy milk"]);
});
