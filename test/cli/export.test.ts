import { readFileSync, symlinkSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { writeExport } from "../../daemon/cli/export/write.ts";
import { createByUser } from "../../daemon/commit/user-edit.ts";
import type { TestFolder } from "../helper/folder.ts";
import type { OpenDoor } from "../helper/open-door.ts";
import { NOW } from "../helper/test-journal.ts";
import { type Ended, openHome, runInProcess } from "./run-in-process.ts";

let door: OpenDoor;
let home: TestFolder;

beforeEach(async () => {
  const opened = await openHome();
  ({ door, home } = opened);
  return opened.close;
});

const run = (...args: string[]): Promise<Ended> => runInProcess(home, ["export", ...args]);

test("all of a kind is exported, page by page, and what was done is said", async () => {
  door.journal.transaction(() => {
    for (let index = 0; index < 600; index += 1)
      createByUser(door.journal, "task", { title: `Task ${index}` }, NOW);
  });
  const { code, stdout } = await run("csv", home.file("out"));
  expect([code, stdout]).toEqual([
    0,
    `${home.file("out")}: 3 files written, 0 unchanged, 0 removed.\n`,
  ]);
  expect(readFileSync(home.file("out/tasks.csv"), "utf8").match(/\r\n/gu)).toHaveLength(601);
});

test.each(["md", "csv", "ics"])("%s twice writes nothing the second time", async (format) => {
  await door.client.createEntity("note", { title: "Plan", body: "# Plan" });
  await run(format, home.file("out"));
  const { code, stdout } = await run(format, home.file("out"));
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/: 0 files written, [1-9]\d* unchanged, 0 removed/u),
  ]);
});

test("a file in the way is named and left, and the exit code says so", async () => {
  home.write("out/tasks.ics", "mine");
  const { code, stdout } = await run("ics", home.file("out"));
  expect(code).toBe(1);
  expect(stdout).toContain("Left tasks.ics: an export did not write it");
  expect(readFileSync(home.file("out/tasks.ics"), "utf8")).toBe("mine");
});

test("a directory that an agent reads is refused, through a link too, as is one that holds it", async () => {
  const { folder } = door;
  symlinkSync(folder.file("inbox"), folder.file("link"));
  for (const target of ["inbox", "inbox/vault", "link/new/vault", "."]) {
    const { code, stderr } = await run("md", folder.file(target));
    expect(code).toBe(2);
    expect(stderr).toContain(`The agent "inbox" reads ${folder.file("inbox")}`);
  }
  expect((await run("md", folder.file("inbox2"))).code).toBe(0);
});

test.each([
  [["pdf", "out"], "allowed choices are md, csv, ics."],
  [["md", "out", "--bom"], "Expected csv with --bom, got md."],
  [["csv", "out", "--raw"], "Expected md with --raw, got csv."],
  [["md"], "Missing required argument 'dir'"],
])("%j is a usage error", async (args, reason) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(reason);
});

test("a vault is inert, with --raw as it is, and each renews what the other or an older version wrote", async () => {
  await door.client.createEntity("note", {
    title: "Plan",
    body: "![seen](https://x.example/a.png)",
  });
  const read = (): string => readFileSync(home.file("out/notes/Plan.md"), "utf8");
  await run("md", home.file("out"));
  expect(read()).toContain("\n!\\[seen](https://x.example/a.png)\n");
  expect(read()).toMatch(/^---\nagent_runner_export: "[0-9a-f]{16}"\n/u);
  const raw = await run("md", home.file("out"), "--raw");
  expect(raw).toMatchObject({ code: 0, stdout: expect.stringContaining(": 1 file written, 1 ") });
  expect(read()).toContain("\n![seen](https://x.example/a.png)\n");

  const older = read().replace(/^agent_runner_export: .*\n/mu, "");
  writeExport(home.file("out"), "md", new Map([["notes/Plan.md", older]]));
  const renewed = await run("md", home.file("out"));
  expect(renewed).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(": 2 files written, 0 "),
  });
  expect(read()).toContain("\n!\\[seen]");
});
