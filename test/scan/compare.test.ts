import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { type ScanResult, type WatchedFolder, watchedFolder } from "../trigger/watched-folder.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const nothing = {
  observed: [],
  skipped: [],
  unreadable: [],
  unsettled: [],
  gone: [],
  unchanged: 0,
  still_skipped: 0,
  problems: [],
  ignored: [],
} satisfies Partial<ScanResult>;

const pathsOf = (items: readonly { relative_path: string }[]): string[] =>
  items.map((item) => item.relative_path).toSorted();
const reasonsOf = (result: ScanResult): Record<string, string> =>
  Object.fromEntries(result.skipped.map((file) => [file.relative_path, file.reason]));
const idOf = (watched: WatchedFolder, name: string): string => `file_${watched.folder.file(name)}`;

/** Content whose size is unlike that of any other content in these tests, so that no clock matters. */
let sizes = 100;
const fresh = (): string => "x".repeat((sizes += 1));

test("a new file is observed with its place, its stats and its hash", async () => {
  using watched = await watchedFolder({ "in/a.md": "hello" });
  const file = watched.folder.file("in/a.md");
  const { mtimeMs, ctimeMs, ino } = lstatSync(file);
  const result = watched.scan();
  expect(result.observed).toEqual([
    {
      root: watched.folder.path,
      path: file,
      parent: watched.folder.file("in"),
      name: "a.md",
      relative_path: "in/a.md",
      known: null,
      stats: { size: 5, mtime_ms: mtimeMs, ctime_ms: ctimeMs, inode: ino },
      hash: sha256("hello"),
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

test("a skipped file is told once, counted while its reason stands, and observed when that ends", async () => {
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

test("a skipped file that changed is told again, and so is one whose reason is another now", async () => {
  using watched = await watchedFolder({ "a.jpg": "hello" });
  watched.settle();
  watched.folder.write("a.jpg", fresh());
  expect(reasonsOf(watched.settle())).toEqual({ "a.jpg": "unsupported" });
  const directories = [watched.directory("", { exclude: ["*.jpg"] })];
  expect(reasonsOf(watched.scan({ directories }))).toEqual({ "a.jpg": "excluded" });
});

test("each root has its own globs and depth", async () => {
  using watched = await watchedFolder({
    "one/a.md": "1",
    "one/b.txt": "2",
    "one/in/c.md": "3",
    "two/a.md": "4",
    "two/b.txt": "5",
    "two/in/c.md": "6",
  });
  const directories = [
    watched.directory("one", { include: ["*.md"], max_depth: 0 }),
    watched.directory("two", { exclude: ["in/**"] }),
  ];
  const result = watched.scan({ directories });
  expect(result.observed.map((file) => file.path).toSorted()).toEqual(
    ["one/a.md", "two/a.md", "two/b.txt"].map(watched.folder.file),
  );
  expect(reasonsOf(result)).toEqual({ "b.txt": "excluded", "in/c.md": "excluded" });
  expect(result.ignored).toEqual([{ path: watched.folder.file("one/in"), reason: "max_depth" }]);
});

test("a directory inside another belongs to itself alone", async () => {
  using watched = await watchedFolder({ "a.md": "1", "in/b.md": "2", "in/deep/c.md": "3" });
  const directories = [watched.directory(), watched.directory("in", { max_depth: 0 })];
  const first = watched.settle({ directories });
  expect(first.observed.map((file) => `${file.root}: ${file.relative_path}`).toSorted()).toEqual([
    `${watched.folder.file("in")}: b.md`,
    `${watched.folder.path}: a.md`,
  ]);
  expect(watched.scan({ directories })).toMatchObject({
    gone: [],
    skipped: [],
    unchanged: 2,
  });
});

test("a directory inside one that is left out keeps its files when the outer one is scanned", async () => {
  using watched = await watchedFolder({ "a.md": "1", ".hidden/in/b.md": "2" });
  const directories = [watched.directory(), watched.directory(".hidden/in")];
  watched.settle({ directories });
  const again = watched.scan({ directories });
  expect(again).toMatchObject({ skipped: [], gone: [], unchanged: 2 });
});

test("known files that settings now leave out are skipped, and cost nothing when they are back", async () => {
  using watched = await watchedFolder({ "a.md": "1", "in/deep/b.md": "2" });
  watched.settle();
  const shallow = { directories: [watched.directory("", { max_depth: 0 })] };
  const result = watched.scan(shallow);
  expect(reasonsOf(result)).toEqual({ "in/deep/b.md": "not_watched" });
  expect(result).toMatchObject({ gone: [], unchanged: 1 });
  watched.setState("in/deep/b.md", "skipped", "not_watched");
  expect(watched.scan(shallow)).toMatchObject({ skipped: [], still_skipped: 1 });
  expect(watched.scan().observed).toMatchObject([
    { relative_path: "in/deep/b.md", hash: sha256("2") },
  ]);
});

test("known files whose names are ignored now are skipped, and gone when they are deleted", async () => {
  using watched = await watchedFolder({ "a.md": "1", "in/b.md": "2" });
  watched.settle();
  for (const [name, now] of [
    ["a.md", "a.tmp"],
    ["in", "node_modules"],
  ] as const) {
    renameSync(watched.folder.file(name), watched.folder.file(now));
  }
  watched.database.exec(`UPDATE files SET path = replace(path, 'a.md', 'a.tmp')`);
  watched.database.exec(
    `UPDATE files SET path = replace(path, '/in', '/node_modules'), parent = replace(parent, '/in', '/node_modules')`,
  );
  expect(reasonsOf(watched.scan())).toEqual({
    "a.tmp": "ignored",
    "node_modules/b.md": "ignored",
  });
  rmSync(watched.folder.file("a.tmp"));
  rmSync(watched.folder.file("node_modules"), { recursive: true });
  expect(watched.scan().gone).toHaveLength(2);
});

test("files below a directory that became a symbolic link are not gone but skipped", async () => {
  using watched = await watchedFolder({ "in/a.md": "1", "other/a.md": "2" });
  watched.settle();
  rmSync(watched.folder.file("in"), { recursive: true });
  symlinkSync(watched.folder.file("other"), watched.folder.file("in"));
  const result = watched.scan();
  expect(reasonsOf(result)).toEqual({ in: "symlink", "in/a.md": "symlink" });
  expect(result.gone).toEqual([]);
});

test("the product's own files are never observed, even where its home is watched", async () => {
  using watched = await watchedFolder({
    "home/secrets.env": "KEY=1",
    "home/config.yaml": "version: 1",
    "home/logs/x.log": "x",
    "home/inbox/a.md": "hello",
    "home/backups/b.md": "there",
  });
  const places = {
    database: watched.request().places.database,
    own: [watched.folder.file("home")],
    inbox: watched.folder.file("home/inbox"),
  };
  for (const name of ["", "home"]) {
    const { observed } = watched.scan({ places, directories: [watched.directory(name)] });
    expect(observed.map((file) => file.path)).toEqual([watched.folder.file("home/inbox/a.md")]);
  }
});

test("nothing is concluded of files under a root that is missing or no directory", async () => {
  using watched = await watchedFolder({ "in/a.md": "1", "b.md": "2" });
  const directories = [watched.directory("in"), watched.directory("in")];
  watched.settle({ directories });
  renameSync(watched.folder.file("in"), watched.folder.file("away"));
  const missing = watched.scan({ directories });
  expect(missing).toMatchObject(nothing);
  expect(missing.roots).toMatchObject([
    { online: false, identity: null, files: 0, problem: { code: "directory_missing" } },
  ]);
  watched.folder.write("in", "a file");
  expect(watched.scan({ directories }).roots).toMatchObject([
    { online: false, problem: { code: "directory_missing" } },
  ]);
});

test("an empty directory in the place of another is a problem, and its files are not gone", async () => {
  using watched = await watchedFolder({ "in/a.md": "1" });
  const before = watched.settle({ directories: [watched.directory("in")] });
  const directories = [watched.directory("in", { identity: before.roots[0]?.identity ?? null })];
  renameSync(watched.folder.file("in"), watched.folder.file("away"));
  // What a new file system has by itself is nothing.
  mkdirSync(watched.folder.file("in/lost+found"), { recursive: true });
  const result = watched.scan({ directories });
  expect(result).toMatchObject(nothing);
  expect(watched.coverage({ directories })).toMatchObject([{ online: false, on_disk: 0 }]);
  expect(result.roots).toMatchObject([
    {
      online: false,
      problem: { code: "directory_missing", hint: expect.stringContaining("Mount") },
    },
  ]);
  watched.folder.write("in/b.md", "2");
  expect(watched.scan({ directories })).toMatchObject({ gone: [{}], observed: [{}] });
});

test("a root that was emptied is no problem: its files are gone", async () => {
  using watched = await watchedFolder({ "in/a.md": "1" });
  const before = watched.settle({ directories: [watched.directory("in")] });
  const directories = [watched.directory("in", { identity: before.roots[0]?.identity ?? null })];
  rmSync(watched.folder.file("in/a.md"));
  expect(watched.scan({ directories })).toMatchObject({
    gone: [{}],
    roots: [{ online: true }],
  });
});

test("paths limit a scan to these files and what is below these directories", async () => {
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

test("paths that are gone are told so, with all that was below them, and nothing else is", async () => {
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

test("a name that the system refuses is unreadable, and counted once it is known to be", async () => {
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

test("nothing is concluded of what is below a directory that cannot be read", async () => {
  using watched = await watchedFolder({ "a.md": "1" });
  const name = "d".repeat(250);
  const program = `for (let i = 0; i < 17; i++) { fs.mkdirSync("${name}"); process.chdir("${name}"); }`;
  spawnSync(process.execPath, ["-e", program], { cwd: watched.folder.path });
  const directories = [watched.directory("", { max_depth: 100 })];
  const { problems } = watched.settle({ directories });
  expect(problems).toMatchObject([{ code: "directory_unreadable" }]);
  const inner = `${problems[0]?.path}/deep`;
  watched.database.prepare("UPDATE files SET parent = ?, path = ?").run(inner, `${inner}/b.md`);
  expect(watched.scan({ directories })).toMatchObject({ gone: [], skipped: [], observed: [{}] });
  spawnSync("rm", ["-rf", watched.folder.file(name)]);
});

test.skipIf(process.getuid?.() === 0)(
  "a directory that may not be listed is a problem",
  async () => {
    using watched = await watchedFolder({ "a.md": "1", "in/b.md": "2", "in/deep/c.md": "3" });
    watched.settle();
    const inner = watched.folder.file("in");
    rmSync(watched.folder.file("in/deep"), { recursive: true });
    // Its names cannot be read, but what is below it can be looked at.
    chmodSync(inner, 0o311);
    const known = watched.scan();
    chmodSync(watched.folder.path, 0o000);
    const unknown = watched.scan();
    chmodSync(watched.folder.path, 0o700);
    chmodSync(inner, 0o700);
    const code = "directory_unreadable";
    expect(known).toMatchObject({ ...nothing, unchanged: 1, problems: [{ code, path: inner }] });
    expect(unknown).toMatchObject({ ...nothing, roots: [{ online: false, problem: { code } }] });
  },
);
