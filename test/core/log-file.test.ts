import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { logFileNames, openLogFile } from "../../daemon/core/log-file.ts";
import { testFolder } from "../helper/folder.ts";

const LIMITS = { bytes: 100, files: 3 };

test("a file that is full moves aside, the oldest goes, and none can be read by others", () => {
  using folder = testFolder();
  const file = folder.file("logs/a.log");
  using log = openLogFile(file, LIMITS);
  // Four lines of 25 bytes fill a file.
  for (let at = 0; at < 22; at += 1) log.append(`${String(at).padStart(24)}\n`);
  const names = logFileNames(file, LIMITS);
  const contents = names.map((name) => readFileSync(name, "utf8").trim().split(/\s+/u));
  expect(contents).toEqual([
    ["20", "21"],
    ["16", "17", "18", "19"],
    ["12", "13", "14", "15"],
  ]);
  expect(existsSync(`${file}.3`)).toBe(false);
  expect(names.map((name) => statSync(name).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
});

test("what an earlier process wrote counts, and a line that is too long stands alone", () => {
  using folder = testFolder({ "a.log": "x".repeat(90) });
  const file = folder.file("a.log");
  using log = openLogFile(file, LIMITS);
  log.append(`${"y".repeat(300)}\n`);
  log.append("z\n");
  const sizes = logFileNames(file, LIMITS).map((name) => statSync(name).size);
  expect(sizes).toEqual([2, 301, 90]);
});

test("where nothing can be written, lines are lost until it can be", () => {
  using folder = testFolder({ logs: "no directory" });
  const file = folder.file("logs/a.log");
  using log = openLogFile(file, LIMITS);
  expect(() => log.append("lost\n")).not.toThrow();
  rmSync(folder.file("logs"));
  log.append("kept\n");
  expect(readFileSync(file, "utf8")).toBe("kept\n");
});

test("a file that cannot move aside grows on", () => {
  using folder = testFolder({ "a.log.1/b": "a directory that is not empty" });
  const file = folder.file("a.log");
  writeFileSync(file, "x".repeat(95));
  using log = openLogFile(file, { bytes: 100, files: 2 });
  log.append("1234567\n");
  expect(statSync(file).size).toBe(103);
});
