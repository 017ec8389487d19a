import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, renameSync, rmSync, utimesSync } from "node:fs";
import { expect, test } from "vitest";
import { sketchLines } from "../../daemon/scan/sketch.ts";
import { watchedFolder } from "../trigger/watched-folder.ts";
import { fresh, idOf, nothing, pathsOf, reasonsOf } from "./scan-result.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

test("a new file is observed with its place, its stats and its hash", async () => {
  using watched = await watchedFolder({ "in/a.md": "hello" });
  const file = watched.folder.file("in/a.md");
  const { mtimeMs, ctimeMs, birthtimeMs, ino } = lstatSync(file);
  const result = watched.scan();
  expect(result.observed).toEqual([
    {
      root: watched.folder.path,
      path: file,
      parent: watched.folder.file("in"),
      name: "a.md",
      relative_path: "in/a.md",
      known: null,
      stats: { size: 5, mtime_ms: mtimeMs, ctime_ms: ctimeMs, inode: ino, born_ms: birthtimeMs },
      hash: sha256("hello"),
      sketch: sketchLines(Buffer.from("hello")),
      read_at_ms: expect.closeTo(ctimeMs, -5),
    },
  ]);
  const { dev, ino: inode } = lstatSync(watched.folder.path);
  expect(result.roots).toEqual([
    {
      path: watched.folder.path,
      online: true,
      problem: null,
      identity: { device: dev, inode },
      files: 1,
      mounts: [],
    },
  ]);
});

test("a file that is done and has not changed is only counted", async () => {
  using watched = await watchedFolder({ "a.md": "hello", "in/b.md": "there" });
  watched.settle();
  expect(watched.scan()).toMatchObject({ ...nothing, unchanged: 2 });
});

test("a changed file is observed with its new hash and the id it had", async () => {
  using watched = await watchedFolder({ "a.md": "hello", "b.md": "there" });
  watched.settle();
  watched.folder.write("a.md", "hello again");
  const result = watched.scan();
  expect(result).toMatchObject({ ...nothing, observed: [{}], unchanged: 1 });
  expect(result.observed[0]).toMatchObject({
    known: idOf(watched, "a.md"),
    hash: sha256("hello again"),
  });
});

test("a touched file is observed with the hash it had", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  watched.settle();
  utimesSync(watched.folder.file("a.md"), 1000, 1000);
  const { observed } = watched.scan();
  expect(observed).toMatchObject([{ hash: sha256("hello"), stats: { mtime_ms: 1_000_000 } }]);
});

test("a rewrite of equal size whose mtime is put back is found", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  const file = watched.folder.file("a.md");
  utimesSync(file, 1000, 1000);
  watched.settle();
  const { ctimeMs } = lstatSync(file);
  while (lstatSync(file).ctimeMs === ctimeMs) {
    watched.folder.write("a.md", "HELLO");
    utimesSync(file, 1000, 1000);
  }
  expect(watched.scan().observed).toMatchObject([{ hash: sha256("HELLO") }]);
});

test("a file that was read right after it changed is read again, though its stats are the same", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  watched.learn(watched.scan());
  // As if it had changed twice in one tick of the file system's clock.
  watched.database.prepare("UPDATE files SET hash = ?").run(sha256("HELLO"));
  expect(watched.scan().observed).toMatchObject([{ hash: sha256("hello") }]);
});

test("a deleted file is gone, once", async () => {
  using watched = await watchedFolder({ "a.md": "hello", "b.md": "there" });
  watched.settle();
  rmSync(watched.folder.file("a.md"));
  const result = watched.settle();
  expect(result).toMatchObject({ ...nothing, gone: [idOf(watched, "a.md")], unchanged: 1 });
  expect(watched.scan()).toMatchObject({ ...nothing, unchanged: 1 });
});

test("all files below a deleted directory are gone", async () => {
  using watched = await watchedFolder({ "in/a.md": "1", "in/deep/b.md": "2", "c.md": "3" });
  watched.settle();
  rmSync(watched.folder.file("in"), { recursive: true });
  const { gone } = watched.scan();
  expect(gone.toSorted()).toEqual([idOf(watched, "in/a.md"), idOf(watched, "in/deep/b.md")]);
});

test("a file whose place is taken by a directory is gone, and the other way round", async () => {
  using watched = await watchedFolder({ a: "1", "b/c.md": "2" });
  watched.settle();
  rmSync(watched.folder.file("a"));
  rmSync(watched.folder.file("b"), { recursive: true });
  watched.folder.write("a/c.md", "3");
  watched.folder.write("b", "4");
  const result = watched.scan();
  expect(result.gone.toSorted()).toEqual([idOf(watched, "a"), idOf(watched, "b/c.md")]);
  expect(pathsOf(result.observed)).toEqual(["a/c.md", "b"]);
});

