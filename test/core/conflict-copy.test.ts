import { expect, test } from "vitest";
import { originalOf } from "../../daemon/core/conflict-copy.ts";

test.each([
  ["weekly.sync-conflict-20261130-101500-ABCDEFG.md", "weekly.md"],
  ["weekly.sync-conflict-20261130-101500.md", "weekly.md"],
  ["notes.tar.sync-conflict-20261130-101500-ABCDEF2.gz", "notes.tar.gz"],
  ["README.sync-conflict-20261130-101500-ABCDEFG", "README"],
  ["weekly (Ada's conflicted copy 2026-11-30).md", "weekly.md"],
  ["weekly (Ada's conflicted copy).md", "weekly.md"],
  ["weekly (conflicted copy 2026-11-30).md", "weekly.md"],
  ["weekly (conflicted copy 2026-11-30 101500).md", "weekly.md"],
  ["weekly (conflicted copy ada 2026-11-30 101500).md", "weekly.md"],
  ["weekly (Conflicted copy Laptop 202611301015).md", "weekly.md"],
  ["weekly (Ada's conflicted copy 2026-11-30) (1).md", "weekly.md"],
  ["weekly (Ada's conflicted copy 2026-11-30)", "weekly"],
  ["weekly_conflict-20261130-101500.md", "weekly.md"],
  ["weekly (SFConflict ada@example.org 2026-11-30-10-15-00).md", "weekly.md"],
])("%s is a conflict copy of %s", (name, original) => {
  expect(originalOf(name)).toBe(original);
});

test.each([
  "weekly.md",
  "weekly (1).md",
  "weekly (copy).md",
  "weekly-DESKTOP.md",
  "weekly 2.md",
  "How to avoid a conflicted copy.md",
  "(conflicted copy).md",
  "weekly.sync-conflict-notes.md",
  ".sync-conflict-20261130-101500-ABCDEFG.md",
])("%s is no conflict copy", (name) => {
  expect(originalOf(name)).toBeUndefined();
});
