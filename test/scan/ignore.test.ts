import { expect, test } from "vitest";
import { ignoredName } from "../../daemon/scan/ignore.ts";

test.each([
  [".hidden.md", "hidden"],
  [".~lock.report.odt#", "lock"],
  ["~$report.docx", "lock"],
  ["notes.md~", "temporary"],
  ["#notes.md#", "temporary"],
  ["notes.md.swp", "temporary"],
  ["notes.tmp", "temporary"],
  ["NOTES.TMP", "temporary"],
  ["old.md.bak", "temporary"],
  ["report.pdf.part", "temporary"],
  ["report.pdf.crdownload", "temporary"],
  ["report.pdf.!qB", "temporary"],
  ["two\nlines.tmp", "temporary"],
  [".DS_Store", "metadata"],
  ["._report.docx", "metadata"],
  ["Thumbs.db", "metadata"],
  ["desktop.ini", "metadata"],
])("a file named %j is never a document: %s", (name, reason) => {
  expect(ignoredName(name, false)).toBe(reason);
});

test.each([
  [".git", "version_control"],
  [".obsidian", "hidden"],
  ["node_modules", "dependencies"],
  ["__pycache__", "dependencies"],
  [".stversions", "metadata"],
  ["@eaDir", "metadata"],
  ["report.pdf.download", "temporary"],
])("a directory named %j is not entered: %s", (name, reason) => {
  expect(ignoredName(name, true)).toBe(reason);
});

test.each([
  "notes.md",
  "a.b.md",
  "tmp",
  "template.md",
  "part",
  "#1 plan.md",
  "~home.md",
  "node_modules",
  "bak.md",
])("a file named %j may be a document", (name) => {
  expect(ignoredName(name, false)).toBeUndefined();
});

test.each(["target", "build", "tmp", "old.bak", "CVs", "vendor", "Thumbs.db"])(
  "a directory named %j is entered",
  (name) => {
    expect(ignoredName(name, true)).toBeUndefined();
  },
);