test("a file that was gone and is back as it was is observed without being read", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  watched.settle();
  watched.setState("a.md", "gone");
  watched.database.prepare("UPDATE files SET hash = 'as it was'").run();
  const { observed } = watched.scan();
  expect(observed).toMatchObject([{ known: idOf(watched, "a.md"), hash: "as it was" }]);
});

test("a moved file is new in one place and gone in the other", async () => {
  using watched = await watchedFolder({ "a.md": "hello", "in/b.md": "there" });
  watched.settle();
  renameSync(watched.folder.file("a.md"), watched.folder.file("in/a.md"));
  const result = watched.scan();
  expect(result.observed).toMatchObject([{ relative_path: "in/a.md", hash: sha256("hello") }]);
  expect(result.gone).toEqual([idOf(watched, "a.md")]);
});

test.each<[state: string, reason: string | null, hash: string | null, outcome: string]>([
  ["done", null, "h", "unchanged"],
  ["failed", null, "h", "unchanged"],
  ["pending", null, "h", "observed"],
  ["working", null, "h", "observed"],
  ["gone", null, "h", "observed"],
  ["skipped", "encrypted", "h", "still_skipped"],
  ["skipped", "unsupported", "h", "still_skipped"],
  ["skipped", "undone", "h", "still_skipped"],
  ["skipped", "excluded", "h", "observed"],
  ["skipped", "too_large", "h", "observed"],
  ["skipped", "not_watched", "h", "observed"],
  ["skipped", "unsupported", null, "read"],
  ["pending", "changing", null, "read"],
  ["failed", null, null, "read"],
])("an unchanged file that is %s (%s) with hash %s is %s", async (state, reason, hash, outcome) => {
  using watched = await watchedFolder({ "a.md": "hello" });
  watched.settle();
  watched.setState("a.md", state, reason);
  watched.database.prepare("UPDATE files SET hash = ?").run(hash);
  const result = watched.scan();
  const expected = {
    unchanged: { unchanged: 1 },
    still_skipped: { still_skipped: 1 },
    observed: { observed: [{ hash }] },
    read: { observed: [{ hash: sha256("hello") }] },
  }[outcome];
  expect(result).toMatchObject({ ...nothing, ...expected });
});

test("force has every file observed that is not filtered out, without reading it again", async () => {
  using watched = await watchedFolder({ "a.md": "1", "b.md": "22", "c.md": "333", "d.jpg": "4" });
  watched.settle();
  watched.setState("b.md", "failed");
  watched.setState("c.md", "skipped", "undone");
  watched.database.prepare("UPDATE files SET hash = 'known'").run();
  const result = watched.scan({ force: true });
  expect(pathsOf(result.observed)).toEqual(["a.md", "b.md", "c.md"]);
  expect(result.observed.every((file) => file.hash === "known")).toBe(true);
  expect(result).toMatchObject({ unchanged: 0, still_skipped: 1 });
});

test("a skipped file is reported once, counted while its reason lasts, and observed when that ends", async () => {
  using watched = await watchedFolder({ "a.md": "hello", "b.txt": "there", "c.md": "" });
  const agent = { ...watched.request().agent, extensions: ["md"] };
  expect(reasonsOf(watched.settle({ agent }))).toEqual({
    "b.txt": "extension",
    "c.md": "empty",
  });
  expect(watched.scan({ agent })).toMatchObject({
    ...nothing,
    unchanged: 1,
    still_skipped: 2,
  });
  const { observed } = watched.scan();
  expect(pathsOf(observed)).toEqual(["b.txt"]);
});

test("a skipped file is reported again when it has changed or has another reason", async () => {
  using watched = await watchedFolder({ "a.jpg": "hello" });
  watched.settle();
  watched.folder.write("a.jpg", fresh());
  expect(reasonsOf(watched.settle())).toEqual({ "a.jpg": "unsupported" });
  const directories = [watched.directory("", { exclude: ["*.jpg"] })];
  expect(reasonsOf(watched.scan({ directories }))).toEqual({ "a.jpg": "excluded" });
});

test("a name that the system refuses is unreadable, and only counted the next time", async () => {
  using watched = await watchedFolder();
  // A directory whose path is short enough to be listed, with a file in it whose path is not.
  let inner = watched.folder.path;
  while (inner.length < 3900) inner += `/${"d".repeat(Math.min(250, 3900 - inner.length))}`;
  mkdirSync(inner, { recursive: true });
  const name = "f".repeat(240);
  spawnSync(process.execPath, ["-e", `fs.writeFileSync("${name}", "x")`], { cwd: inner });
  const directories = [watched.directory("", { max_depth: 100 })];
  const result = watched.settle({ directories });
  expect(result.unreadable).toMatchObject([
    {
      stats: null,
      error: { code: "file_unreadable", message: expect.stringContaining("ENAMETOOLONG") },
    },
  ]);
  expect(watched.scan({ directories })).toMatchObject({ unreadable: [], unchanged: 1 });
  spawnSync("rm", ["-rf", watched.folder.file("d".repeat(250))]);
});
