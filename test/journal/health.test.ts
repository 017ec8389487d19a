import { spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { systemErrorCode } from "../../daemon/core/errors.ts";
import { appendEvent } from "../../daemon/journal/events.ts";
import { startHealthWatch } from "../../daemon/journal/health-watch.ts";
import type { Journal } from "../../daemon/journal/open.ts";
import { readSetting, writeSetting } from "../../daemon/journal/settings.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { NOW, openTestJournal } from "../helper/test-journal.ts";

function write(journal: Journal): void {
  writeSetting(journal, "test", NOW);
}

const damaged = expect.objectContaining({ code: "journal_damaged" });

test.each<[string, (file: string) => void]>([
  ["deleted", (file) => rmSync(file)],
  ["moved away", (file) => renameSync(file, `${file}.away`)],
  [
    "replaced",
    (file) => {
      writeFileSync(`${file}.other`, "");
      renameSync(`${file}.other`, file);
    },
  ],
  ["left without its log", (file) => rmSync(`${file}-wal`)],
])("a journal whose file was %s takes no write, and says how to go on", async (_, lose) => {
  using opened = await openTestJournal();
  const { journal } = opened;
  write(journal);
  lose(journal.path);
  expect(() => write(journal)).toThrow(damaged);
  expect(() => journal.transaction(() => write(journal))).toThrow(damaged);
  const { code, is_lost, error } = journal.fault() ?? {};
  expect({ code, is_lost }).toEqual({ code: "journal_damaged", is_lost: true });
  expect(error?.hint).toContain("agent-runner backup");
  // What is still open can be saved.
  journal.rescue(`${journal.path}.saved`);
  const saved = new Database(`${journal.path}.saved`, { readonly: true });
  expect(saved.prepare("SELECT value FROM settings WHERE name = 'test'").pluck().get()).toBe(
    JSON.stringify(NOW),
  );
  saved.close();
});

test("a journal that was moved away and back takes writes again", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  renameSync(journal.path, `${journal.path}.away`);
  expect(() => write(journal)).toThrow(damaged);
  renameSync(`${journal.path}.away`, journal.path);
  write(journal);
  expect(journal.fault()).toBeUndefined();
});

test("a full disk is a problem until a write succeeds, which is tried again and again", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  const seen: (string | undefined)[] = [];
  await using _watch = startHealthWatch({ journal, clock }, () => seen.push(journal.fault()?.code));
  journal.get(sql`PRAGMA max_page_count = 1`);
  const large = { type: "config.invalid", message: "x".repeat(1_000_000) } as const;
  expect(() => appendEvent(journal, large, NOW)).toThrow(/disk of the journal is full/u);
  await clock.advance(5_000);
  journal.get(sql`PRAGMA max_page_count = 1000000`);
  await clock.advance(5_000);
  await clock.advance(5_000);
  expect(journal.fault()).toBeUndefined();
  expect(seen.at(-1)).toBeUndefined();
});

test.runIf(process.platform === "linux")(
  "a lock of another program is named, and waited for less than a tenth of a second",
  async () => {
    using opened = await openTestJournal();
    const { journal } = opened;
    expect(journal.get(sql<{ timeout: number }>`PRAGMA busy_timeout`)?.timeout).toBeLessThan(100);
    const lock = `
      const database = new (require("better-sqlite3"))(${JSON.stringify(journal.path)});
      database.exec("BEGIN IMMEDIATE");
      process.stdout.write("locked");
      process.stdin.on("end", () => process.exit()).resume();`;
    const child = spawn(process.execPath, ["-e", lock], { stdio: ["pipe", "pipe", "inherit"] });
    const gone = once(child, "exit");
    await once(child.stdout, "data");
    expect(() => write(journal)).toThrow(`is locked by node (process ${child.pid}).`);
    expect(journal.fault()).toMatchObject({
      code: "journal_unwritable",
      error: { hint: expect.stringContaining("Close that program") },
    });
    child.stdin.end();
    await gone;
    write(journal);
    expect(journal.fault()).toBeUndefined();
  },
);

test("the log shrinks once a reader that made it large is gone", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  await using _watch = startHealthWatch({ journal, clock }, () => {});
  const reader = new Database(journal.path, { readonly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM settings").get();
  const large = { type: "config.invalid", message: "x".repeat(1_000_000) } as const;
  for (let count = 0; count < 20; count += 1) appendEvent(journal, large, NOW);
  await clock.advance(5_000);
  const size = (): number => statSync(`${journal.path}-wal`).size;
  expect(size()).toBeGreaterThan(16_000_000);
  reader.close();
  await clock.advance(5_000);
  expect(size()).toBe(0);
  expect(readSetting(journal, "test")).toBeUndefined();
});

test("a log that a reader kept from being emptied, after texts were removed, is emptied once it is gone", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  const clock = fakeClock(NOW);
  await using _watch = startHealthWatch({ journal, clock }, () => {});
  write(journal);
  const reader = new Database(journal.path, { readonly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM settings").get();
  expect(journal.emptyLog()).toBe(false);
  await clock.advance(5_000);
  const size = (): number => statSync(`${journal.path}-wal`).size;
  expect(size()).toBeGreaterThan(0);
  reader.close();
  await clock.advance(5_000);
  expect(size()).toBe(0);
});

test("an error of a query is no fault of the journal", async () => {
  using opened = await openTestJournal();
  const { journal } = opened;
  let code: string | undefined;
  try {
    journal.get(sql`SELECT * FROM no_such_table`);
  } catch (error) {
    code = systemErrorCode(error);
  }
  expect(code).toBe("SQLITE_ERROR");
  expect(journal.fault()).toBeUndefined();
});
