import { beforeEach, expect, test } from "vitest";
import type { TestFolder } from "../helper/folder.ts";
import type { OpenDoor } from "../helper/open-door.ts";
import { type Ended, openHome, runInProcess } from "./run-in-process.ts";

let door: OpenDoor;
let home: TestFolder;

beforeEach(async () => {
  const opened = await openHome();
  ({ door, home } = opened);
  return opened.close;
});

const run = (...args: string[]): Promise<Ended> => runInProcess(home, args);

test("undo takes back a run, a file by its path, or an agent since a day", async () => {
  const { code, stdout } = await run("undo", "run_1", "--yes");
  expect([code, stdout]).toEqual([0, "Undid 2 changes.\n"]);
  expect((await run("undo", "--file", "/in/a.md", "--yes")).code).toBe(0);
  expect((await run("undo", "--agent", "inbox", "--since", "2026-11-20", "--yes")).code).toBe(0);
  expect(door.calls).toEqual([
    ["undoRun", "run_1"],
    ["undo", { file_id: "file_a" }],
    ["undo", { agent_id: "inbox", since: new Date("2026-11-20T00:00").toISOString() }],
  ]);
});

test("undo says what was kept, and why", async () => {
  const { id } = door.control.createEntity("task", { title: "Call Ann" });
  door.control.undoRun = () => ({
    undo_id: "undo_1",
    reverted: 1,
    kept: [
      { id, field: "due_date", reason: "edited_by_user" },
      { id: "task_gone", field: null, reason: "deleted_by_user" },
    ],
  });
  const { stdout } = await run("undo", "run_1", "--yes");
  expect(stdout).toContain("1 change.\n");
  expect(stdout).toMatch(/task_\w+ +Call Ann +due_date +you edited it\n/u);
  expect(stdout).toMatch(/task_gone +- +- +you deleted it\n/u);
});

test("where nobody can be asked, undo does nothing without --yes", async () => {
  const { code, stderr } = await run("undo", "run_1");
  expect([code, stderr]).toEqual([2, expect.stringContaining("Add --yes to confirm.")]);
  expect(door.calls).toEqual([]);
});

test.each([
  [[]],
  [["run_1", "--file", "/in/a.md"]],
  [["--agent", "inbox"]],
  [["run_1", "--since", "2026-11-20"]],
  [["--agent", "inbox", "--since", "yesterday"]],
])("undo %j is refused", async (args) => {
  expect((await run("undo", "--yes", ...args)).code).toBe(2);
  expect(door.calls).toEqual([]);
});
