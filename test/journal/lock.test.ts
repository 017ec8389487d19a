import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { takeLock } from "../../daemon/journal/lock.ts";
import { testFolder } from "../helper/folder.ts";

test.each([
  ["zeroed", "\0".repeat(4096)],
  ["garbage", "garbage ".repeat(1_000)],
  ["cut short", "SQLite format 3\0\u0010"],
])("a lock that is %s is emptied and taken, and keeps others out", (_name, content) => {
  using folder = testFolder({ "daemon.lock": content });
  const file = folder.file("daemon.lock");
  let damaged = 0;
  const lock = takeLock(file, () => (damaged += 1));
  expect([lock === undefined, damaged, readFileSync(file, "utf8")]).toEqual([false, 1, ""]);
  expect(takeLock(file)).toBeUndefined();
  lock?.release();
  const again = takeLock(file, () => (damaged += 1));
  expect([again === undefined, damaged]).toEqual([false, 1]);
  again?.release();
});
