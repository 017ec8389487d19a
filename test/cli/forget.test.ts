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

test("forget says what it purged, and of which copies", async () => {
  const { code, stdout } = await run("forget", "/in/a.md", "--yes");
  expect(code).toBe(0);
  expect(stdout).toBe(
    "Forgot /in/a.md: 1 text, 1 reply, 3 quotes.\n  and of /in/copy.md, which has the same content\n",
  );
  expect(door.calls).toEqual([["forgetFile", "file_a"]]);
});

test("where nobody can be asked, or the file is not known, nothing is forgotten", async () => {
  const unasked = await run("forget", "/in/a.md");
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining("--yes")]);
  expect((await run("forget", "/in/nope.md", "--yes")).stderr).toContain("No agent knows the file");
  expect(door.calls).toEqual([]);
});
