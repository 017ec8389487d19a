import { beforeEach, expect, test } from "vitest";
import type { RunChange } from "../../daemon/protocol/run-changes.ts";
import type { TestFolder } from "../helper/folder.ts";
import { sampleAgent, sampleRun } from "../helper/memory-door.ts";
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

const CREATED: RunChange = {
  entity_type: "task",
  entity_id: "task_1",
  title: "Buy paint",
  op: "create",
  state: "proposed",
  before: null,
  after: { title: "Buy paint", due_date: "2026-12-01", tags: [] },
  quote: "Buy paint by Tuesday",
  file_id: "file_a",
  path: "/in/a.md",
};
const UPDATED: RunChange = {
  ...CREATED,
  entity_id: "task_2",
  title: "Call Ann",
  op: "update",
  before: { due_date: null },
  after: { due_date: "2026-12-02" },
  quote: null,
};

/** Lets the next run be a dry one that ends at once with these changes. */
function endDry(changes: readonly RunChange[]): void {
  door.runs.push({ ...sampleRun("run_new"), dry_run: true, status: "success" });
  door.views.listRunChanges = () => ({ items: changes.toReversed(), next_cursor: null });
}

test("run --dry-run waits, and shows what would change as a diff", async () => {
  endDry([CREATED, UPDATED]);
  const { code, stdout } = await run("run", "inbox", "--dry-run");
  expect(code).toBe(0);
  expect(stdout).toContain("0 would be created");
  expect(stdout).toContain(
    [
      "/in/a.md",
      "  + task  Buy paint",
      "      due_date: 2026-12-01",
      "      “Buy paint by Tuesday”",
      "  ~ task  Call Ann (task_2)",
      "      due_date: none → 2026-12-02",
      "Nothing was written.",
    ].join("\n"),
  );
  expect(door.calls[0]).toMatchObject(["trigger", "inbox", { dry_run: true }]);
});

test("consent to a dry run is no consent to a run that waits to write", async () => {
  const waiting = { ...sampleRun("run_3"), awaits_confirmation: true };
  door.views.findRun = () => waiting;
  door.agents[0] = { ...sampleAgent("inbox"), running_run_id: "run_3" };
  expect((await run("run", "inbox", "--dry-run", "--yes")).code).toBe(1);
  expect(door.calls.map(([name]) => name)).toEqual(["trigger"]);
  waiting.dry_run = true;
  await run("run", "inbox", "--dry-run", "--yes");
  expect(door.calls.map(([name]) => name)).toEqual(["trigger", "trigger", "confirm"]);
});

test("run --dry-run --json is the run with its changes; nothing to change is said", async () => {
  endDry([CREATED, UPDATED]);
  const { run_id, changes } = JSON.parse((await run("run", "inbox", "--dry-run", "--json")).stdout);
  expect([run_id, changes]).toEqual(["run_new", [CREATED, UPDATED]]);
  endDry([]);
  expect((await run("run", "inbox", "--dry-run")).stdout).toContain("It would change nothing.");
});
