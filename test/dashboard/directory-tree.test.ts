import { expect, test } from "vitest";
import { buildTree, openRows } from "../../daemon/dashboard/page/directory-tree.ts";
import type { DirectoryView } from "../../daemon/protocol/directory-view.ts";

const directory = (
  path: string,
  done: number,
  root: string,
  agent_id = "inbox",
): DirectoryView => ({
  agent_id,
  path,
  root,
  files: { pending: 0, working: 0, done, failed: 0, skipped: 0 },
});

const shape = (directories: DirectoryView[]): unknown[] =>
  openRows(buildTree(directories), () => true).map(({ name, depth, total }) => [
    name,
    depth,
    total.done,
  ]);

test("each directory counts its own files and all below, with those between that hold none", () => {
  expect(
    shape([
      directory("/home/in", 1, "/home/in"),
      directory("/home/in/2026/11/a", 2, "/home/in"),
      directory("/home/in/2026/12", 4, "/home/in"),
    ]),
  ).toEqual([
    ["/home/in", 0, 7],
    ["2026", 1, 6],
    ["11", 2, 2],
    ["a", 3, 2],
    ["12", 2, 4],
  ]);
});

test("a root inside another, two agents on one root, and paths of Windows are separate roots", () => {
  expect(
    shape([
      directory("/in/sub/x", 1, "/in/sub"),
      directory("/in", 2, "/in"),
      directory("/in", 3, "/in", "other"),
      directory("C:\\Docs\\Mail", 4, "C:\\Docs"),
    ]),
  ).toEqual([
    ["/in/sub", 0, 1],
    ["x", 1, 1],
    ["/in", 0, 2],
    ["/in", 0, 3],
    ["C:\\Docs", 0, 4],
    ["Mail", 1, 4],
  ]);
});

test("what is closed shows nothing below it", () => {
  const roots = buildTree([directory("/in/a/b", 1, "/in")]);
  expect(openRows(roots, ({ depth }) => depth === 0).map(({ name }) => name)).toEqual(["/in", "a"]);
});
