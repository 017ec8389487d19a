import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { readSnapshot } from "../../daemon/preprocess/snapshot.ts";
import { testFolder } from "../helper/folder.ts";

const MIB = 1_048_576;
const options = { maxBytes: 10 * MIB };
const isUnix = process.platform !== "win32";
const isRoot = process.getuid?.() === 0;

/** A signal that does something when it is looked at for the nth time: once before the open, then per MiB. */
function signalThat(act: () => void, atLook: number): AbortSignal {
  const { signal } = new AbortController();
  let looks = 0;
  return Object.assign(signal, {
    throwIfAborted(): void {
      looks += 1;
      if (looks === atLook) act();
    },
  });
}

test("a snapshot holds the bytes, their hash, and the stats that a scan sees", async () => {
  using folder = testFolder({ "a.md": "# Größe\n" });
  const result = await readSnapshot(folder.file("a.md"), options);
  const stats = lstatSync(folder.file("a.md"));
  const bytes = Buffer.from("# Größe\n");
  expect(result).toEqual({
    outcome: "read",
    snapshot: {
      bytes,
      hash: createHash("sha256").update(bytes).digest("hex"),
      size: stats.size,
      mtime_ms: stats.mtimeMs,
      ctime_ms: stats.ctimeMs,
      inode: stats.ino,
    },
  });
});

test("a file larger than a single read is read whole", async () => {
  const bytes = Buffer.alloc(3 * MIB + 1, "0123456789");
  using folder = testFolder({ "a.txt": bytes });
  const result = await readSnapshot(folder.file("a.txt"), { maxBytes: bytes.length });
  const hash = createHash("sha256").update(bytes).digest("hex");
  expect(result).toMatchObject({ outcome: "read", snapshot: { hash, size: bytes.length } });
});

const NEVER_CHANGED =
  process.platform === "linux" ? ["mtimeMs", "ctimeMs", "atimeMs"] : ["mtimeMs", "ctimeMs"];
test(`reading leaves ${NEVER_CHANGED.join(", ")} of a file as they were`, async () => {
  using folder = testFolder({ "a.md": "text" });
  const file = folder.file("a.md");
  // Older than mtime: a system that keeps atime "relatively" would now touch it at the next read.
  utimesSync(file, new Date("2020-01-01"), new Date("2021-01-01"));
  const times = () =>
    Object.entries(lstatSync(file)).filter(([name]) => NEVER_CHANGED.includes(name));
  const before = times();
  await readSnapshot(file, options);
  expect(times()).toEqual(before);
  expect(before.length).toBe(NEVER_CHANGED.length);
});

test("an empty file, a file that is too large, and a directory are skipped, each with its reason", async () => {
  using folder = testFolder({ "empty.md": "", "large.md": "12345" });
  mkdirSync(folder.file("directory.md"));
  const read = (name: string) => readSnapshot(folder.file(name), { maxBytes: 4 });
  expect(await read("empty.md")).toEqual({ outcome: "skipped", reason: "empty" });
  expect(await read("large.md")).toEqual({ outcome: "skipped", reason: "too_large" });
  expect(await read("directory.md")).toEqual({ outcome: "skipped", reason: "not_regular" });
});

test.runIf(isUnix)("a symbolic link is not followed, even to a readable file", async () => {
  using folder = testFolder({ "a.md": "text" });
  symlinkSync(folder.file("a.md"), folder.file("link.md"));
  const result = await readSnapshot(folder.file("link.md"), options);
  expect(result).toEqual({ outcome: "skipped", reason: "symlink" });
});

test.runIf(isUnix)("a pipe and a socket are skipped without waiting for anyone", async () => {
  using folder = testFolder();
  execFileSync("mkfifo", [folder.file("pipe.md")]);
  const server = createServer().listen(folder.file("socket.md"));
  await new Promise((resolve) => server.once("listening", resolve));
  const results = await Promise.all(
    ["pipe.md", "socket.md"].map((name) => readSnapshot(folder.file(name), options)),
  );
  await new Promise((resolve) => server.close(resolve));
  const skipped = { outcome: "skipped", reason: "not_regular" };
  expect(results).toEqual([skipped, skipped]);
});

test("a file or a directory above it that is not there is gone", async () => {
  using folder = testFolder({ "a.md": "text" });
  expect(await readSnapshot(folder.file("none.md"), options)).toEqual({ outcome: "gone" });
  expect(await readSnapshot(folder.file("a.md/b.md"), options)).toEqual({ outcome: "gone" });
});

const CHANGES: Record<string, (file: string) => void> = {
  grows: (file) => appendFileSync(file, "more"),
  shrinks: (file) => truncateSync(file, MIB),
  "is overwritten in place": (file) => writeFileSync(file, "x", { flag: "r+" }),
  "is replaced by another": (file) => {
    writeFileSync(`${file}.new`, "new");
    renameSync(`${file}.new`, file);
  },
};
for (const [what, change] of Object.entries(CHANGES)) {
  test.runIf(isUnix)(`a file that ${what} while it is read has changed`, async () => {
    using folder = testFolder({ "a.txt": Buffer.alloc(2 * MIB, "a") });
    const file = folder.file("a.txt");
    const signal = signalThat(() => change(file), 3);
    expect(await readSnapshot(file, { ...options, signal })).toEqual({ outcome: "changed" });
  });
}

test("reading stops when the signal aborts, with its reason", async () => {
  using folder = testFolder({ "a.txt": Buffer.alloc(2 * MIB, "a") });
  const reason = new Error("the daemon stops");
  const aborted = readSnapshot(folder.file("a.txt"), {
    ...options,
    signal: AbortSignal.abort(reason),
  });
  await expect(aborted).rejects.toBe(reason);

  const controller = new AbortController();
  const reading = readSnapshot(folder.file("a.txt"), { ...options, signal: controller.signal });
  controller.abort(reason);
  await expect(reading).rejects.toBe(reason);
});

test("a file that the system refuses to read fails alone, naming path and system code", async () => {
  using folder = testFolder();
  const file = folder.file(`${"n".repeat(300)}.md`);
  const result = await readSnapshot(file, options);
  expect(result).toMatchObject({
    outcome: "failed",
    error: { code: "file_unreadable", kind: "job", data: { system_code: "ENAMETOOLONG" } },
  });
  expect(String(result.outcome === "failed" && result.error.message)).toContain(file);
});

test.runIf(isUnix && !isRoot)(
  "a file without read permission fails with the chmod that helps",
  async () => {
    using folder = testFolder({ "a.md": "text" });
    chmodSync(folder.file("a.md"), 0);
    expect(await readSnapshot(folder.file("a.md"), options)).toMatchObject({
      outcome: "failed",
      error: { code: "file_unreadable", hint: expect.stringContaining("chmod u+r") as string },
    });
  },
);

test.skipIf(!isUnix)("a file behind a link that took a directory's place is not read", async () => {
  using folder = testFolder({ "mine/a.md": "secret", "in/.keep": "" });
  symlinkSync(folder.file("mine"), folder.file("in/sub"));
  const read = (root: string) => readSnapshot(folder.file("in/sub/a.md"), { ...options, root });
  expect(await read(folder.file("in"))).toEqual({ outcome: "changed" });
  // The user may have a link as the watched directory itself.
  expect(await read(folder.file("in/sub"))).toMatchObject({ outcome: "read" });
});
