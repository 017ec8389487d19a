import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { toCalendar } from "../../daemon/cli/export/calendar.ts";
import { toSpreadsheets } from "../../daemon/cli/export/spreadsheet.ts";
import { toVault } from "../../daemon/cli/export/vault.ts";
import { writeExport } from "../../daemon/cli/export/write.ts";
import { exportMark } from "../../daemon/core/export-mark.ts";
import { openIsolate } from "../../daemon/preprocess/isolate.ts";
import { isOwnFile } from "../../daemon/preprocess/own-file.ts";
import { preprocess } from "../../daemon/preprocess/preprocess.ts";
import { EXPORT_MANIFEST } from "../../daemon/protocol/export.ts";
import { SAMPLE } from "../cli/export/sample.ts";
import { testFolder } from "../helper/folder.ts";

const EMPTY = { projects: [], tasks: [], notes: [] };
const EXPORTS: [string, string][] = [
  ...toVault(SAMPLE),
  ...[...toVault(SAMPLE, { raw: true })].map(([name, text]): [string, string] => [
    `raw/${name}`,
    text,
  ]),
  ...toSpreadsheets(SAMPLE, { bom: false }),
  ...[...toSpreadsheets(EMPTY, { bom: true })].map(([name, text]): [string, string] => [
    `empty ${name}`,
    text,
  ]),
  ...toCalendar(SAMPLE),
];

test.each(EXPORTS)(
  "%s is recognised, whatever an editor made of its lines and encoding",
  (_, text) => {
    expect(isOwnFile(Buffer.from(text))).toBe(true);
    expect(isOwnFile(Buffer.from(`\ufeff${text.replaceAll(/\r?\n/gu, "\r\n")}`))).toBe(true);
    expect(isOwnFile(Buffer.from(`\ufeff${text}`, "utf16le"))).toBe(true);
    expect(isOwnFile(Buffer.from(`${text}\nMore that was added.`))).toBe(true);
  },
);

const AT =
  'created_at: "2026-11-20T08:00:00.123Z"\nupdated_at: "2026-11-20T08:00:00.123Z"\n---\n\n# x\n';

test.each([
  `---\nid: "note_0mch5y3m4e8f"\ntype: "note"\ntitle: "A \\"b\\""\nstatus: "active"\nproject: null\ntags: ["a","b"]\n${AT}`,
  `---\nid: "project_0mch5y3m4e8f"\ntype: "project"\ntitle: "A"\nstatus: "archived"\n${AT}`,
  '---\ntype: "tasks"\nproject_id: "project_0mch5y3m4e8f"\nproject: "A"\n---\n\n# Tasks: A\n',
  '---\ntype: "tasks"\nproject_id: null\nproject: null\n---\n\n# Tasks: No project\n',
  '---\ntype: "index"\n---\n\n# Agent Runner\n',
  "id;title;status;priority;due_date;project;tags;description;sources;created_at;updated_at\r\ntask_1;x;open\r\n",
])("what an older export or a spreadsheet left is recognised: %j", (text) => {
  expect(isOwnFile(Buffer.from(text))).toBe(true);
});

const note = toVault(SAMPLE).get("notes/Weekly plan.md") ?? "";

test.each([
  ["a vault's file without the line of its mark", note.replace(/^agent_runner_export.*\n/mu, "")],
  ["an index without it", (toVault(SAMPLE).get("index.md") ?? "").replace(/^agent_.*\n/mu, "")],
  ["a vault's file below other text", `My notes on exports:\n\n${note}`],
  ["a text about the mark", "The line `agent_runner_export: 0123456789abcdef` marks an export."],
  [
    "front matter with another value",
    "---\nagent_runner_export: 0123456789abcdef\ntype: note\n---\nx",
  ],
  ["front matter with the value of another file", note.replace(/^id: .*$/mu, 'id: "note_2"')],
  [
    "the mark below the front matter",
    `---\ntype: "index"\n---\nagent_runner_export: ${exportMark("index", "")}\n`,
  ],
  ["a note that another program wrote", `---\nid: note_1\ntype: note\ntitle: A\n${AT}`],
  ["a table with some of the columns", '"id","title","status"\r\n"task_1","x","open"\r\n'],
  [
    "a table of somebody else",
    "id,name,status,description,sources,created_at,updated_at\n1,x,,,,,\n",
  ],
  [
    "a calendar of another program with our name in an event",
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//X//EN\nBEGIN:VTODO\nPRODID:-//Agent Runner//Tasks//EN\nEND:VTODO\nEND:VCALENDAR\n",
  ],
  ["the manual", readFileSync(new URL("../../MANUAL.md", import.meta.url), "utf8")],
  ["nothing", ""],
])("%s is read", (_, text) => {
  expect(isOwnFile(Buffer.from(text))).toBe(false);
});

test("an export gives no document, under any name", async () => {
  using folder = testFolder({ "out/x": "" });
  await using isolate = openIsolate();
  writeExport(folder.file("out"), "md", toVault(SAMPLE));
  const own = [note, readFileSync(folder.file(`out/${EXPORT_MANIFEST}`), "utf8")];
  for (const name of ["a.md", "b.txt", "c.html", "d.json", "e", "f.ics", "g.csv"]) {
    for (const text of own) {
      const snapshot = {
        bytes: Buffer.from(text),
        hash: "",
        size: 1,
        mtime_ms: 0,
        ctime_ms: 0,
        inode: 0,
      };
      expect(await preprocess(snapshot, name, { isolate })).toEqual({
        outcome: "skipped",
        reason: "own_export",
      });
    }
  }
});
