import { rmSync, symlinkSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { agentSchema, modelSchema } from "../../daemon/protocol/agent.ts";
import { checkPaths } from "../../daemon/trigger/wanted-path.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { addFile, addJob, openTestJournal, type TestJournal } from "../helper/test-journal.ts";

let folder: TestFolder;
let opened: TestJournal;

beforeEach(async () => {
  folder = testFolder({ "in/a.md": "# A", "in/deep/b.md": "# B", "other/c.md": "# C" });
  opened = await openTestJournal();
  return () => {
    opened[Symbol.dispose]();
    folder[Symbol.dispose]();
  };
});

function check(...paths: string[]): string[] | null {
  const written = agentSchema.parse({ id: "inbox", directories: [{ path: folder.file("in") }] });
  const agent = { ...written, name: "inbox", model: modelSchema.parse({}) };
  return checkPaths(opened.journal, agent, paths);
}

test("files and directories of the agent are taken, and what holds one of its directories", () => {
  const paths = ["in", "in/a.md", "in/deep"].map((name) => folder.file(name));
  expect(check(...paths, folder.path)).toEqual([...paths, folder.path]);
  expect(check(folder.file("in/../in/deep/"))).toEqual([folder.file("in/deep")]);
});

test.each([
  ["in/missing.md", "it does not exist"],
  ["in/a.md/b", "it does not exist"],
  ["other/c.md", "it is in no directory of inbox"],
  ["in/a\0b", "it does not exist"],
  ["in-not", "it is in no directory of inbox"],
])("%s is refused and named", (name, expected) => {
  expect(() => check(folder.file("in"), folder.file(name))).toThrow(
    `The path ${JSON.stringify(folder.file(name))} cannot be used: ${expected}.`,
  );
});

test("a path that is not absolute is refused", () => {
  expect(() => check("a.md")).toThrow(
    'The path "a.md" cannot be used: an absolute path is expected.',
  );
});

test("a file that is known but gone is taken, and the directory that it was in", () => {
  const { job_id } = addJob(opened.journal);
  addFile(opened.journal, { path: folder.file("in/gone/d.md"), hash: "d".repeat(64), job_id });
  const paths = [folder.file("in/gone/d.md"), folder.file("in/gone")];
  expect(check(...paths)).toEqual(paths);
});

test("a path through a link is taken as it is walked, and a directory that is away is taken", () => {
  symlinkSync(folder.file("in"), folder.file("link"));
  expect(check(folder.file("link/a.md"))).toEqual([folder.file("in/a.md")]);
  rmSync(folder.file("in"), { recursive: true });
  expect(check(folder.file("in"))).toEqual([folder.file("in")]);
});
