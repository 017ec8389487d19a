import { globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { Migrator } from "kysely/migration";
import { expect, test } from "vitest";
import { MIGRATIONS } from "../../daemon/journal/migrate.ts";
import { openJournal } from "../../daemon/journal/open.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";

/** A journal of schema 0006 with one setting in it; gives its path. */
async function oldJournal(folder: TestFolder): Promise<string> {
  const file = folder.file("agent-runner.db");
  const database = new Database(file);
  const db = new Kysely<never>({ dialect: new SqliteDialect({ database }) });
  const provider = { getMigrations: async () => MIGRATIONS };
  const { error } = await new Migrator({ db, provider }).migrateTo("0006-activity");
  expect(error).toBeUndefined();
  database.exec(`INSERT INTO settings VALUES ('kept', '"as it was"')`);
  database.close();
  return file;
}

function look(file: string): { schema: unknown; kept: unknown; sound: unknown } {
  const database = new Database(file, { readonly: true });
  const read = (query: string): unknown => database.prepare(query).pluck().get();
  const found = {
    schema: read("SELECT max(name) FROM kysely_migration"),
    kept: read("SELECT value FROM settings WHERE name = 'kept'"),
    sound: read("PRAGMA integrity_check"),
  };
  database.close();
  return found;
}

const AS_IT_WAS = { schema: "0006-activity", kept: '"as it was"', sound: "ok" };

/** A migration more, for as long as it is not disposed. */
function addMigration(work: () => void): Disposable {
  MIGRATIONS["9999-test"] = { up: async () => work() };
  return { [Symbol.dispose]: () => void delete MIGRATIONS["9999-test"] };
}

const backupsOf = (folder: TestFolder): string[] => globSync("*", { cwd: folder.file("backups") });

test("an older journal is backed up once, before it is upgraded; the copy is private, whole and named", async () => {
  using folder = testFolder();
  const file = await oldJournal(folder);
  const journal = await openJournal(file);
  const { from, to, backup = "" } = journal.upgraded ?? {};
  journal.close();
  expect([from, to]).toEqual(["0006", Object.keys(MIGRATIONS).at(-1)?.slice(0, 4)]);
  expect(look(backup)).toEqual(AS_IT_WAS);
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  expect(look(file).schema).toBe(Object.keys(MIGRATIONS).at(-1));
  const again = await openJournal(file);
  expect(again.upgraded).toBeUndefined();
  again.close();
  expect(backupsOf(folder)).toHaveLength(1);
});

test("a new journal has nothing to be backed up", async () => {
  using folder = testFolder();
  const journal = await openJournal(folder.file("agent-runner.db"));
  expect(journal.upgraded).toBeUndefined();
  journal.close();
  expect(backupsOf(folder)).toEqual([]);
});

test("a journal of this version is backed up before the next migration", async () => {
  using folder = testFolder();
  const file = folder.file("agent-runner.db");
  (await openJournal(file)).close();
  using _more = addMigration(() => {});
  const journal = await openJournal(file);
  expect(journal.upgraded).toMatchObject({ to: "9999" });
  journal.close();
  expect(backupsOf(folder)).toHaveLength(1);
});

test("a migration that fails leaves the journal as it was, and no backup of it", async () => {
  using folder = testFolder();
  const file = await oldJournal(folder);
  using _more = addMigration(() => {
    throw new Error("no");
  });
  await expect(openJournal(file)).rejects.toMatchObject({ code: "journal_damaged" });
  expect(look(file)).toEqual(AS_IT_WAS);
  expect(backupsOf(folder)).toEqual([]);
});

test("a migration that fails on a full disk is not reported as a damaged journal", async () => {
  using folder = testFolder();
  const file = await oldJournal(folder);
  using _more = addMigration(() => {
    throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
  });
  await expect(openJournal(file)).rejects.toMatchObject({
    code: "journal_unwritable",
    message: "The journal could not be upgraded to this version (SQLITE_FULL).",
  });
  expect(look(file)).toEqual(AS_IT_WAS);
});

test("a journal that cannot be backed up is not upgraded", async () => {
  using folder = testFolder();
  const file = await oldJournal(folder);
  const before = readFileSync(file);
  writeFileSync(folder.file("backups"), "A file in the place of the directory.");
  await expect(openJournal(file)).rejects.toMatchObject({
    code: "backup_failed",
    message: expect.stringMatching(/^The journal of schema 0006 was not upgraded, because/u),
    hint: expect.stringContaining("The journal is as it was."),
  });
  expect(look(file)).toEqual(AS_IT_WAS);
  expect(before.length).toBe(readFileSync(file).length);
});
