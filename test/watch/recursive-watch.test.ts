import { mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { watchRecursively } from "../../daemon/watch/recursive-watch.ts";
import { testFolder } from "../helper/folder.ts";
import { CHANGES, FILES } from "../scan/tree-changes.ts";
import { boundaryOf, findUnhinted, type WatchedTreeOptions } from "./watched-tree.ts";

/** Watches a directory as macOS and Windows do it; Node does the same on Linux in its own way. */
async function recursiveTree(
  files: Readonly<Record<string, string>>,
  options?: WatchedTreeOptions,
) {
  const folder = testFolder({ ".keep": "" });
  mkdirSync(folder.file("root"));
  for (const [name, content] of Object.entries(files)) folder.write(`root/${name}`, content);
  const root = folder.file("root");
  const hints: { root: string; directory: string | null }[] = [];
  const watch = watchRecursively({
    boundary: boundaryOf(root, options),
    realRoot: realpathSync.native(root),
    onChange: (directory) => hints.push({ root, directory }),
    onFailure: (error) => expect.unreachable(error.message),
  });
  await watch.ready;
  const at = (name: string): string => path.join(root, name);
  return {
    at,
    hints,
    unhinted: (directories: readonly string[], act: () => void) =>
      findUnhinted(hints, directories, at, act),
    async [Symbol.asyncDispose]() {
      await watch.close();
      await watch.close();
      folder[Symbol.dispose]();
    },
  };
}

test.each(CHANGES)("$what: each directory to look at is hinted", async ({ directories, act }) => {
  await using tree = await recursiveTree(FILES);
  expect(await tree.unhinted(directories, () => act(tree.at))).toEqual([]);
});

test("a change of a file is no reason to look at everything", async () => {
  await using tree = await recursiveTree(FILES);
  const change = (): void => {
    writeFileSync(tree.at("in/b.md"), "more");
    renameSync(tree.at("in/b.md"), tree.at("in/e.md"));
    rmSync(tree.at("in/e.md"));
  };
  expect(await tree.unhinted(["in"], change)).toEqual([]);
  expect(tree.hints.map(({ directory }) => directory)).not.toContain(null);
});

test("a directory that turns up is a reason to look at everything, for its files may go unsaid", async () => {
  await using tree = await recursiveTree(FILES);
  expect(
    await tree.unhinted(["out/in/deep"], () => renameSync(tree.at("in"), tree.at("out/in"))),
  ).toEqual([]);
  expect(tree.hints.map(({ directory }) => directory)).toContain(null);
});

test("what the scan does not enter is not hinted", async () => {
  const files = { ".git/a/b": "", "node_modules/c": "", "1/2/3/d": "", "home/agent-runner.db": "" };
  await using tree = await recursiveTree(files, { maxDepth: 2, own: ["home"] });
  const change = (): void => {
    for (const name of Object.keys(files)) writeFileSync(tree.at(name), "x");
    mkdirSync(tree.at(".git/a/new"));
    writeFileSync(tree.at("1/2/e"), "x");
  };
  expect(await tree.unhinted(["1/2"], change)).toEqual([]);
  expect(new Set(tree.hints.map(({ directory }) => directory))).toEqual(new Set([tree.at("1/2")]));
});
