import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type FakeClock, fakeClock } from "../helper/fake-clock.ts";
import { waitFor } from "../helper/program.ts";
import { CHANGES, FILES } from "../scan/tree-changes.ts";
import { countWatches, watchedTree } from "./watched-tree.ts";

const LOOK_MS = 2_000;
const POLL_MS = 30_000;
const isLinux = process.platform === "linux";
/** A number of watches, where it can be known. */
const watches = (count: number): number => (isLinux ? count : NaN);

test.each(CHANGES)("$what: each directory to look at is hinted", async ({ directories, act }) => {
  await using tree = await watchedTree(FILES);
  expect(await tree.unhinted(directories, () => act(tree.at))).toEqual([]);
});

test.each(CHANGES)(
  "$what, in a tree that is watched without chokidar: each directory to look at is hinted",
  async ({ directories, act }) => {
    await using tree = await watchedTree(FILES, { chokidarDirectories: 0 });
    expect(await tree.unhinted(directories, () => act(tree.at))).toEqual([]);
  },
);

test("all below a root is hinted once it is watched", async () => {
  await using tree = await watchedTree(FILES);
  expect(tree.hints).toContainEqual({ root: tree.at(""), directory: null });
  expect(tree.said).toEqual([]);
});

test("a directory stays watched when it is moved, and when it is deleted and made again", async () => {
  await using tree = await watchedTree(FILES);
  const { at, unhinted } = tree;
  expect(await unhinted(["moved/deep"], () => renameSync(at("in"), at("moved")))).toEqual([]);
  expect(await unhinted(["moved/deep"], () => writeFileSync(at("moved/deep/e"), ""))).toEqual([]);
  for (let round = 0; round < 5; round += 1) {
    const replace = (): void => {
      rmSync(at("out"), { recursive: true });
      mkdirSync(at("out"));
    };
    expect(await unhinted(["out"], replace)).toEqual([]);
    expect(await unhinted(["out"], () => writeFileSync(at("out/f.md"), "x"))).toEqual([]);
  }
});

test.runIf(isLinux)("a directory that was moved away is not watched any more", async () => {
  await using tree = await watchedTree(FILES);
  // Both share a watcher with others, `late` has one for itself.
  expect(await tree.unhinted(["late"], () => mkdirSync(tree.at("late")))).toEqual([]);
  expect(countWatches()).toBe(5);
  renameSync(tree.at("late"), tree.at("../late"));
  renameSync(tree.at("in"), tree.at("../in"));
  await waitFor("they are let go", () => countWatches() === 2);
  expect(await tree.unhinted(["out"], () => writeFileSync(tree.at("out/e"), ""))).toEqual([]);
});

const name = fc.constantFrom("a", "b", "c~");
const place = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => path.join(...names));
const operation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("make" as const), at: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), at: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("move" as const), at: place, to: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("yield" as const) }) },
);

const operations = fc.array(operation, { maxLength: 20 });

async function perform(
  op: typeof operation extends fc.Arbitrary<infer Op> ? Op : never,
  at: (name: string) => string,
): Promise<void> {
  switch (op.do) {
    case "make":
      mkdirSync(at(op.at), { recursive: true });
      break;
    case "remove":
      rmSync(at(op.at), { recursive: true, force: true });
      break;
    case "move":
      if (existsSync(at(op.at)) && !existsSync(at(op.to)) && !op.to.startsWith(op.at)) {
        mkdirSync(path.dirname(at(op.to)), { recursive: true });
        renameSync(at(op.at), at(op.to));
      }
      break;
    case "yield":
      await new Promise(setImmediate);
  }
}

