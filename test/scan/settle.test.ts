import { appendFileSync, lstatSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ScanTime } from "../../daemon/scan/compare-file.ts";
import { watchedFolder } from "../trigger/watched-folder.ts";

const AN_HOUR_MS = 3_600_000;

/** Time that passes only while a scan sleeps, when something may happen on the disk. */
function slowTime(act: () => void = () => {}): ScanTime & { sleptMs: number } {
  const time = {
    sleptMs: 0,
    now: () => Date.now() + time.sleptMs,
    sleep(ms: number) {
      time.sleptMs += ms;
      act();
    },
  };
  return time;
}

test("a file that only just changed is taken when it was left alone long enough", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  const { observed } = watched.scan({ settle_ms: AN_HOUR_MS }, { time: slowTime() });
  expect(observed).toHaveLength(1);
  const [file] = observed;
  expect(file && file.read_at_ms - file.stats.ctime_ms).toBeGreaterThan(AN_HOUR_MS - 2);
});

test("a scan sleeps in place while it waits", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  const { observed } = watched.scan({ settle_ms: 100 });
  const [file] = observed;
  expect(file && file.read_at_ms - file.stats.ctime_ms).toBeGreaterThan(98);
});

test("many files that only just changed are waited for once", async () => {
  const files = Array.from({ length: 50 }, (_, index) => [`${index}.md`, "x"] as const);
  using watched = await watchedFolder(Object.fromEntries(files));
  const time = slowTime();
  expect(watched.scan({ settle_ms: AN_HOUR_MS }, { time }).observed).toHaveLength(50);
  expect(time.sleptMs).toBeLessThanOrEqual(AN_HOUR_MS);
});

test("a file that was left alone long enough is not waited for", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  const time = { ...slowTime(), now: () => Date.now() + AN_HOUR_MS };
  expect(watched.scan({ settle_ms: AN_HOUR_MS - 1000 }, { time }).observed).toHaveLength(1);
  expect(time.sleptMs).toBe(0);
});

test("a file that goes on changing is unsettled, and keeps no other waiting", async () => {
  using watched = await watchedFolder({ "a.md": "hello", "b.md": "there" });
  const time = slowTime(() => appendFileSync(watched.folder.file("a.md"), "more"));
  const result = watched.scan({ settle_ms: AN_HOUR_MS }, { time });
  expect(result.observed).toMatchObject([{ relative_path: "b.md" }]);
  expect(result.unsettled).toMatchObject([
    { relative_path: "a.md", reason: "changing", known: null },
  ]);
});

test("a file that is deleted while it is waited for is gone where it was known", async () => {
  using watched = await watchedFolder({ "a.md": "hello", "b.md": "there" });
  watched.settle();
  watched.folder.write("a.md", "hello again");
  watched.folder.write("c.md", "new");
  const time = slowTime(() => {
    for (const name of ["a.md", "c.md"]) rmSync(watched.folder.file(name), { force: true });
  });
  const result = watched.scan({ settle_ms: AN_HOUR_MS, resettle_ms: AN_HOUR_MS }, { time });
  expect(result).toMatchObject({ observed: [], unsettled: [], unchanged: 1 });
  expect(result.gone).toEqual([`file_${watched.folder.file("a.md")}`]);
});

test("by hand a file is taken at once", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  watched.settle();
  watched.folder.write("a.md", "hello again");
  const time = slowTime();
  expect(watched.scan({ settle_ms: 0, resettle_ms: 0 }, { time }).observed).toHaveLength(1);
  expect(time.sleptMs).toBe(0);
});

test("by hand a file that changes between a look at it and its reading is unsettled", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  const now = (): number => {
    appendFileSync(watched.folder.file("a.md"), "more");
    return Date.now();
  };
  const result = watched.scan({}, { time: { now } });
  expect(result).toMatchObject({ observed: [], unsettled: [{ reason: "changing" }] });
});

test("a file that is empty because it was only just made is not skipped before it settled", async () => {
  using watched = await watchedFolder({ "a.md": "", "b.md": "" });
  const time = slowTime(() => writeFileSync(watched.folder.file("a.md"), "hello"));
  const result = watched.scan({ settle_ms: AN_HOUR_MS }, { time });
  expect(result.unsettled).toMatchObject([{ relative_path: "a.md" }]);
  expect(result.skipped).toMatchObject([{ relative_path: "b.md", reason: "empty" }]);
});

test("a file that is skipped for another reason than its content is not waited for", async () => {
  using watched = await watchedFolder({ "a.jpg": "hello" });
  const time = slowTime();
  expect(watched.scan({ settle_ms: AN_HOUR_MS }, { time }).skipped).toHaveLength(1);
  expect(time.sleptMs).toBe(0);
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

/** Does something on the disk right after a directory was listed. */
const when = (directory: string, act: () => void) => ({
  onRead: (read: string): void => {
    if (read === directory) act();
  },
});

test("a drive that is pulled out in the middle of a scan takes no file with it", async () => {
  using watched = await watchedFolder({ "drive/a.md": "1", "drive/in/b.md": "2" });
  const directories = [watched.directory("drive")];
  watched.settle({ directories });
  const root = watched.folder.file("drive");
  const pull = (): void => renameSync(root, watched.folder.file("away"));
  const result = watched.scan({ directories }, when(root, pull));
  expect(result).toMatchObject({ observed: [], gone: [], problems: [] });
  expect(result.roots).toMatchObject([{ online: false, problem: { code: "directory_missing" } }]);
});

test("a directory that is deleted in the middle of a scan is no problem, and its files are gone", async () => {
  using watched = await watchedFolder({ "a.md": "1", "in/b.md": "2", "in/deep/c.md": "3" });
  watched.settle();
  const remove = (): void => rmSync(watched.folder.file("in"), { recursive: true });
  const result = watched.scan({}, when(watched.folder.path, remove));
  expect(result).toMatchObject({ problems: [], unchanged: 1, roots: [{ online: true }] });
  expect(result.gone).toHaveLength(2);
});

test("what appears in the middle of a scan is not called gone", async () => {
  using watched = await watchedFolder({ "a.md": "1", "in/b.md": "2" });
  watched.settle();
  for (const name of ["a.md", "in"]) {
    const there = watched.folder.file(name);
    const away = watched.folder.file("away.tmp");
    renameSync(there, away);
    const comeBack = (): void => renameSync(away, there);
    expect(watched.scan({}, when(watched.folder.path, comeBack)).gone, name).toEqual([]);
  }
});

test("a done file that was changed under a clock that is set back since is taken after the short quiet time", async () => {
  using watched = await watchedFolder({ "a.md": "hello" });
  watched.settle();
  watched.folder.write("a.md", "hello again");
  let sleptMs = 0;
  const time: ScanTime = {
    now: () => Date.now() - 5 * 365 * 24 * AN_HOUR_MS + sleptMs,
    sleep: (ms) => void (sleptMs += ms),
  };
  const result = watched.scan({ settle_ms: 1_000, resettle_ms: AN_HOUR_MS }, { time });
  expect(result).toMatchObject({ observed: [{ relative_path: "a.md" }], unsettled: [] });
  expect(sleptMs).toBe(1_000);
});
