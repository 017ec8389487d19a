import { readFileSync } from "node:fs";
import path from "node:path";
import ICAL from "ical.js";
import Papa from "papaparse";
import { parseFragment } from "parse5";
import { expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { toCalendar } from "../../daemon/cli/export/calendar.ts";
import type { Entities } from "../../daemon/cli/export/entities.ts";
import { toSpreadsheets } from "../../daemon/cli/export/spreadsheet.ts";
import { toVault } from "../../daemon/cli/export/vault.ts";
import { openLogger } from "../../daemon/core/logger.ts";
import { createByUser } from "../../daemon/commit/user-edit.ts";
import { createSniMenu } from "../../tray/backend/sni-menu.ts";
import { escapeAccessKeys } from "../../tray/backend/backend.ts";
import type { Bus, Call } from "../../tray/dbus/bus.ts";
import { buildMenu, type Row } from "../../tray/menu.ts";
import { textOf } from "../../tray/dbus/wire.ts";
import { showNotice } from "../../tray/notification/show.ts";
import { note, project, task } from "../cli/export/sample.ts";
import { openHome, runInProcess } from "../cli/run-in-process.ts";
import { testFolder } from "../helper/folder.ts";
import { HOSTILE_STRINGS } from "../helper/hostile-strings.ts";
import { findLive } from "../helper/live-markdown.ts";
import { findDrawn } from "../helper/markdown-viewers.ts";
import { NOW } from "../helper/test-journal.ts";
import { knownAgent, knownDaemon, knownRun } from "../tray/known.ts";

/*
 * The table "Where foreign text goes" of SECURITY.md, a test for each row but the page, which test/browser/ has: the
 * same hostile strings through the code of each.
 */

// What reorders or hides text, or acts on a terminal; a line break and a tab may be part of a text.
const UNSEEN =
  /(?![\n\t\r\u200c\u200d])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

/** Every hostile string at every place of an entity. */
const ENTITIES: Entities = {
  projects: HOSTILE_STRINGS.map((text, index) => project(`${index}`, text, { description: text })),
  tasks: HOSTILE_STRINGS.map((text, index) =>
    task(`${index}`, text, {
      description: text,
      tags: [text],
      project_id: index % 10 === 0 ? `project_${index}` : null,
    }),
  ),
  notes: HOSTILE_STRINGS.map((text, index) =>
    note(`${index}`, text, {
      body: text,
      tags: [text],
      project_id: `project_${index}`,
      sources: [
        {
          file_id: "file_1",
          path: `/in/${text}`,
          run_id: "run_1",
          hash: text,
          quote: text,
          verified: false,
          current: false,
        },
      ],
    }),
  ),
};

test("there are at least sixty hostile strings", () => {
  expect(new Set(HOSTILE_STRINGS).size).toBeGreaterThanOrEqual(60);
});

// An address that Obsidian makes a link of in the front matter: of a value that is one, and nothing else.
const LOCAL = /^\s*(?:javascript|file|obsidian|data):\S+$/iu;

test("export md: nothing in a vault is loaded, embedded or run, and no link leads out of the web or the vault", () => {
  const vault = toVault(ENTITIES);
  for (const [name, text] of vault) {
    const isOwn = (url: string): boolean =>
      vault.has(path.posix.join(path.posix.dirname(name), decodeURIComponent(url)));
    const [, fields = "", body = ""] = /^---\n(.*?)\n---\n(.*)$/su.exec(text) ?? [];
    expect([name, findLive(body, isOwn)]).toEqual([name, []]);
    expect([name, drawnBut(isOwn, body)]).toEqual([name, []]);
    expect(text).not.toMatch(UNSEEN);
    expect(text).not.toContain("<%");
    for (const [key, value] of Object.entries(parseYaml(fields) as Record<string, unknown>)) {
      expect(String(value)).not.toMatch(/\[\[/u);
      for (const one of [value].flat())
        expect([key, String(one)]).not.toEqual([key, expect.stringMatching(LOCAL)]);
    }
  }
});

/** What viewers of other families would load or lead to, but for the vault's own files. */
function drawnBut(isOwn: (url: string) => boolean, body: string): string[] {
  const found = Object.values(findDrawn(body)).flat();
  return found.filter((url) => !/^[^:]*\.md$/u.test(url) || !isOwn(url));
}

test("export csv: no cell is a formula, with whichever separator it is read", () => {
  for (const text of toSpreadsheets(ENTITIES, { bom: false }).values()) {
    expect(text).not.toMatch(UNSEEN);
    for (const delimiter of [",", ";", "\t", "|"]) {
      for (const cell of Papa.parse<string[]>(text, { delimiter }).data.flat()) {
        expect(cell).not.toMatch(/^[\s"]*[=+@\uff1d\uff0b\uff20]|^-(?! )/u);
      }
    }
  }
});

test("export ics: there are the to-dos, and nothing that a text made of itself", () => {
  const text = toCalendar(ENTITIES).get("tasks.ics") ?? "";
  expect(text).not.toMatch(UNSEEN);
  for (const line of text.split("\r\n")) {
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(line).not.toMatch(/[\r\n]/u);
  }
  const calendar = new ICAL.Component(ICAL.parse(text));
  const todos = calendar.getAllSubcomponents();
  expect(todos.map(({ name }) => name)).toEqual(ENTITIES.tasks.map(() => "vtodo"));
  const known = new Set(
    "uid dtstamp created last-modified summary description due categories priority status".split(
      " ",
    ),
  );
  for (const todo of todos) {
    expect(todo.getAllSubcomponents()).toEqual([]);
    expect(todo.getAllProperties().filter(({ name }) => !known.has(name))).toEqual([]);
  }
});

test("notifications: one that a server draws with markup holds no element of a text", async () => {
  const calls: Call[] = [];
  const bus: Bus = {
    name: ":1.1",
    call: async (call) => {
      calls.push(call);
      return call.member === "GetCapabilities" ? [["body", "body-markup", "body-images"]] : [1];
    },
    emit() {},
    serve() {},
    listen: async () => {},
    closed: new Promise(() => {}),
    [Symbol.asyncDispose]: async () => {},
  };
  for (const text of HOSTILE_STRINGS)
    await showNotice({ title: text, body: text }, bus, {}, "linux");
  const shown = calls.filter(({ member }) => member === "Notify").map(({ body }) => body ?? []);
  expect(shown).toHaveLength(HOSTILE_STRINGS.length);
  for (const [, , , title, body] of shown) {
    expect(`${textOf(title)}${textOf(body)}`).not.toMatch(/[\n\t\r]/u);
    expect(`${textOf(title)}${textOf(body)}`).not.toMatch(UNSEEN);
    const nodes = parseFragment(textOf(body)).childNodes;
    expect(nodes.map(({ nodeName }) => nodeName)).toEqual(["#text"]);
  }
});

test("the tray's rows: one short line each, without an access key of a text", () => {
  const rowsOf = (rows: readonly Row[]): Row[] =>
    rows.flatMap((row) => [row, ...rowsOf(row.rows ?? [])]);
  for (const text of HOSTILE_STRINGS) {
    const run = { kind: "run", run_id: "run_1", status: "partial", at: NOW } as const;
    const { rows, tooltip } = buildMenu(
      knownDaemon(
        {
          state: "attention",
          agents: [
            knownAgent("a", { name: text, running_run_id: "run_1" }),
            knownAgent("b", { name: text, last_run: knownRun({ warned: 2, finished_at: NOW }) }),
          ],
          problems: [{ code: "directory_missing", agent_id: "a", message: text, hint: text }],
        },
        {
          recent: [
            { kind: "file", path: `/in/${text}`, outcome: "done", at: NOW },
            { ...run, agent_id: "a", remarks: [] },
            { ...run, agent_id: "b", remarks: ["3 stopped at a limit", "2 read with warnings"] },
          ],
        },
      ),
      Date.parse(NOW),
    );
    expect(tooltip).toBe("Agent Runner: needs attention (1 problem), 2 read with warnings");
    for (const { title } of rowsOf(rows)) {
      expect(title).not.toMatch(/[\n\t\r]/u);
      expect(title).not.toMatch(UNSEEN);
      expect([...new Intl.Segmenter().segment(title)].length).toBeLessThanOrEqual(60);
      expect(title.length).toBeLessThanOrEqual(60 * 24);
      expect(escapeAccessKeys(title, "linux").replaceAll("__", "")).not.toContain("_");
      expect(escapeAccessKeys(title, "win32").replaceAll("&&", "")).not.toContain("&");
    }
    expect(createSniMenu(rows, () => {}).update(rows)).toBeUndefined();
  }
});

test("the command line: a terminal acts on nothing, and a text fakes no line", async () => {
  const { door, home, close } = await openHome();
  try {
    const titles = HOSTILE_STRINGS.filter((text) => text.trim() !== "");
    door.journal.transaction(() => {
      for (const text of titles) {
        const title = text.slice(0, 290);
        createByUser(door.journal, "task", { title, description: text }, NOW);
        createByUser(door.journal, "note", { title, body: text }, NOW);
        createByUser(door.journal, "project", { name: `${title} ${titles.indexOf(text)}` }, NOW);
      }
    });
    for (const kind of ["tasks", "notes", "projects"]) {
      for (const more of [[], ["--json"]]) {
        const { stdout, stderr } = await runInProcess(home, [kind, "--limit", "500", ...more]);
        expect(`${stdout}${stderr}`).not.toMatch(/[\t\r]/u);
        expect(`${stdout}${stderr}`).not.toMatch(UNSEEN);
        // A table has a line for each entity and some around them, a JSON document one line.
        const lines = stdout.trimEnd().split("\n");
        const rows = lines.filter((line) => /^(?:task|note|project)_/u.test(line));
        expect(rows).toHaveLength(more.length > 0 ? 0 : titles.length);
        expect(lines.length - rows.length).toBeLessThanOrEqual(more.length > 0 ? 1 : 3);
      }
    }
    for (const text of titles) {
      const { stdout, stderr } = await runInProcess(home, ["search", "--", text]);
      expect(`${stdout}${stderr}`).not.toMatch(UNSEEN);
    }
  } finally {
    await close();
  }
});

test("the log: a text fakes no line, and whoever looks at the file with any program sees all of it", async () => {
  using folder = testFolder();
  const file = folder.file("home/logs/agent-runner.log");
  {
    using logger = openLogger({ file, secrets: () => [] });
    for (const text of HOSTILE_STRINGS) {
      logger.info({ path: text, [text]: text, err: new Error(text) }, "A file is read.");
    }
  }
  const written = readFileSync(file, "utf8");
  expect(written).not.toMatch(/[\t\r]/u);
  expect(written).not.toMatch(UNSEEN);
  const lines = written.trimEnd().split("\n");
  expect(lines).toHaveLength(HOSTILE_STRINGS.length);
  const read = lines.map(
    (line) => JSON.parse(line) as { path: string; level: number; msg: string },
  );
  expect(read.map((line) => line.path)).toEqual(HOSTILE_STRINGS);
  expect(read.filter(({ level, msg }) => level !== 30 || msg !== "A file is read.")).toEqual([]);
  const { stdout } = await runInProcess({ path: folder.file("home") }, ["logs", "-n", "1000"]);
  expect(stdout).not.toMatch(UNSEEN);
  expect(stdout.split("\n").filter((line) => line.includes(" A file is read. "))).toHaveLength(
    lines.length,
  );
});
