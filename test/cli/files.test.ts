import { beforeEach, expect, test } from "vitest";
import type { TestFolder } from "../helper/folder.ts";
import type { OpenDoor } from "../helper/open-door.ts";
import { addFailedFile } from "../helper/past-work.ts";
import { type Ended, openHome, runInProcess } from "./run-in-process.ts";

let door: OpenDoor;
let home: TestFolder;

beforeEach(async () => {
  const opened = await openHome();
  ({ door, home } = opened);
  return opened.close;
});

const run = (...args: string[]): Promise<Ended> => runInProcess(home, args);

test("files shows path, state and reason", async () => {
  addFailedFile(door.journal, "/in/a.md");
  const { stdout } = await run("files", "--state", "failed");
  expect(stdout).toMatch(/\/in\/a\.md +failed +bad_tool_calls +inbox/);
});

test("one file is shown with its error", async () => {
  const id = addFailedFile(door.journal, "/in/b.md");
  const { stdout } = await run("files", "/in/b.md");
  expect(stdout).toContain(`id        ${id}`);
  expect(stdout).toContain("error     No tool call could be read.");
});

test("an unknown path is said to be unknown; a directory that is there may be empty", async () => {
  addFailedFile(door.journal, "/in/a.md");
  const unknown = await run("files", "/elsewhere/nope");
  expect([unknown.code, unknown.stdout]).toEqual([2, ""]);
  expect(unknown.stderr).toContain("No agent knows /elsewhere/nope.");
  expect(await run("files", "/in/a.md", "--state", "done")).toMatchObject({
    code: 0,
    stdout: "No files.\n",
  });
  expect(await run("files", "/")).toMatchObject({ code: 0 });
});

test("retry takes a path", async () => {
  await using at = await openHome({ files: { "inbox/a.md": "# A\n", "inbox/b.md": "# B\n" } });
  const path = at.door.folder.file("inbox/a.md");
  const id = addFailedFile(at.door.journal, path);
  const { stdout } = await at.run("retry", path);
  const [, run_id = ""] = /^Started (run_\w+)\.\n$/u.exec(stdout) ?? [];
  expect(await at.door.daemon.ended(run_id)).toMatchObject({
    trigger: "retry",
    files: { found: 1, processed: 1 },
  });
  expect((await at.door.client.file(id)).state).toBe("done");
});

test("retry of an unknown path exits 2", async () => {
  expect((await run("retry", "/in/z.md")).code).toBe(2);
});

test("retry --failed makes one run for each agent, of its failed files alone", async () => {
  const names = ["inbox/a.md", "inbox/b.md", "mail/m.md"];
  const files = Object.fromEntries([...names, "inbox/new.md"].map((name) => [name, `# ${name}\n`]));
  await using at = await openHome({ files });
  const { journal, folder, client, daemon } = at.door;
  for (const name of names) {
    addFailedFile(journal, folder.file(name), name.startsWith("mail") ? "mail" : "inbox");
  }
  expect((await at.run("retry", "--failed")).code).toBe(0);
  const { items } = await client.runs();
  const runs = await Promise.all(items.map(({ run_id }) => daemon.ended(run_id)));
  expect(runs.map(({ agent_id, files: { processed } }) => [agent_id, processed])).toEqual([
    ["mail", 1],
    ["inbox", 2],
  ]);
  expect((await client.files({ state: "done" })).items.map(({ path }) => path)).toEqual(
    names.map((name) => folder.file(name)),
  );
});

test("retry wants a file or --failed, and not both", async () => {
  expect((await run("retry")).code).toBe(2);
  expect((await run("retry", "/in/a.md", "--failed")).code).toBe(2);
});
