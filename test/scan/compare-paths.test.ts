import { renameSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { watchedFolder } from "../trigger/watched-folder.ts";
import { fresh, idOf, pathsOf, reasonsOf } from "./scan-result.ts";

test("paths limit a scan to these files and to everything below these directories", async () => {
  using watched = await watchedFolder({
    "a.md": "1",
    "b.md": "2",
    "in/c.md": "3",
    "in/d/e.md": "4",
  });
  const limited = (...names: string[]): string[] => {
    const { observed } = watched.scan({ paths: names.map(watched.folder.file) });
    return pathsOf(observed);
  };
  expect(limited("a.md")).toEqual(["a.md"]);
  expect(limited("in")).toEqual(["in/c.md", "in/d/e.md"]);
  expect(limited("a.md", "in/d")).toEqual(["a.md", "in/d/e.md"]);
  expect(limited("")).toEqual(["a.md", "b.md", "in/c.md", "in/d/e.md"]);
  expect(limited("..")).toEqual(["a.md", "b.md", "in/c.md", "in/d/e.md"]);
  expect(limited("../elsewhere", "no.md")).toEqual([]);
});

test("a watched directory inside another is scanned only where it is named itself", async () => {
  using watched = await watchedFolder({ "a.md": fresh(), "in/b.md": fresh() });
  const directories = [watched.directory(), watched.directory("in")];
  const scan = (...names: string[]) =>
    pathsOf(
      watched.scan({ directories, paths: names.map((name) => watched.folder.file(name)) }).observed,
    );
  expect(scan("")).toEqual(["a.md"]);
  expect(scan("in")).toEqual(["b.md"]);
  expect(scan("", "in")).toEqual(["a.md", "b.md"]);
});

test("paths do not reach what a whole scan would not", async () => {
  using watched = await watchedFolder({
    ".git/a.md": "1",
    "in/b.md": "2",
    "deep/down/c.md": "3",
    "in/d.tmp": "4",
  });
  symlinkSync(watched.folder.file("in"), watched.folder.file("link"));
  const names = [".git", ".git/a.md", "link", "link/b.md", "deep/down/c.md", "in/d.tmp"];
  const result = watched.scan({
    directories: [watched.directory("", { max_depth: 1 })],
    paths: names.map(watched.folder.file),
  });
  expect(result.observed).toEqual([]);
  expect(reasonsOf(result)).toEqual({ link: "symlink", "in/d.tmp": "ignored" });
});

test("a shallow scan looks at files directly in the directories named, and misses no deleted one", async () => {
  using watched = await watchedFolder({ "a.md": "1", "in/b.md": "2", "in/deep/c.md": "3" });
  watched.settle();
  watched.folder.write("in/b.md", fresh());
  watched.folder.write("in/new/d.md", fresh());
  watched.folder.write("in/deep/c.md", fresh());
  const shallow = { paths: [watched.folder.file("in")], shallow: true };
  const changed = watched.scan(shallow);
  expect(changed).toMatchObject({ gone: [], unchanged: 0 });
  expect(pathsOf(changed.observed)).toEqual(["in/b.md"]);
  rmSync(watched.folder.file("in/deep"), { recursive: true });
  expect(watched.scan(shallow).gone).toEqual([idOf(watched, "in/deep/c.md")]);
});

test("a shallow scan of a root and of directories below it looks at each of them", async () => {
  using watched = await watchedFolder({ "a.md": "1", "in/b.md": "2", "in/deep/c.md": "3" });
  watched.settle();
  for (const name of ["a.md", "in/b.md", "in/deep/c.md"]) watched.folder.write(name, fresh());
  const paths = [watched.folder.path, watched.folder.file("in/deep")];
  const { observed } = watched.scan({ paths, shallow: true });
  expect(pathsOf(observed)).toEqual(["a.md", "in/deep/c.md"]);
});

test("a file in a renamed directory is gone once, missed from above and by its own path", async () => {
  using watched = await watchedFolder({ "old/a.md": "1" });
  watched.settle();
  renameSync(watched.folder.file("old"), watched.folder.file("new"));
  const paths = ["", "old", "old/a.md", "new"].map((name) => path.join(watched.folder.path, name));
  for (const shallow of [true, false]) {
    const { gone, observed } = watched.scan({ paths, shallow });
    expect({ gone, observed: pathsOf(observed) }).toEqual({
      gone: [idOf(watched, "old/a.md")],
      observed: ["new/a.md"],
    });
  }
});

test("paths that are gone are reported with everything that was below them, and nothing else is", async () => {
  using watched = await watchedFolder({
    "a.md": "1",
    "b.md": "2",
    "in/deep/c.md": "3",
    "d/e.md": "4",
  });
  watched.settle();
  for (const name of ["a.md", "b.md", "in", "d"]) {
    rmSync(watched.folder.file(name), { recursive: true });
  }
  const { gone } = watched.scan({ paths: ["a.md", "in", "d/e.md"].map(watched.folder.file) });
  expect(gone.toSorted()).toEqual(
    ["a.md", "d/e.md", "in/deep/c.md"].map((name) => idOf(watched, name)),
  );
});
