import { beforeEach, expect, test } from "vitest";
import type { TestFolder } from "../helper/folder.ts";
import type { OpenDoor } from "../helper/open-door.ts";
import { addFailedFile, addRun } from "../helper/past-work.ts";
import { type Ended, openHome, runInProcess } from "./run-in-process.ts";

let door: OpenDoor;
let home: TestFolder;

beforeEach(async () => {
  const opened = await openHome();
  ({ door, home } = opened);
  return opened.close;
});

const run = (...args: string[]): Promise<Ended> => runInProcess(home, args);

test("lists the newest first", async () => {
  const ids = [1, 2, 3].map(() => addRun(door.journal));
  const { stdout } = await run("runs");
  expect(stdout.match(/run_\w+/g)).toEqual(ids.toReversed());
});

test("--limit says that there are more, and with --json the cursor does", async () => {
  for (let count = 0; count < 3; count += 1) addRun(door.journal);
  expect((await run("runs", "--limit", "2")).stdout).toContain("Showing 2; there are more.");
  const short = JSON.parse((await run("runs", "--limit", "2", "--json")).stdout);
  const whole = JSON.parse((await run("runs", "--limit", "3", "--json")).stdout);
  expect([short.items.length, short.next_cursor]).toEqual([2, expect.any(String)]);
  expect([whole.items.length, whole.next_cursor]).toEqual([3, null]);
});

test("--all reads every page, and an explicit --limit holds beside it", async () => {
  door.journal.transaction(() => {
    for (let count = 0; count < 603; count += 1) addRun(door.journal);
  });
  const count = async (...args: string[]): Promise<number> =>
    JSON.parse((await run("runs", "--json", ...args)).stdout).items.length;
  expect([await count(), await count("--all"), await count("--all", "--limit", "2")]).toEqual([
    50, 603, 2,
  ]);
});

test("a path that is longer than any terminal is whole in a pipe", async () => {
  const path = `/in/${"deep/".repeat(60)}a.md`;
  addFailedFile(door.journal, path);
  expect((await run("files")).stdout).toContain(`${path}  failed`);
});

test("one run is shown whole", async () => {
  const id = addRun(door.journal, { status: "partial", counts: { unchanged: 2, failed: 1 } });
  const { stdout } = await run("runs", id);
  expect(stdout).toContain(`${id} partial`);
  expect(stdout).toContain("3 found: 2 unchanged");
});

test("a run that is not known is a usage error", async () => {
  expect(await run("runs", "run_9")).toMatchObject({ code: 2, stdout: "" });
});

test("cancel ends one", async () => {
  const id = addRun(door.journal, { status: "running" });
  expect(await run("cancel", id)).toMatchObject({ code: 0, stdout: `Cancelled ${id}.\n` });
  expect((await door.client.run(id)).status).toBe("cancelled");
});
