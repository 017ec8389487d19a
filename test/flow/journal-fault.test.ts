import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { layJournal } from "../helper/test-journal.ts";

function rules(directory: string): string {
  return `agents: [{ id: test, directories: [{ path: "${directory}", watch: false }] }]`;
}

/** Overwrites the first page of a table. */
function damage(file: string, table: string): void {
  const database = new Database(file);
  const page = database
    .prepare("SELECT rootpage FROM sqlite_master WHERE name = ?")
    .pluck()
    .get(table) as number;
  const size = database.pragma("page_size", { simple: true }) as number;
  database.close();
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.alloc(size, 0x5a), 0, size, (page - 1) * size);
  closeSync(handle);
}

test("a damaged page leaves files pending, and is a problem that names the way back", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Do a\n" });
  const file = folder.file("home/agent-runner.db");
  await layJournal(file);
  damage(file, "documents");
  await using daemon = await startTestDaemon(folder, rules(folder.file("in")));
  await daemon.client.trigger("test");
  const status = await waitFor("the damage shows", async () => {
    const found = await daemon.client.status();
    return found.problems.some(({ code }) => code === "journal_damaged") && found;
  });
  expect(status.state).toBe("attention");
  const [problem] = status.problems;
  expect(problem).toMatchObject({ code: "journal_damaged", agent_id: null });
  expect(problem?.hint).toMatch(/put a backup in its place/u);
  const [found] = await waitFor("the file waits", async () => {
    const { items } = await daemon.client.files({ state: "pending" });
    return items.length > 0 && items;
  });
  expect(found).toMatchObject({ state: "pending", reason: "journal_damaged" });
  expect((await daemon.client.files({ state: "failed" })).items).toEqual([]);
});

test("an edit is refused once the journal was deleted, and a backup saves what is open", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Do a\n" });
  await using daemon = await startTestDaemon(folder, rules(folder.file("in")));
  await daemon.run("test");
  const [task] = (await daemon.client.entities("task")).items;
  const file = folder.file("home/agent-runner.db");
  for (const name of [file, `${file}-wal`, `${file}-shm`]) rmSync(name);
  await expect(
    daemon.client.editEntity("task", task?.id ?? "", { title: "Mine" }),
  ).rejects.toMatchObject({ code: "journal_damaged", hint: expect.stringContaining("backup") });
  expect((await daemon.client.status()).problems).toMatchObject([
    { code: "journal_damaged", message: expect.stringContaining("was deleted") },
  ]);
  const { path } = await daemon.client.backUp({});
  const saved = new Database(path, { readonly: true });
  expect(saved.prepare("SELECT title FROM tasks").pluck().all()).toEqual(["Do a"]);
  saved.close();
});

test("the status answers while the journal cannot be read at all", async () => {
  using folder = testFolder({ "in/a.md": "# A" });
  const file = folder.file("home/agent-runner.db");
  await layJournal(file);
  damage(file, "requests_by_day");
  await using daemon = await startTestDaemon(folder, rules(folder.file("in")));
  expect(await daemon.client.status()).toMatchObject({
    state: "attention",
    problems: [{ code: "journal_damaged" }],
    agents: [{ id: "test", state: "attention" }],
  });
});
