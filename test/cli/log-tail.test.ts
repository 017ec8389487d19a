import { appendFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openLogTail } from "../../daemon/cli/log-tail.ts";
import { openLogFile } from "../../daemon/core/log-file.ts";
import { testFolder } from "../helper/folder.ts";

test("nothing is there yet, then what was written since, whole lines alone", () => {
  using folder = testFolder();
  const file = folder.file("a.log");
  using tail = openLogTail(file);
  expect([...tail.lines()]).toEqual([]);
  appendFileSync(file, "one\ntw");
  expect([...tail.lines()]).toEqual(["one"]);
  appendFileSync(file, "o\nthree ü\n");
  expect([...tail.lines()]).toEqual(["two", "three ü"]);
  expect([...tail.lines()]).toEqual([]);
});

test("files that moved aside are read first, the oldest before the newer", () => {
  using folder = testFolder({ "a.log": "5\n", "a.log.1": "3\n4\n", "a.log.2": "1\n2\n" });
  using tail = openLogTail(folder.file("a.log"));
  expect([...tail.lines()]).toEqual(["1", "2", "3", "4", "5"]);
});

test.each([1, 3, 7, 15])(
  "of lines that are read every %i lines, across moves of the file, none is missed or doubled",
  (every) => {
    using folder = testFolder();
    const file = folder.file("a.log");
    using log = openLogFile(file, { bytes: 40, files: 5 });
    using tail = openLogTail(file);
    const seen: string[] = [];
    for (let at = 1; at <= 200; at += 1) {
      log.append(`line ${at}\n`);
      if (at % every === 0) seen.push(...tail.lines());
    }
    seen.push(...tail.lines());
    const first = Number(seen[0]?.slice(5));
    expect(first).toBeLessThanOrEqual(every);
    expect(seen).toEqual(Array.from({ length: 200 }, (_, at) => `line ${at + 1}`).slice(first - 1));
  },
);

test("a reader that was stopped for long goes on with the oldest that is left", () => {
  using folder = testFolder();
  const file = folder.file("a.log");
  using log = openLogFile(file, { bytes: 40, files: 5 });
  using tail = openLogTail(file);
  log.append("line 1\n");
  expect([...tail.lines()]).toEqual(["line 1"]);
  for (let at = 2; at <= 100; at += 1) log.append(`line ${at}\n`);
  const rest = [...tail.lines()];
  // What is left of the file that it has open comes first: that one is gone by name alone.
  expect(rest.slice(0, 4)).toEqual(["line 2", "line 3", "line 4", "line 5"]);
  const after = rest.slice(4).map((line) => Number(line.slice(5)));
  expect(after).toEqual(after.map((_, at) => 100 - after.length + 1 + at));
});

test("a line that a process died over is shown as far as it was written", () => {
  using folder = testFolder({ "a.log.1": "one\nbro", "a.log": "two\n" });
  using tail = openLogTail(folder.file("a.log"));
  expect([...tail.lines()]).toEqual(["one", "bro", "two"]);
});
