import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { expect, test } from "vitest";
import { openKnownFiles } from "../../daemon/journal/known-file-reader.ts";
import { up } from "../../migrations/0001-journal.ts";
import { testFolder } from "../helper/folder.ts";

/** A journal in which agents know files of the given paths and states. */
async function journalOf(
  file: string,
  files: readonly (readonly [agent: string, path: string, state?: string])[],
): Promise<Database.Database> {
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  await up(new Kysely<never>({ dialect: new SqliteDialect({ database }) }));
  for (const agent of new Set(files.map(([id]) => id))) {
    database.prepare("INSERT INTO agents VALUES (?, '{}', 'recipe', 0, '', '')").run(agent);
  }
  const insert = database.prepare(
    `INSERT INTO files (file_id, agent_id, path, parent, root, state, mtime_ms, hash)
     VALUES (?, ?, ?, ?, '/', ?, 1.25, 'abc')`,
  );
  for (const [agent, path, state = "done"] of files) {
    const parent = path.slice(0, path.lastIndexOf("/")) || "/";
    insert.run(`${agent}:${path}`, agent, path, parent, state);
  }
  return database;
}

test("a directory gives the files known directly in it, of one agent, gone ones too", async () => {
  using folder = testFolder();
  const file = folder.file("journal.db");
  const database = await journalOf(file, [
    ["a", "/w/1.md"],
    ["a", "/w/2.md", "gone"],
    ["a", "/w/in/3.md"],
    ["b", "/w/4.md"],
  ]);
  using known = openKnownFiles(file);
  const rows = known.inDirectory("a", "/w").toSorted((a, b) => a.path.localeCompare(b.path));
  expect(rows).toMatchObject([
    {
      file_id: "a:/w/1.md",
      path: "/w/1.md",
      state: "done",
      reason: null,
      size: null,
      mtime_ms: 1.25,
      ctime_ms: null,
      inode: null,
      read_at_ms: null,
      hash: "abc",
      processed_at: null,
    },
    { path: "/w/2.md", state: "gone" },
  ]);
  database.close();
});

test("the directories under a root are those that hold a file which is not gone, and no others", async () => {
  using folder = testFolder();
  const file = folder.file("journal.db");
  const database = await journalOf(file, [
    ["a", "/w/1.md"],
    ["a", "/w/in/deep/1.md"],
    ["a", "/w/in/deep/2.md"],
    ["a", "/w/old/1.md", "gone"],
    ["a", "/w/mixed/1.md", "gone"],
    ["a", "/w/mixed/2.md", "skipped"],
    ["a", "/w/\u{1F600}/1.md"],
    ["a", "/w-other/1.md"],
    ["a", "/w.other/1.md"],
    ["a", "/wz/1.md"],
    ["b", "/w/b/1.md"],
  ]);
  using known = openKnownFiles(file);
  expect(known.directories("a", "/w").toSorted()).toEqual([
    "/w",
    "/w/in/deep",
    "/w/mixed",
    "/w/\u{1F600}",
  ]);
  expect(known.directories("a", "/w/in")).toEqual(["/w/in/deep"]);
  expect(known.directories("b", "/")).toEqual(["/w/b"]);
  expect(known.directories("a", "/none")).toEqual([]);
  database.close();
});

test("what is committed while it is open is seen at the next question", async () => {
  using folder = testFolder();
  const file = folder.file("journal.db");
  const database = await journalOf(file, [["a", "/w/1.md"]]);
  using known = openKnownFiles(file);
  expect(known.inDirectory("a", "/w")[0]?.state).toBe("done");
  database.exec("UPDATE files SET state = 'pending'");
  expect(known.inDirectory("a", "/w")[0]?.state).toBe("pending");
  database.close();
});
