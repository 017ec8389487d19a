import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
} from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { testFolder } from "./folder.ts";

/** Where the home was while it was made; every path in its database begins so. */
export const ROOT_0006 = "/tmp/agent-runner-0006";

/** Of the ad-hoc agent, whose directory is `shopping`. */
export const INSTRUCTIONS_0006 = "Record what has to be bought.";

const FIXTURE = path.resolve(import.meta.dirname, "../fixture/home-0006");

/**
 * Puts the home of the first release below a directory, as a kill left it: with a write-ahead log that is not empty.
 * What depends on the place is brought to this one: paths, the ad-hoc agent's id, the stats of files and directories.
 * `config.yaml` takes `${FIXTURE}`, the directory, and `${MODEL_URL}`.
 */
export function placeHome0006(root: string): void {
  cpSync(path.join(FIXTURE, "documents"), root, { recursive: true });
  const home = path.join(root, "home");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  copyFileSync(path.join(FIXTURE, "home/config.yaml"), path.join(home, "config.yaml"));
  using work = testFolder();
  copyDatabase(path.join(FIXTURE, "home"), work.path);
  const database = new Database(work.file("agent-runner.db"));
  database.pragma("foreign_keys = OFF");
  database.pragma("wal_autocheckpoint = 0");
  const adHoc = database
    .prepare<[], { agent_id: string; recipe: string }>(
      "SELECT agent_id, recipe FROM agents WHERE ad_hoc = 1",
    )
    .get();
  const shopping = (place: string): string => adHocId(path.join(place, "shopping"), adHoc?.recipe);
  if (adHoc?.agent_id !== shopping(ROOT_0006)) throw new Error("The ad-hoc id is made otherwise.");
  replaceText(database, adHoc.agent_id, shopping(root));
  replaceText(database, ROOT_0006, root);
  fitStats(database);
  // Copied while it is open: closing it would empty the log.
  copyDatabase(work.path, home);
  database.close();
}

/** The formula of the first release, kept apart from the program's: it must not follow a change there. */
function adHocId(directory: string, recipe: string | undefined): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([[directory], recipe]))
    .digest("hex");
  return `adhoc-${hash.slice(0, 12)}`;
}

function replaceText(database: Database.Database, from: string, to: string): void {
  for (const { table, column } of listTextColumns(database)) {
    database
      .prepare(
        `UPDATE ${table} SET "${column}" = replace("${column}", ?, ?) WHERE instr("${column}", ?)`,
      )
      .run(from, to, from);
  }
}

function listTextColumns(database: Database.Database): { table: string; column: string }[] {
  return database
    .prepare<[], { table: string; column: string }>(
      `SELECT sqlite_master.name AS "table", columns.name AS "column"
        FROM sqlite_master, pragma_table_info(sqlite_master.name) AS columns
        WHERE sqlite_master.type = 'table' AND sqlite_master.name NOT LIKE 'search%' AND columns.type = 'TEXT'`,
    )
    .all();
}

function fitStats(database: Database.Database): void {
  const files = database.prepare<[], { path: string }>(
    "SELECT path FROM files WHERE state <> 'gone'",
  );
  for (const file of files.all()) {
    const { size, mtimeMs, ctimeMs, ino } = lstatSync(file.path);
    database
      .prepare("UPDATE files SET size = ?, mtime_ms = ?, ctime_ms = ?, inode = ? WHERE path = ?")
      .run(size, mtimeMs, ctimeMs, ino, file.path);
  }
  const directories = database.prepare<[], { path: string }>("SELECT path FROM directories");
  for (const directory of directories.all()) {
    const { dev, ino } = statSync(directory.path);
    database
      .prepare("UPDATE directories SET device = ?, inode = ? WHERE path = ?")
      .run(dev, ino, directory.path);
  }
}

/** Copies a database with its write-ahead log, where it has one; what is open elsewhere may be copied too. */
function copyDatabase(from: string, to: string): void {
  for (const name of readdirSync(from).filter((file) =>
    /^agent-runner\.db(?:-wal)?$/u.test(file),
  )) {
    copyFileSync(path.join(from, name), path.join(to, name));
    chmodSync(path.join(to, name), 0o600);
  }
}

/** Every row of every table as its JSON, by table; without the index for searching, which has no rows of its own. */
export type Rows = Record<string, Record<string, unknown>[]>;

/** Reads a database from a copy of it, so that it stays as it is to the byte. */
export function readRows(file: string): Rows {
  using work = testFolder();
  const name = path.basename(file);
  for (const ending of ["", "-wal"]) {
    try {
      copyFileSync(`${file}${ending}`, work.file(`${name}${ending}`));
    } catch (error) {
      if (ending === "") throw error;
    }
  }
  const database = new Database(work.file(name));
  const tables = database
    .prepare<[], string>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search%' AND name NOT LIKE 'sqlite%'",
    )
    .pluck()
    .all();
  const rows = Object.fromEntries(
    tables.map((table) => [
      table,
      database.prepare<[], Record<string, unknown>>(`SELECT * FROM ${table}`).all(),
    ]),
  );
  database.close();
  return rows;
}
