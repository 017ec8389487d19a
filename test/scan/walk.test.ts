import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createBoundary } from "../../daemon/scan/boundary.ts";
import { lookAt, walk, type WalkStep } from "../../daemon/scan/walk.ts";
import { testFolder } from "../helper/folder.ts";

interface Walked {
  /** Relative path and kind of each file. */
  files: Record<string, string>;
  stopped: Record<string, string>;
  unreadable: Record<string, string>;
  directories: string[];
}

function readAll(root: string, max_depth = 5, only?: ReadonlySet<string>): Walked {
  const boundary = createBoundary({ path: root, max_depth }, [root], { own: [], inbox: "" });
  const walked: Walked = { files: {}, stopped: {}, unreadable: {}, directories: [] };
  const relative = (inner: string): string => path.relative(root, inner);
  const take = (step: WalkStep): void => {
    const directory = relative(step.directory);
    if (step.kind === "stopped") walked.stopped[directory] = step.reason;
    else if (step.kind === "unreadable") walked.unreadable[directory] = step.code;
    else {
      walked.directories.push(directory);
      for (const file of step.files) walked.files[relative(file.path)] = file.kind;
    }
  };
  for (const step of walk(boundary, root, only)) take(step);
  return walked;
}

test("all files below a directory are found, whatever their names", () => {
  using folder = testFolder({ "a.md": "", "in/deep/b.md": "", "in/c.tmp": "", ".d.md": "" });
  const walked = readAll(folder.path);
  expect(walked.files).toEqual({
    "a.md": "file",
    "in/deep/b.md": "file",
    "in/c.tmp": "file",
    ".d.md": "file",
  });
  expect(walked.directories.toSorted()).toEqual(["", "in", "in/deep"]);
});

test("a directory that is left out is named once, with its reason, and not read", () => {
  using folder = testFolder({ ".git/objects/x": "", "node_modules/a/b.md": "", "a/b/c.md": "" });
  const walked = readAll(folder.path, 1);
  expect(walked.stopped).toEqual({
    ".git": "version_control",
    node_modules: "dependencies",
    "a/b": "max_depth",
  });
  expect(walked.files).toEqual({});
});

test("with max_depth 0 only files directly in the directory are found", () => {
  using folder = testFolder({ "a.md": "", "in/b.md": "" });
  expect(readAll(folder.path, 0).files).toEqual({ "a.md": "file" });
});

test("symbolic links are named and not followed: neither out, nor in circles, nor to nothing", () => {
  using outside = testFolder({ "secret.md": "" });
  using folder = testFolder({ "in/a.md": "" });
  symlinkSync(outside.path, folder.file("out"));
  symlinkSync(outside.file("secret.md"), folder.file("secret.md"));
  symlinkSync(folder.path, folder.file("in/loop"));
  symlinkSync(folder.file("self"), folder.file("self"));
  symlinkSync(folder.file("nowhere"), folder.file("broken"));
  expect(readAll(folder.path).files).toEqual({
    "in/a.md": "file",
    "in/loop": "symlink",
    out: "symlink",
    "secret.md": "symlink",
    self: "symlink",
    broken: "symlink",
  });
});

test("a pipe is neither opened nor waited for", () => {
  using folder = testFolder();
  spawnSync("mkfifo", [folder.file("pipe.md")]);
  expect(readAll(folder.path).files).toEqual({ "pipe.md": "other" });
});

test("only the named files of one directory are given where names are asked for", () => {
  using folder = testFolder({ "a.md": "", "b.md": "", ".c.md": "", "in/a.md": "", "in/b.md": "" });
  const walked = readAll(folder.path, 5, new Set(["a.md", ".c.md", "in", "no.md"]));
  expect(walked.files).toEqual({ "a.md": "file", ".c.md": "file" });
  expect(walked.directories).toEqual([""]);
});

test("a directory that is missing or a file gives a step, not an exception", () => {
  using folder = testFolder({ "a.md": "" });
  expect(readAll(folder.file("no")).unreadable).toEqual({ "": "ENOENT" });
  expect(readAll(folder.file("a.md")).unreadable).toEqual({ "": "ENOTDIR" });
});

test("a directory that cannot be read does not stop the rest", () => {
  using folder = testFolder({ "a.md": "" });
  const name = "d".repeat(250);
  // 4,096 bytes is the longest path that a system call takes: path_resolution(7). Step by step, it can be longer.
  const program = `for (let i = 0; i < 17; i++) { fs.mkdirSync(${JSON.stringify(name)}); process.chdir(${JSON.stringify(name)}); }`;
  spawnSync(process.execPath, ["-e", program], { cwd: folder.path });
  const walked = readAll(folder.path, 100);
  expect(walked.files).toEqual({ "a.md": "file" });
  expect(Object.values(walked.unreadable)).toEqual(["ENAMETOOLONG"]);
  spawnSync("rm", ["-rf", folder.file(name)]);
});

test.runIf(process.platform === "linux")(
  "names that are not UTF-8 are marked, with their bytes escaped",
  () => {
    using folder = testFolder({ "caf\uFFFD.md": "a name with a real replacement character" });
    const inner = (...bytes: number[]): Buffer =>
      Buffer.concat([Buffer.from(folder.file("caf")), Buffer.from(bytes), Buffer.from(".md")]);
    writeFileSync(inner(0xe9), "é in Latin-1");
    writeFileSync(inner(0xe8), "è in Latin-1");
    mkdirSync(inner(0xff));
    const walked = readAll(folder.path);
    expect(walked.files).toEqual({
      "caf\uFFFD.md": "file",
      "caf\\xE9.md": "name_not_utf8",
      "caf\\xE8.md": "name_not_utf8",
    });
    expect(walked.stopped).toEqual({ "caf\\xFF.md": "name_not_utf8" });
  },
);

test("a file that vanishes after its directory was read is left out", () => {
  using folder = testFolder({ "a.md": "", "b.md": "" });
  const boundary = createBoundary({ path: folder.path, max_depth: 5 }, [], { own: [], inbox: "" });
  for (const step of walk(boundary, folder.path)) {
    rmSync(folder.file("b.md"));
    const names = step.kind === "directory" ? [...step.files].map((file) => file.name) : [];
    expect(names).toEqual(["a.md"]);
  }
});

test.skipIf(process.platform !== "linux")(
  "a directory that was swapped with a link since its name was read is not listed",
  () => {
    using folder = testFolder({ "in/a.md": "", "in/sub/b.md": "", "mine/secret.md": "" });
    const root = folder.file("in");
    const boundary = createBoundary({ path: root, max_depth: 5 }, [], { own: [], inbox: "" });
    const steps = walk(boundary, root);
    expect(steps.next().value).toMatchObject({ kind: "directory", directory: root });
    renameSync(folder.file("in/sub"), folder.file("aside"));
    symlinkSync(folder.file("mine"), folder.file("in/sub"));
    expect([...steps]).toEqual([
      { kind: "unreadable", directory: folder.file("in/sub"), code: "ELOOP" },
    ]);
  },
);

test("looking at a path does not follow a link", () => {
  using folder = testFolder({ "a.md": "" });
  symlinkSync(folder.path, folder.file("link"));
  expect(lookAt(folder.file("a.md"))).toBe("file");
  expect(lookAt(folder.path)).toBe("directory");
  expect(lookAt(folder.file("link"))).toBe("symlink");
  expect(lookAt(folder.file("no"))).toBe("missing");
  expect(lookAt(folder.file("a.md/b.md"))).toBe("missing");
  expect(lookAt(folder.file("x".repeat(300)))).toBe("unknown");
});
