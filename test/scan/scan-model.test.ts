import { createHash } from "node:crypto";
import {
  lstatSync,
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
import { type WatchedFolder, watchedFolder } from "../trigger/watched-folder.ts";

const MAX_DEPTH = 2;

const directoryName = fc.constantFrom("in", "deep", "node_modules", ".git");
const fileName = fc.constantFrom("a.md", "b.md", "c.tmp", ".d.md", "in");
const place = fc
  .tuple(fc.array(directoryName, { maxLength: 3 }), fileName)
  .map(([directories, name]) => path.join(...directories, name));
const anyPlace = fc.oneof(place, place.map(path.dirname));

const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("write" as const), at: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), at: anyPlace }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("move" as const), at: anyPlace, to: place }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("link" as const), at: anyPlace, to: place }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("touch" as const), at: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rewrite" as const), at: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("scan" as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer Op> ? Op : never;

let contents = 0;

/** Does it where it can be done. Every content that is written is new, and so is its size. */
function perform(root: string, op: Exclude<Operation, { do: "scan" }>): void {
  const at = path.join(root, op.at);
  if (at === root) return;
  try {
    switch (op.do) {
      case "write":
        mkdirSync(path.dirname(at), { recursive: true });
        writeFileSync(at, "x".repeat((contents += 1)));
        break;
      case "remove":
        rmSync(at, { recursive: true });
        break;
      case "move":
        mkdirSync(path.dirname(path.join(root, op.to)), { recursive: true });
        renameSync(at, path.join(root, op.to));
        break;
      case "link":
        mkdirSync(path.dirname(path.join(root, op.to)), { recursive: true });
        symlinkSync(at, path.join(root, op.to));
        break;
      case "touch":
        utimesSync(at, contents, (contents += 1));
        break;
      case "rewrite": {
        const { mtimeMs, size } = lstatSync(at);
        writeFileSync(at, `${contents}`.padEnd(size, "y").slice(0, size));
        utimesSync(at, mtimeMs / 1000, mtimeMs / 1000);
      }
    }
  } catch (error) {
    // What is not there, or in the way, cannot be operated on.
    if (!(error instanceof Error && "syscall" in error)) throw error;
  }
}

const isIgnored = (name: string, isDirectory: boolean): boolean =>
  name.startsWith(".") || (isDirectory ? name === "node_modules" : name.endsWith(".tmp"));

/** What the journal must say of every file on disk, found out in the plainest way. */
function readModel(root: string, below = "", depth = 0, model = new Map<string, string>()) {
  for (const name of readdirSync(path.join(root, below))) {
    const relative = path.join(below, name);
    const file = path.join(root, relative);
    const stats = lstatSync(file);
    const ignored = isIgnored(name, stats.isDirectory());
    if (stats.isDirectory()) {
      if (depth < MAX_DEPTH && !ignored) readModel(root, relative, depth + 1, model);
    } else if (ignored) model.set(relative, "skipped ignored");
    else if (stats.isSymbolicLink()) model.set(relative, "skipped symlink");
    else model.set(relative, createHash("sha256").update(readFileSync(file)).digest("hex"));
  }
  return model;
}

/** What it must say of a file that is not there: gone, or out of reach behind a link. */
function absentState(root: string, relative: string): string {
  for (let above = path.dirname(relative); above !== "."; above = path.dirname(above)) {
    const stats = lstatSync(path.join(root, above), { throwIfNoEntry: false });
    if (stats?.isSymbolicLink()) return "skipped symlink";
  }
  return "gone";
}

function check(watched: WatchedFolder, laterMs: number): void {
  const root = watched.folder.path;
  const directories = [watched.directory("", { max_depth: MAX_DEPTH })];
  const result = watched.scan({ directories });
  watched.learn(result, laterMs);
  const model = readModel(root);
  const rows = new Map(watched.rows().map((row) => [path.relative(root, row.path), row]));
  for (const relative of rows.keys()) {
    if (!model.has(relative)) model.set(relative, absentState(root, relative));
  }
  const said = [...rows].map(([relative, row]) => [
    relative,
    row.state === "done" ? row.hash : [row.state, row.reason].filter(Boolean).join(" "),
  ]);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(model));

  const present = [...model.values()].filter((state) => state !== "gone").length;
  const { observed, skipped, unreadable, unsettled, unchanged, still_skipped } = result;
  expect([unreadable, unsettled]).toEqual([[], []]);
  expect(observed.length + skipped.length + unchanged + still_skipped).toBe(present);
  expect(watched.coverage({ directories })).toMatchObject([{ unaccounted: [] }]);
}

function property(laterMs: number, operations: fc.Arbitrary<Operation>) {
  return fc.asyncProperty(fc.array(operations, { maxLength: 25 }), async (ops) => {
    using watched = await watchedFolder();
    for (const op of ops) {
      if (op.do === "scan") check(watched, laterMs);
      else perform(watched.folder.path, op);
    }
    check(watched, laterMs);
    if (laterMs === 0) return;
    const directories = [watched.directory("", { max_depth: MAX_DEPTH })];
    expect(watched.scan({ directories })).toMatchObject({ observed: [], skipped: [], gone: [] });
  });
}

// A rewrite of equal size may fall into one tick of the clock, where only a second reading tells.
const tellingOperation = operation.filter((op) => op.do !== "rewrite");

test.each([
  ["right after they changed", property(0, operation)],
  ["long after they changed, and then nothing is found twice", property(60_000, tellingOperation)],
])(
  "whatever happens to files, the journal ends as the disk is where they were read %s",
  async (_, holds) => {
    const details = await fc.check(holds, { numRuns: 100 });
    expect(details.failed, fc.defaultReportMessage(details)).toBe(false);
  },
);
