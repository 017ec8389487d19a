import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { watchedFolder } from "../trigger/watched-folder.ts";

const empty = {
  agent_id: "notes",
  online: true,
  on_disk: 0,
  done: 0,
  pending: 0,
  failed: 0,
  skipped: 0,
  unaccounted: [],
  ignored: [],
};

test("every file on disk is counted by the state its row is in", async () => {
  const names = ["done", "pending", "working", "failed", "skipped"];
  using watched = await watchedFolder(Object.fromEntries(names.map((name) => [`in/${name}`, "x"])));
  watched.settle();
  for (const name of names) watched.setState(`in/${name}`, name);
  const path = watched.folder.path;
  expect(watched.coverage()).toEqual([
    { ...empty, path, on_disk: 5, done: 1, pending: 2, failed: 1, skipped: 1 },
  ]);
});

test("a file without a row, or whose row says it is gone, is unaccounted", async () => {
  using watched = await watchedFolder({ "a.md": "1", "b.md": "2" });
  watched.settle();
  watched.setState("b.md", "gone");
  const c = watched.folder.write("in/c.md", "3");
  const [coverage] = watched.coverage();
  expect(coverage).toMatchObject({ on_disk: 3, done: 1 });
  expect(coverage?.unaccounted.toSorted()).toEqual([watched.folder.file("b.md"), c]);
});

test("a row whose file was deleted is not counted", async () => {
  using watched = await watchedFolder({ "a.md": "1", "b.md": "2" });
  watched.settle();
  rmSync(watched.folder.file("b.md"));
  expect(watched.coverage()).toMatchObject([{ on_disk: 1, done: 1, unaccounted: [] }]);
});

test("a scan accounts for everything that the count finds", async () => {
  using watched = await watchedFolder({
    "a.md": "1",
    "b.jpg": "2",
    "c.md": "",
    "in/d.md": "3",
    "in/e.tmp": "4",
    ".git/f.md": "5",
  });
  expect(watched.coverage()).toMatchObject([
    { on_disk: 5, unaccounted: [1, 2, 3, 4, 5].map(() => expect.any(String)) },
  ]);
  watched.settle();
  expect(watched.coverage()).toEqual([
    {
      ...empty,
      path: watched.folder.path,
      on_disk: 5,
      done: 2,
      skipped: 3,
      ignored: [{ path: watched.folder.file(".git"), reason: "version_control" }],
    },
  ]);
});

test("a directory inside another is counted once, by itself", async () => {
  using watched = await watchedFolder({ "a.md": "1", "in/b.md": "2" });
  const directories = [watched.directory(), watched.directory("in"), watched.directory("in")];
  watched.settle({ directories });
  expect(watched.coverage({ directories })).toEqual([
    { ...empty, path: watched.folder.path, on_disk: 1, done: 1 },
    { ...empty, path: watched.folder.file("in"), on_disk: 1, done: 1 },
  ]);
});

test("a directory that is missing is offline and counts nothing", async () => {
  using watched = await watchedFolder();
  const directories = [watched.directory("no")];
  expect(watched.coverage({ directories })).toEqual([
    { ...empty, path: watched.folder.file("no"), online: false },
  ]);
});

test("a list of unaccounted files ends at a thousand, and their count does not", async () => {
  const files = Array.from({ length: 1003 }, (_, index) => [`${index}.md`, "x"] as const);
  using watched = await watchedFolder(Object.fromEntries(files));
  const [coverage] = watched.coverage();
  expect(coverage?.on_disk).toBe(1003);
  expect(coverage?.unaccounted).toHaveLength(1000);
});