test.runIf(isLinux)(
  "whatever was done to directories, each is watched, and once",
  async () => {
    await fc.assert(
      fc.asyncProperty(
        operations,
        fc.constantFrom(0, 2, 4_000),
        async (all, chokidarDirectories) => {
          await using tree = await watchedTree({}, { chokidarDirectories });
          for (const op of all) await perform(op, tree.at);
          const inner = readdirSync(tree.at(""), { recursive: true, encoding: "utf8" });
          const directories = ["", ...inner];
          await waitFor("one watch for each", () => countWatches() === directories.length);
          const write = (): void => {
            for (const each of directories) writeFileSync(tree.at(`${each}/new.md`), "x");
          };
          expect(await tree.unhinted(directories, write)).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  },
  60_000,
);

test("a directory is watched whatever its name", async () => {
  const names = ["old~", "a.subl.tmp", " ", "ü", "%41", "a\nb", "__proto__", "[x]*"];
  await using tree = await watchedTree(Object.fromEntries(names.map((each) => [`${each}/a`, ""])));
  const write = (): void => names.forEach((each) => writeFileSync(tree.at(`${each}/b.md`), "x"));
  expect(await tree.unhinted(names, write)).toEqual([]);
});

test.runIf(isLinux)("what the scan does not enter is not watched", async () => {
  await using tree = await watchedTree(
    { ".git/a": "", "node_modules/x/b": "", ".hidden/c": "", "1/2/3/d": "", "own/e": "" },
    { maxDepth: 2, own: ["own"] },
  );
  expect(countWatches()).toBe(["", "1", "1/2"].length);
  mkdirSync(tree.at("1/.git"));
  mkdirSync(tree.at("1/2/4"));
  expect(await tree.unhinted(["1/5"], () => mkdirSync(tree.at("1/5")))).toEqual([]);
  expect(countWatches()).toBe(["", "1", "1/2", "1/5"].length);
});

test("what the product writes is no hint, a file in its inbox is", async () => {
  await using tree = await watchedTree({ "home/inbox/a.md": "" }, { own: ["home"] });
  const write = (): void => {
    writeFileSync(tree.at("home/agent-runner.db"), "x");
    writeFileSync(tree.at("home/inbox/b.md"), "x");
  };
  expect(await tree.unhinted(["home/inbox"], write)).toEqual([]);
  expect(tree.hints.map(({ directory }) => directory)).not.toContain(tree.at("home"));
});

test("a symbolic link is followed where it is the root, and not below", async () => {
  await using tree = await watchedTree({ "in/a.md": "" }, { watched: "link" });
  const link = (): void => {
    mkdirSync(tree.at("../elsewhere"));
    symlinkSync(tree.at("../elsewhere"), tree.at("outwards"), "junction");
    symlinkSync(tree.at(""), tree.at("in/loop"), "junction");
  };
  expect(await tree.unhinted(["", "in"], link)).toEqual([]);
  expect(await tree.unhinted(["new"], () => mkdirSync(tree.at("new")))).toEqual([]);
  expect(countWatches()).toBe(watches(["", "in", "new"].length));
});

/** Turns the clock until it is so. */
async function turn(clock: FakeClock, what: string, isSo: () => boolean): Promise<void> {
  await waitFor(what, async () => {
    await clock.advance(LOOK_MS);
    return isSo();
  });
}

test("a root that is missing is waited for", async () => {
  const clock = fakeClock("2026-01-05T10:00:00Z");
  await using tree = await watchedTree({}, { watched: "root/later", clock });
  expect(tree.said).toEqual(["directory_missing"]);
  expect(tree.hints).toEqual([]);

  mkdirSync(tree.at("in"), { recursive: true });
  await turn(clock, "it is watched", () => tree.hints.length > 0);
  expect(tree.said).toEqual(["directory_missing", "recovered"]);
  expect(tree.hints).toEqual([{ root: tree.at(""), directory: null }]);
  expect(await tree.unhinted(["in"], () => writeFileSync(tree.at("in/a.md"), "x"))).toEqual([]);
});

test("a root that vanishes is said, and watched again when it is back", async () => {
  const clock = fakeClock("2026-01-05T10:00:00Z");
  await using tree = await watchedTree(FILES, { clock });
  const root = tree.at("");
  renameSync(root, tree.at("../away"));
  await turn(clock, "it is missed", () => tree.said.length > 0);
  const message: unknown = expect.stringContaining(root);
  expect(tree.troubles).toMatchObject([{ code: "directory_missing", root, message }]);
  expect(countWatches()).toBe(watches(0));

  tree.hints.length = 0;
  renameSync(tree.at("../away"), root);
  await turn(clock, "it is back", () => tree.hints.length > 0);
  expect(tree.said).toEqual(["directory_missing", "recovered"]);
  expect(tree.hints).toEqual([{ root, directory: null }]);
  expect(await tree.unhinted(["in"], () => appendFileSync(tree.at("in/b.md"), "x"))).toEqual([]);
});

test("another directory in the place of a root is watched instead", async () => {
  const clock = fakeClock("2026-01-05T10:00:00Z");
  await using tree = await watchedTree(FILES, { clock });
  renameSync(tree.at(""), tree.at("../away"));
  mkdirSync(tree.at("other"), { recursive: true });
  tree.hints.length = 0;
  const everything = { root: tree.at(""), directory: null };
  await turn(clock, "it is hinted", () => tree.hints.some(({ directory }) => directory === null));
  expect(tree.hints).toContainEqual(everything);
  expect(await tree.unhinted(["other"], () => writeFileSync(tree.at("other/a"), ""))).toEqual([]);
  expect(tree.said).toEqual([]);
});

test("a root that is a file is said", async () => {
  await using tree = await watchedTree({ "a.md": "" }, { watched: "root/a.md" });
  expect(tree.said).toEqual(["directory_missing"]);
  expect(tree.hints).toEqual([]);
});

test("a share is hinted at every interval, without a watch", async () => {
  const clock = fakeClock("2026-01-05T10:00:00Z");
  await using tree = await watchedTree(FILES, { clock, mode: "poll" });
  const everything = { root: tree.at(""), directory: null };
  expect(tree.hints).toEqual([everything]);
  expect(countWatches()).toBe(watches(0));
  await clock.advance(POLL_MS - 1);
  expect(clock.sleepers()).toBe(1);
  await clock.advance(1);
  await waitFor("the next hint", () => tree.hints.length > 1);
  expect(tree.hints).toEqual([everything, everything]);
});

test("each outage of a root is said, and its end", async () => {
  const clock = fakeClock("2026-01-05T10:00:00Z");
  await using tree = await watchedTree({}, { clock, mode: "poll" });
  for (const outage of [1, 2]) {
    renameSync(tree.at(""), tree.at("../away"));
    await turn(clock, "it is missed", () => tree.said.length === 2 * outage - 1);
    renameSync(tree.at("../away"), tree.at(""));
    await turn(clock, "it is back", () => tree.said.length === 2 * outage);
  }
  const said = ["directory_missing", "recovered", "directory_missing", "recovered"];
  expect(tree.said).toEqual(said);
});

// How many events the system keeps for a process that is busy; inotify(7).
const queueSize = isLinux
  ? Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"))
  : Infinity;

test.runIf(queueSize <= 100_000)("what was dropped in a flood is hinted all the same", async () => {
  await using flooded = await watchedTree({ "1": "", "2": "" });
  await using calm = await watchedTree(FILES);
  calm.hints.length = 0;
  // None of it is read meanwhile. An event that is like the one before it is not kept.
  for (let index = 0; index < queueSize; index += 1) {
    utimesSync(flooded.at(index % 2 === 0 ? "1" : "2"), index, index);
  }
  mkdirSync(calm.at("in/new"));
  await waitFor("both are hinted as a whole", () =>
    [flooded, calm].every((tree) => tree.hints.some(({ directory }) => directory === null)),
  );
  // The event of its making is not among those that came.
  expect(calm.hints.map(({ directory }) => directory)).not.toContain(calm.at("in"));
  expect(await calm.unhinted(["in/new"], () => writeFileSync(calm.at("in/new/a"), ""))).toEqual([]);
});

test("nothing is left, and nothing comes, after closing", async () => {
  await using tree = await watchedTree(FILES);
  writeFileSync(tree.at("in/e.md"), "x");
  await Promise.all([tree.watcher.close(), tree.watcher.close()]);
  await tree.watcher.close();
  tree.hints.length = 0;
  writeFileSync(tree.at("in/e.md"), "y");
  await tree.watcher.catchUp();
  const has = (kind: string): boolean => process.getActiveResourcesInfo().includes(kind);
  await waitFor("all handles are closed", () => !has("FSEventWrap"));
  expect(tree.hints).toEqual([]);
  expect(countWatches()).toBe(watches(0));
});
