import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  type Stats,
} from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { hashFile, isUnchanged, toFileStats } from "../../daemon/scan/fingerprint.ts";
import { sketchLines } from "../../daemon/scan/sketch.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";

const isRoot = process.getuid?.() === 0;

test.each([0, 1, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 3_500_000])(
  "a file of %i bytes gives the SHA-256 of its content, and its stats",
  (size) => {
    const bytes = Buffer.alloc(size, "0123456789abcdef-");
    using folder = testFolder({ "a.md": bytes });
    const file = folder.file("a.md");
    expect(hashFile(file)).toEqual({
      outcome: "hashed",
      hash: createHash("sha256").update(bytes).digest("hex"),
      sketch: sketchLines(bytes),
      ...toFileStats(lstatSync(file)),
    });
  },
);

test("reading a file leaves its times as they were", () => {
  using folder = testFolder({ "a.md": "hello" });
  const file = folder.file("a.md");
  // Older than its mtime: a read would move it even where the system saves on atime.
  utimesSync(file, new Date("2001-01-01"), new Date("2002-01-01"));
  // Only Linux lets a reader leave atime alone.
  const times = ({ atimeMs, mtimeMs, ctimeMs }: Stats): number[] =>
    process.platform === "linux" ? [atimeMs, mtimeMs, ctimeMs] : [mtimeMs, ctimeMs];
  const before = times(lstatSync(file));
  hashFile(file);
  expect(times(lstatSync(file))).toEqual(before);
});

test("a directory, pipe or socket is skipped without waiting for it", async () => {
  using folder = testFolder({ "a.md": "hello" });
  mkdirSync(folder.file("directory.md"));
  spawnSync("mkfifo", [folder.file("pipe.md")]);
  const server = createServer().listen(folder.file("socket.md"));
  await once(server, "listening");
  for (const name of ["directory.md", "pipe.md", "socket.md"]) {
    expect(hashFile(folder.file(name)), name).toEqual({
      outcome: "skipped",
      reason: "not_regular",
    });
  }
  server.close();
});

test("a symbolic link is not followed", () => {
  using folder = testFolder({ "a.md": "hello" });
  symlinkSync(folder.file("a.md"), folder.file("link.md"));
  expect(hashFile(folder.file("link.md"))).toEqual({ outcome: "skipped", reason: "symlink" });
});

test("a file behind a link that took a directory's place is not hashed", () => {
  using folder = testFolder({ "mine/a.md": "secret", "in/.keep": "" });
  symlinkSync(folder.file("mine"), folder.file("in/sub"));
  const file = folder.file("in/sub/a.md");
  expect(hashFile(file, folder.file("in"))).toEqual({ outcome: "changing" });
  // The user may have a link as the watched directory itself.
  expect(hashFile(file, folder.file("in/sub"))).toMatchObject({ outcome: "hashed" });
});

test("a file that is not there, or whose directory became a file, is gone", () => {
  using folder = testFolder({ "a.md": "hello" });
  expect(hashFile(folder.file("b.md"))).toEqual({ outcome: "gone" });
  expect(hashFile(folder.file("a.md/b.md"))).toEqual({ outcome: "gone" });
});

test("a name that is too long is unreadable, with the system's code", () => {
  using folder = testFolder();
  expect(hashFile(folder.file("x".repeat(300)))).toMatchObject({
    outcome: "unreadable",
    code: "ENAMETOOLONG",
  });
});

test.skipIf(isRoot)("a file that may not be read is unreadable", () => {
  using folder = testFolder({ "a.md": "hello" });
  chmodSync(folder.file("a.md"), 0o000);
  expect(hashFile(folder.file("a.md"))).toMatchObject({ outcome: "unreadable", code: "EACCES" });
});

test("a file that is written to while it is read is changing, and no mixture of it is hashed", async () => {
  using folder = testFolder({ "a.md": "hello" });
  const file = folder.file("a.md");
  truncateSync(file, 50_000_000);
  const writer = spawn("sh", ["-c", `while :; do echo more >> '${file}'; done`]);
  await once(writer, "spawn");
  const size = lstatSync(file).size;
  while (lstatSync(file).size === size) await new Promise(setImmediate);
  // On a busy machine the writer may rest for as long as it takes to read the file.
  const still: { hash: string; size: number }[] = [];
  await waitFor("a write meets a read", () => {
    const hashing = hashFile(file);
    if (hashing.outcome === "hashed") still.push(hashing);
    return hashing.outcome === "changing";
  });
  writer.kill();
  await once(writer, "exit");
  expect(hashFile(file)).toMatchObject({ outcome: "hashed" });
  const content = readFileSync(file);
  for (const { hash, size: sizeThen } of still) {
    const whole = content.subarray(0, sizeThen);
    expect(hash).toBe(createHash("sha256").update(whole).digest("hex"));
  }
});

const stats = { size: 10, mtime_ms: 1_000_000, ctime_ms: 1_000_000, inode: 7 };
const muchLater = 9_000_000;

test("equal stats of a file that was read well after its last change prove it the same", () => {
  expect(isUnchanged({ ...stats, read_at_ms: 1_003_000 }, stats, muchLater)).toBe(true);
});

test.each(["size", "mtime_ms", "ctime_ms", "inode"] as const)(
  "a file whose %s differs is not the same",
  (field) => {
    const known = { ...stats, read_at_ms: muchLater, [field]: 1 };
    expect(isUnchanged(known, stats, muchLater)).toBe(false);
  },
);

test("equal stats prove nothing where a file was read within a tick of its change", () => {
  expect(isUnchanged({ ...stats, read_at_ms: 1_002_999 }, stats, muchLater)).toBe(false);
  const touched = { ...stats, mtime_ms: 5 };
  expect(isUnchanged({ ...touched, read_at_ms: 1_002_999 }, touched, muchLater)).toBe(false);
});

test("a file that was never read is not the same", () => {
  expect(isUnchanged({ ...stats, read_at_ms: null }, stats, muchLater)).toBe(false);
});

test("a time in the future does not have a file read again and again", () => {
  const future = { ...stats, mtime_ms: 4_000_000_000_000 };
  expect(isUnchanged({ ...future, read_at_ms: 1_003_000 }, future, muchLater)).toBe(true);
});
