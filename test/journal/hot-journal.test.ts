import { copyFileSync, mkdirSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openJournal, openToRead } from "../../daemon/journal/open.ts";
import { readSetting, writeSetting } from "../../daemon/journal/settings.ts";
import { testFolder } from "../helper/folder.ts";

test("a journal whose process died in a change before it had its log opens, without the change", async () => {
  using folder = testFolder({});
  const file = folder.file("agent-runner.db");
  const first = await openJournal(file);
  writeSetting(first, "kept", 1);
  first.close();
  mkdirSync(folder.file("dead"));
  const dead = folder.file("dead/agent-runner.db");
  {
    // As a first start is until it switches to the log. Copied in the middle of a change, as a kill leaves it.
    const database = new Database(file);
    database.pragma("journal_mode = DELETE");
    database.pragma("synchronous = OFF");
    database.pragma("cache_size = 1");
    database.exec("BEGIN; UPDATE settings SET value = '2'; CREATE TABLE rest (text TEXT)");
    const insert = database.prepare("INSERT INTO rest VALUES (?)");
    for (let row = 0; row < 500; row += 1) insert.run("x".repeat(1_000));
    copyFileSync(file, dead);
    copyFileSync(`${file}-journal`, `${dead}-journal`);
    database.close();
  }
  await expect(openToRead(dead)).rejects.toMatchObject({
    code: "journal_unwritable",
    message: expect.stringContaining("unfinished change"),
  });
  const journal = await openJournal(dead);
  expect(readSetting(journal, "kept")).toBe(1);
  journal.close();
});
