import { dirname } from "node:path/posix";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listDirectories } from "../../daemon/journal/directory-views.ts";
import { listFiles } from "../../daemon/journal/file-views.ts";
import { saveFile } from "../../daemon/journal/files.ts";
import type { FileState } from "../../daemon/protocol/file.ts";
import { addJob, openTestJournal, type TestJournal } from "../helper/test-journal.ts";

let opened: TestJournal;
beforeEach(async () => {
  opened = await openTestJournal();
  const { job_id } = addJob(opened.journal, { paths: [] });
  const add = (file: string, state: FileState): void => {
    saveFile(opened.journal, {
      job_id,
      agent_id: "inbox",
      path: file,
      parent: dirname(file),
      root: "/in",
      hash: file,
      stats: { size: 10, mtime_ms: 1, ctime_ms: 1, inode: 1 },
      read_at_ms: 10_000,
      state,
      reason: null,
      next_attempt_at: null,
      processed_at: null,
      error: null,
    });
  };
  add("/in/b/one.md", "done");
  add("/in/b/two.md", "failed");
  add("/in/a/Three.md", "pending");
  add("/in/four.md", "skipped");
  add("/in/left/gone.md", "gone");
});
afterEach(() => opened[Symbol.dispose]());

test("directories are listed by path with the files directly in them, and none for deleted files", () => {
  const { items, next_cursor } = listDirectories(opened.journal, { limit: 50 });
  const none = { pending: 0, working: 0, done: 0, failed: 0, skipped: 0 };
  expect(items.map(({ path, files }) => [path, files])).toEqual([
    ["/in", { ...none, skipped: 1 }],
    ["/in/a", { ...none, pending: 1 }],
    ["/in/b", { ...none, done: 1, failed: 1 }],
  ]);
  expect(next_cursor).toBeNull();
});

test("pages of directories follow each other without a gap, and another list's cursor is refused", () => {
  const { journal } = opened;
  const first = listDirectories(journal, { limit: 2 });
  const cursor = first.next_cursor ?? "";
  const second = listDirectories(journal, { limit: 2, cursor });
  expect([...first.items, ...second.items].map(({ path }) => path)).toEqual([
    "/in",
    "/in/a",
    "/in/b",
  ]);
  expect(second.next_cursor).toBeNull();
  const files = listFiles(journal, { limit: 1 });
  expect(() => listDirectories(journal, { limit: 2, cursor: files.next_cursor ?? "" })).toThrow(
    /cursor/u,
  );
  expect(listDirectories(journal, { limit: 2, agent_id: "other" }).items).toEqual([]);
});

test("files are found by any part of their path, whatever its capitals, and nothing in it is a pattern", () => {
  const find = (contains: string): string[] =>
    listFiles(opened.journal, { limit: 50, contains }).items.map(({ path }) => path);
  expect(find("THREE")).toEqual(["/in/a/Three.md"]);
  expect(find("/b/")).toEqual(["/in/b/one.md", "/in/b/two.md"]);
  expect(find("%")).toEqual([]);
});
