import { beforeEach, expect, test } from "vitest";
import type { TestFolder } from "../helper/folder.ts";
import type { OpenDoor } from "../helper/open-door.ts";
import { workJob } from "../helper/worked-job.ts";
import { type Ended, openHome, runInProcess } from "./run-in-process.ts";

let door: OpenDoor;
let home: TestFolder;

beforeEach(async () => {
  const opened = await openHome();
  ({ door, home } = opened);
  return opened.close;
});

const run = (...args: string[]): Promise<Ended> => runInProcess(home, args);

test("a task is added to a project by its name, edited and done", async () => {
  const project = await door.client.createEntity("project", { name: "Garden  House" });
  const fields = ["--due", "2026-09-01", "--project", "garden house"];
  const added = await run("tasks", "add", "Call Anna", ...fields, "--json");
  const task = JSON.parse(added.stdout);
  expect(task).toMatchObject({ due_date: "2026-09-01", project_id: project.id });

  await run("tasks", "edit", task.id, "--due", "none", "--project", "none", "--priority", "high");
  expect(await door.client.entity("task", task.id)).toMatchObject({
    title: "Call Anna",
    due_date: null,
    project_id: null,
    priority: "high",
  });

  const done = await run("tasks", "done", task.id);
  expect(done.stdout).toBe(`Done ${task.id}: Call Anna\n`);
  expect((await door.client.entity("task", task.id)).status).toBe("done");
});

test("tasks shows due date, project and source, and nothing a terminal would act on", async () => {
  const project = await door.client.createEntity("project", { name: "Garden\x1b[31m" });
  workJob(door.journal, { paths: ["/in/a.md"] }, (workspace) => {
    const fields = { due_date: "2026-09-01", project_id: project.id };
    workspace.createTask({ title: "Call\nAnna", ...fields }, null);
  });
  const [task] = (await door.client.entities("task")).items;
  const { stdout } = await run("tasks");
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^TASK +TITLE +STATUS +DUE +PROJECT +SOURCE$/),
    `${task?.id}  Call\\nAnna  open    2026-09-01  Garden\\x1b[31m  /in/a.md`,
    "",
  ]);
});

test.each([
  ["tasks", "task", "open", "done"],
  ["notes", "note", "active", "archived"],
  ["projects", "project", "active", "archived"],
])("%s lists what is current, and with --all everything", async (command, type, status, gone) => {
  expect((await run(command)).stdout).toBe(`No ${command}.\n`);
  const path = `/api/${command}`;
  const make = async (fields: object): Promise<string> =>
    (await door.send("POST", path, fields)).body.id;
  const current = await make({ [type === "project" ? "name" : "title"]: "Current", status });
  const past = await make({ [type === "project" ? "name" : "title"]: "Past", status: gone });
  const list = async (...more: string[]): Promise<string[]> =>
    JSON.parse((await run(command, "--json", ...more)).stdout).items.map(
      ({ id }: { id: string }) => id,
    );
  expect(await list()).toEqual([current]);
  expect(await list("--all")).toEqual([past, current]);
});

test("notes show prints one note with its text, line by line", async () => {
  const note = await door.client.createEntity("note", {
    title: "Plan",
    body: "First\n\n- second \u001b[31m",
  });
  const { code, stdout } = await run("notes", "show", note.id);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Plan\n\nid +note_\w+\n/u);
  expect(stdout).toContain("\n\nFirst\n\n- second \\x1b[31m\n");
  expect((await run("notes", "show", "note_none")).code).toBe(2);
});

test("a project that is not there is an error, and no task is made", async () => {
  const { code, stderr } = await run("tasks", "add", "Call", "--project", "Gradn");
  expect(code).toBe(2);
  expect(stderr).toContain('No active project is called "Gradn"');
  expect((await door.client.entities("task")).items).toEqual([]);
});

test("an edit of nothing is a usage error", async () => {
  expect((await run("tasks", "edit", "task_1")).code).toBe(2);
});

test("a text that is not a date is refused", async () => {
  expect((await run("tasks", "add", "Call", "--due", "soon")).code).toBe(2);
});
