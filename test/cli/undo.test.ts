import { expect, test } from "vitest";
import { NOW } from "../helper/test-journal.ts";
import { type JobAtWork, workJob } from "../helper/worked-job.ts";
import type { OpenDoor } from "../helper/open-door.ts";
import { openHome } from "./run-in-process.ts";

/** A job of `inbox` that made two tasks of a file. */
function makeTasks({ journal }: OpenDoor, content = "a"): JobAtWork {
  const paths = [`/in/${content}.md`];
  return workJob(journal, { content, paths, text: "Call Ann. Buy paint." }, (workspace) => {
    workspace.createTask({ title: `Call Ann ${content}` }, "Call Ann.");
    workspace.createTask({ title: `Buy paint ${content}` }, "Buy paint.");
  });
}

const countTasks = async ({ client }: OpenDoor): Promise<number> =>
  (await client.entities("task")).items.length;

test("undo takes back a run, a file by its path, or an agent since a day", async () => {
  await using at = await openHome();
  const { door } = at;
  const { run_id } = makeTasks(door);
  const { code, stdout } = await at.run("undo", run_id, "--yes");
  expect([code, stdout]).toEqual([0, "Undid 2 changes.\n"]);
  expect(await countTasks(door)).toBe(0);

  makeTasks(door, "b");
  makeTasks(door, "c");
  expect((await at.run("undo", "--file", "/in/b.md", "--yes")).code).toBe(0);
  expect(await countTasks(door)).toBe(2);

  const [day = ""] = NOW.split("T");
  const later = ["undo", "--agent", "inbox", "--since", "2026-11-22", "--yes"];
  expect((await at.run(...later)).stdout).toContain("0 changes");
  expect((await at.run("undo", "--agent", "inbox", "--since", day, "--yes")).code).toBe(0);
  expect(await countTasks(door)).toBe(0);
});

test("undo says what was kept, and why", async () => {
  await using at = await openHome();
  const { door } = at;
  const { run_id } = makeTasks(door);
  const { items } = await door.client.entities("task");
  const [edited, deleted] = ["Call Ann a", "Buy paint a"].map((title) =>
    items.find((task) => task.title === title),
  );
  await door.client.editEntity("task", edited!.id, { due_date: "2026-12-24" });
  await door.client.deleteEntity("task", deleted!.id);
  const { stdout } = await at.run("undo", run_id, "--yes");
  expect(stdout).toContain("0 changes.\n");
  expect(stdout).toMatch(new RegExp(`${edited!.id} +Call Ann a +due_date +you edited it\n`, "u"));
  expect(stdout).toMatch(new RegExp(`${deleted!.id} +- +- +you deleted it\n`, "u"));
});

test("without --yes and a terminal to ask on, undo does nothing", async () => {
  await using at = await openHome();
  const { run_id } = makeTasks(at.door);
  const { code, stderr } = await at.run("undo", run_id);
  expect([code, stderr]).toEqual([2, expect.stringContaining("Add --yes to confirm.")]);
  expect(await countTasks(at.door)).toBe(2);
});

test.each([
  ["nothing", () => []],
  ["a run and a file", (run: string) => [run, "--file", "/in/a.md"]],
  ["an agent without a day", () => ["--agent", "inbox"]],
  ["a run and a day", (run: string) => [run, "--since", "2026-11-20"]],
  ["a day that is not valid", () => ["--agent", "inbox", "--since", "yesterday"]],
])("undo of %s is refused", async (_name, argsFor) => {
  await using at = await openHome();
  const { run_id } = makeTasks(at.door);
  expect((await at.run("undo", "--yes", ...argsFor(run_id))).code).toBe(2);
  expect(await countTasks(at.door)).toBe(2);
});
