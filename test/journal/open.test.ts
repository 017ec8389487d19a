import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { openJournal, openToRead } from "../../daemon/journal/open.ts";
import { takeLock } from "../../daemon/journal/lock.ts";
import { testFolder } from "../helper/folder.ts";

test("a new journal is private, durable and at the newest schema", async () => {
  using folder = testFolder();
  const file = folder.file("deep/agent-runner.db");
  const journal = await openJournal(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
  journal.close();
  const raw = new Database(file, { readonly: true });
  expect(raw.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(raw.pragma("integrity_check", { simple: true })).toBe("ok");
  raw.close();
});

test("the schema after all migrations is the one that is written down", async () => {
  using folder = testFolder();
  const file = folder.file("agent-runner.db");
  (await openJournal(file)).close();
  const raw = new Database(file, { readonly: true });
  const statements = raw
    .prepare<[], { sql: string }>(
      "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY type DESC, name",
    )
    .all();
  raw.close();
  const schema = `${statements.map(({ sql }) => `${sql};`).join("\n\n")}\n`;
  await expect(schema).toMatchFileSnapshot("../fixture/schema.sql");
});

test("every table is as its type says: the same columns, and null where it may be", async () => {
  using folder = testFolder();
  const journal = await openJournal(folder.file("agent-runner.db"));
  const tables = (await journal.build.introspection.getTables()).map(({ name }) => ({
    name,
    // With the columns that are computed.
    columns: journal.all(
      sql<{
        name: string;
        notnull: 0 | 1;
      }>`SELECT name, "notnull" FROM pragma_table_xinfo(${name})`,
    ),
  }));
  journal.close();
  const source = readFileSync(new URL("../../daemon/journal/tables.ts", import.meta.url), "utf8");
  // The index for searching is SQLite's own, and asked by hand.
  for (const table of tables.filter(({ name }) => !/^(kysely|search_)/u.test(name))) {
    const title = `${table.name[0]?.toUpperCase()}${table.name.slice(1)}Table`;
    const [, extended, body = ""] =
      new RegExp(`interface ${title}( extends EntityColumns)? \\{([^}]*)\\}`, "u").exec(source) ??
      [];
    const [, shared = ""] = /interface EntityColumns \{([^}]*)\}/u.exec(source) ?? [];
    const typed = [...(body + (extended ? shared : "")).matchAll(/^\s+(\w+): (.*);$/gmu)].map(
      ([, name, type = ""]) => ({ name, nullable: type.includes("null") }),
    );
    const real = table.columns.map(({ name, notnull }) => ({
      name,
      // A primary key says nothing of null, and has none.
      nullable: notnull === 0 && name !== "seq" && name !== "event_id",
    }));
    const byName = (left: { name?: string | undefined }, right: { name?: string | undefined }) =>
      String(left.name).localeCompare(String(right.name));
    const keys = ["agent_id", "attempt_id", "name"];
    const relax = (column: { name?: string | undefined; nullable: boolean }) =>
      keys.includes(String(column.name)) ? { ...column, nullable: false } : column;
    expect(typed.map(relax).toSorted(byName), table.name).toEqual(real.map(relax).toSorted(byName));
  }
});

test("a journal that a newer program made is refused and left as it is", async () => {
  using folder = testFolder();
  const file = folder.file("agent-runner.db");
  (await openJournal(file)).close();
  const raw = new Database(file);
  raw.prepare("INSERT INTO kysely_migration VALUES ('9999-future', '2030-01-01')").run();
  raw.pragma("wal_checkpoint(TRUNCATE)");
  raw.close();
  const before = readFileSync(file);
  await expect(openJournal(file)).rejects.toMatchObject({
    code: "journal_newer",
    message: expect.stringContaining("9999-future"),
  });
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("a file that is no database is refused and left as it is", async () => {
  using folder = testFolder();
  const file = folder.file("agent-runner.db");
  writeFileSync(file, "This is not a database, but a note that somebody put here.".repeat(20));
  const before = readFileSync(file);
  await expect(openJournal(file)).rejects.toMatchObject({ code: "journal_damaged" });
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("a sound journal that the disk does not let be opened is not called damaged", async () => {
  using folder = testFolder();
  const file = folder.file("agent-runner.db");
  (await openJournal(file)).close();
  // SQLite needs a file of this name, and cannot make it: as on a full disk, or in a directory of another user.
  mkdirSync(`${file}-wal`);
  const refused = { code: "journal_unwritable", message: expect.stringContaining(file) };
  await expect(openJournal(file)).rejects.toMatchObject(refused);
  await expect(openToRead(file)).rejects.toMatchObject(refused);
  rmdirSync(`${file}-wal`);
  (await openJournal(file)).close();
});

test("a transaction whose work throws leaves nothing behind, and one inside it joins it", async () => {
  using folder = testFolder();
  const journal = await openJournal(folder.file("agent-runner.db"));
  const write = (name: string): void => {
    journal.run(journal.build.insertInto("settings").values({ name, value: "1" }));
  };
  expect(() =>
    journal.transaction(() => {
      write("outer");
      journal.transaction(() => write("inner"));
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(journal.all(journal.build.selectFrom("settings").selectAll())).toEqual([]);
  journal.close();
});

test("a home has one holder at a time, and is free again once it is released", () => {
  using folder = testFolder();
  const file = folder.file("daemon.lock");
  const first = takeLock(file);
  expect(first).toBeDefined();
  expect(takeLock(file)).toBeUndefined();
  first?.release();
  const second = takeLock(file);
  expect(second).toBeDefined();
  second?.release();
  expect(existsSync(file)).toBe(true);
});
