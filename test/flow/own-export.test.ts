import { copyFileSync, cpSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { toCalendar } from "../../daemon/cli/export/calendar.ts";
import { readEntities } from "../../daemon/cli/export/entities.ts";
import { toSpreadsheets } from "../../daemon/cli/export/spreadsheet.ts";
import { toVault } from "../../daemon/cli/export/vault.ts";
import { writeExport } from "../../daemon/cli/export/write.ts";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { reply, startScriptedServer } from "../helper/scripted-server.ts";

async function reasonsOf({ client }: TestDaemon): Promise<Record<string, string>> {
  const { items } = await client.files({ limit: 500 });
  return Object.fromEntries(
    items.map((file) => [path.basename(file.path), file.reason ?? file.state]),
  );
}

test("what the product wrote is never sent as a document, wherever it lies and whatever its name is", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n" });
  await using server = await startScriptedServer(() => reply({ content: "Done." }));
  await using daemon = await startTestDaemon(
    folder,
    `model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]`,
  );
  const { client } = daemon;
  const project = await client.createEntity("project", { name: "Garden" });
  await client.createEntity("task", { title: "Buy paint", project_id: project.id });
  await client.createEntity("note", { title: "Secret", body: "Known to notes alone." });
  await daemon.run("test");
  const asked = server.requests.length;

  const entities = await readEntities(client);
  writeExport(folder.file("out"), "md", toVault(entities));
  writeExport(folder.file("out"), "csv", toSpreadsheets(entities, { bom: true }));
  writeExport(folder.file("out"), "ics", toCalendar(entities));
  cpSync(folder.file("out"), folder.file("in/copy"), { recursive: true });
  renameSync(folder.file("in/copy/notes/Secret.md"), folder.file("in/other.txt"));
  renameSync(folder.file("in/copy/tasks.csv"), folder.file("in/table.txt"));
  copyFileSync(folder.file("in/copy/.agent-runner-export.json"), folder.file("in/manifest.json"));
  const { path: backup } = await client.backUp();
  for (const name of ["copy.db", "copy.md", "copy.txt"]) {
    copyFileSync(backup, folder.file(`in/${name}`));
  }
  const run = await daemon.run("test");

  expect(server.requests.length).toBe(asked);
  expect(run.files).toMatchObject({ processed: 0, failed: 0, pending: 0 });
  expect(await reasonsOf(daemon)).toEqual({
    "plan.md": "done",
    "index.md": "own_export",
    "Garden.md": "own_export",
    "other.txt": "own_export",
    "table.txt": "own_export",
    "notes.csv": "own_export",
    "projects.csv": "own_export",
    "tasks.ics": "own_export",
    "manifest.json": "own_export",
    ".agent-runner-export.json": "ignored",
    "copy.db": "unsupported",
    "copy.md": "unsupported",
    "copy.txt": "unsupported",
  });
  expect((await client.verify()).complete).toBe(true);

  // Without the line of its mark it is the user's own.
  const text = readFileSync(folder.file("in/other.txt"), "utf8");
  folder.write("in/other.txt", text.replace(/^agent_runner_export:.*\n/mu, ""));
  await daemon.run("test");
  expect(await reasonsOf(daemon)).toMatchObject({ "other.txt": "done" });
  expect(server.requests.length).toBe(asked + 1);
});
