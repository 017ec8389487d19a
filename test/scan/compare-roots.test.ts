import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { describeProblem } from "../../daemon/scan/root.ts";
import { watchedFolder } from "../trigger/watched-folder.ts";
import { nothing, reasonsOf } from "./scan-result.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

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

test("nothing is concluded about files under a root that is missing or not a directory", async () => {
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

test("an empty directory that replaces another is a problem, and its files are not gone", async () => {
  using watched = await watchedFolder({ "in/a.md": "1" });
  const before = watched.settle({ directories: [watched.directory("in")] });
  const directories = [watched.directory("in", { identity: before.roots[0]?.identity ?? null })];
  renameSync(watched.folder.file("in"), watched.folder.file("away"));
  // A new file system has this directory, which does not count.
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

test.each(["EMFILE", "ENFILE"])("too few open files (%s) are no fault of the directory", (code) => {
  const { code: problem, hint } = describeProblem("/in", code);
  expect(problem).toBe("scan_failed");
  expect(hint).toContain("limit of open files");
});

test("nothing is concluded about files below a directory that cannot be read", async () => {
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
    // Its names cannot be listed, but paths below it can be looked at.
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
