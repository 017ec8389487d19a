import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, renameSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import type { KnownFiles } from "../../daemon/trigger/known-files.ts";
import { watchedFolder } from "./watched-folder.ts";

const AN_HOUR_MS = 3_600_000;

test("a file that only just changed is taken when it was left alone long enough", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  const { observed } = watched.scan({ settle_ms: 200 });
  expect(observed).toHaveLength(1);
  const [file] = observed;
  expect(file && file.read_at_ms - file.stats.ctime_ms).toBeGreaterThan(198);
});

test("by hand a file is taken at once", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  watched.settle();
  watched.folder.write("a.md", "hello again");
  expect(watched.scan({ settle_ms: 0, resettle_ms: 0 }).observed).toHaveLength(1);
});

test("a file that goes on changing is unsettled, and keeps no other waiting", async () => {
  using watched = await watchedFolder({ "a.md": "hello", "b.md": "there" });
  const file = watched.folder.file("a.md");
  const writer = spawn("sh", ["-c", `while :; do echo more >> '${file}'; done`]);
  await once(writer, "spawn");
  const result = watched.scan({ settle_ms: 500 });
  writer.kill();
  await once(writer, "exit");
  expect(result.observed).toMatchObject([{ relative_path: "b.md" }]);
  expect(result.unsettled).toMatchObject([
    { relative_path: "a.md", reason: "changing", known: null },
  ]);
});

test("by hand a file that changes while it is read is unsettled", async () => {
  using watched = await watchedFolder({ "a.md": "x".repeat(900_000) });
  const file = watched.folder.file("a.md");
  const writer = spawn("sh", ["-c", `while :; do echo more >> '${file}'; done`]);
  await once(writer, "spawn");
  const size = lstatSync(file).size;
  while (lstatSync(file).size === size) await new Promise(setImmediate);
  const agent = { ...watched.request().agent, max_file_bytes: AN_HOUR_MS };
  // A reading may fall between two writes.
  let result = watched.scan({ agent });
  while (result.unsettled.length === 0) result = watched.scan({ agent });
  writer.kill();
  await once(writer, "exit");
  expect(result).toMatchObject({ observed: [], unsettled: [{ reason: "changing" }] });
});

test("a file that is empty because it was only just made is not skipped before it settled", async () => {
  using watched = await watchedFolder({ "a.md": "" });
  const file = watched.folder.file("a.md");
  const writer = spawn("sh", ["-c", `echo hello > '${file}'`]);
  await once(writer, "spawn");
  const result = watched.scan({ settle_ms: 500 });
  await once(writer, "exit");
  expect(result.skipped).toEqual([]);
  expect(watched.scan({ settle_ms: 0 }).observed).toHaveLength(1);
});

test("a file that is skipped for another reason than its content is not waited for", async () => {
  using watched = await watchedFolder({ "a.jpg": "hello" });
  expect(watched.scan({ settle_ms: AN_HOUR_MS }).skipped).toHaveLength(1);
});

test("a file that was done is taken again only after its longer quiet time, however often it is seen", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  watched.settle();
  const quiet = { settle_ms: 0, resettle_ms: AN_HOUR_MS };
  for (const content of ["hello again", "hello again and again"]) {
    const file = watched.folder.write("a.md", content);
    for (let times = 0; times < 2; times += 1) {
      const { unsettled } = watched.settle(quiet);
      expect(unsettled).toMatchObject([
        { reason: "changing", settles_at_ms: lstatSync(file).ctimeMs + AN_HOUR_MS },
      ]);
    }
  }
  expect(watched.scan().observed).toHaveLength(1);
});

test("a done file that was only read too soon after its change is confirmed without a wait", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  watched.learn(watched.scan());
  const { observed } = watched.scan({ settle_ms: AN_HOUR_MS, resettle_ms: AN_HOUR_MS });
  expect(observed).toHaveLength(1);
});

test("a file whose change time lies ahead waits no longer than any other", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  watched.settle();
  watched.folder.write("a.md", "hello again");
  const { unsettled } = watched.scan({ settle_ms: 0, resettle_ms: AN_HOUR_MS });
  expect(unsettled[0]?.settles_at_ms).toBeLessThanOrEqual(Date.now() + AN_HOUR_MS);
});

/** Does something on the disk right after a directory was listed. */
function whenRead(directory: string, act: () => void) {
  return (known: KnownFiles): KnownFiles => ({
    directories: (agentId, root) => known.directories(agentId, root),
    inDirectory(agentId, inner) {
      const rows = known.inDirectory(agentId, inner);
      if (inner === directory) act();
      return rows;
    },
  });
}

test("a drive that is pulled out in the middle of a scan takes no file with it", async () => {
  using watched = await watchedFolder({ "drive/a.md": "1", "drive/in/b.md": "2" });
  const directories = [watched.directory("drive")];
  watched.settle({ directories });
  const root = watched.folder.file("drive");
  const result = watched.scan(
    { directories },
    whenRead(root, () => renameSync(root, watched.folder.file("away"))),
  );
  expect(result).toMatchObject({ observed: [], gone: [], problems: [] });
  expect(result.roots).toMatchObject([{ online: false, problem: { code: "directory_missing" } }]);
});

test("a directory that is deleted in the middle of a scan is no problem, and its files are gone", async () => {
  using watched = await watchedFolder({ "a.md": "1", "in/b.md": "2", "in/deep/c.md": "3" });
  watched.settle();
  const remove = (): void => rmSync(watched.folder.file("in"), { recursive: true });
  const result = watched.scan({}, whenRead(watched.folder.path, remove));
  expect(result).toMatchObject({ problems: [], unchanged: 1, roots: [{ online: true }] });
  expect(result.gone).toHaveLength(2);
});

test("what appears in the middle of a scan is not called gone", async () => {
  using watched = await watchedFolder({ "a.md": "1", "in/b.md": "2" });
  watched.settle();
  const root = watched.folder.path;
  for (const name of ["a.md", "in"]) {
    const there = watched.folder.file(name);
    const away = watched.folder.file("away.tmp");
    renameSync(there, away);
    const { gone } = watched.scan(
      {},
      whenRead(root, () => renameSync(away, there)),
    );
    expect(gone, name).toEqual([]);
  }
});
