import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { testFolder } from "../helper/folder.ts";
import { type Figure, timeOf } from "./figure.ts";
import { createRecord, findPreviousRecord, formatDifference, writeRecord } from "./record.ts";

const time = (ours: number, anchor: Figure["anchor"] = null): Figure => ({
  what: "reading a file",
  ours,
  unit: "ms",
  anchor,
  goal: null,
});

test("a measurement is kept with its unit, its machine and its Node", async () => {
  using folder = testFolder();
  const ours = await timeOf(() => readFileSync(import.meta.filename));
  const file = writeRecord(folder.file("record"), createRecord("0.2.0", [time(ours)]));
  expect(file).toBe(folder.file("record/0.2.0.json"));
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    version: "0.2.0",
    recorded_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
    node: process.versions.node,
    machine: {
      system: expect.any(String),
      processor: expect.any(String),
      cores: expect.any(Number),
      memory_mb: expect.any(Number),
    },
    figures: [time(ours)],
  });
});

test("a record is compared with the newest version before it, by number", () => {
  using folder = testFolder();
  expect(findPreviousRecord(folder.path, "0.2.0")).toBeUndefined();
  for (const version of ["0.2.0", "0.9.0", "0.10.0", "0.11.0"]) {
    writeRecord(folder.path, createRecord(version, []));
  }
  expect(findPreviousRecord(folder.path, "0.11.0")?.version).toBe("0.10.0");
  expect(findPreviousRecord(folder.path, "0.2.0")).toBeUndefined();
});

test("the difference has each figure with its ratio, and what only one version measured", () => {
  const anchor = { what: "of cat", value: 10 };
  const previous = createRecord("0.1.0", [time(20, anchor), { ...time(5), what: "gone" }]);
  const current = createRecord("0.2.0", [time(15, anchor), { ...time(7), what: "new" }]);
  expect(formatDifference(previous, current)).toBe(
    `
| what           | 0.1.0         | 0.2.0         | change |
| -------------- | ------------- | ------------- | ------ |
| reading a file | 20 ms (2.00x) | 15 ms (1.50x) | -25%   |
| gone           | 5.0 ms        | -             |        |
| new            | -             | 7.0 ms        |        |`.trim(),
  );
});

test("figures of another machine are marked as such", () => {
  const current = createRecord("0.2.0", [time(15)]);
  const other = { ...current, version: "0.1.0", node: "24.12.0" };
  expect(formatDifference(other, current)).toMatch(
    /^0\.1\.0 ran on .*Node 24\.12\.0,\n0\.2\.0 on /u,
  );
});
