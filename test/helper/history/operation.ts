import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import fc from "fast-check";
import type { Files } from "./disk.ts";
import type { Texts } from "./text.ts";

/*
 * What people and programs do with files. Paths begin with `in` or `drive`, which are watched, or `out`,
 * which is not. What cannot be done is left out, so that any part of a history is a history.
 */

/** As fc.record, and readable in a report. */
export const record = <Shape extends object>(shape: {
  [Field in keyof Shape]: fc.Arbitrary<Shape[Field]>;
}): fc.Arbitrary<Shape> => fc.record<Shape>(shape, { noNullPrototype: true });

const directory = fc
  .tuple(
    fc.constantFrom("in", "in", "in", "drive", "drive", "out"),
    fc.constantFrom("", "a", "b", "a/c"),
  )
  .map((parts) => path.join(...parts));
const place = fc
  .tuple(directory, fc.constantFrom("x.md", "y.md", "z.md"))
  .map((parts) => path.join(...parts));
// One of the files that are there.
const of = fc.nat(20);

const act = <Name extends string>(name: Name, weight: number) => ({
  weight,
  arbitrary: record({ do: fc.constant(name), of }),
});
const actTo = <Name extends string>(name: Name, weight: number) => ({
  weight,
  arbitrary: record({ do: fc.constant(name), of, to: place }),
});

export const fileOperation = fc.oneof(
  { weight: 6, arbitrary: record({ do: fc.constant("write" as const), to: place }) },
  act("append" as const, 4),
  act("edit" as const, 3),
  act("save" as const, 3),
  act("touch" as const, 2),
  act("rewrite" as const, 3),
  act("write the same" as const, 2),
  act("empty" as const, 1),
  actTo("move" as const, 6),
  actTo("move and edit" as const, 3),
  actTo("copy" as const, 4),
  { weight: 3, arbitrary: record({ do: fc.constant("swap" as const), of, with: of }) },
  act("delete" as const, 3),
  { weight: 4, arbitrary: record({ do: fc.constant("revert" as const), of, back: fc.nat(3) }) },
  act("make a directory of" as const, 1),
  {
    weight: 3,
    arbitrary: record({
      do: fc.constant("move directory" as const),
      from: directory,
      to: directory,
    }),
  },
  {
    weight: 1,
    arbitrary: record({
      do: fc.constant("copy directory" as const),
      from: directory,
      to: directory,
    }),
  },
  {
    weight: 1,
    arbitrary: record({ do: fc.constant("delete directory" as const), from: directory }),
  },
);
export type FileOperation = typeof fileOperation extends fc.Arbitrary<infer Op> ? Op : never;

export interface Workbench {
  texts: Texts;
  /** What is there now. */
  files: Files;
  /** The texts that a path ever had, the oldest first. */
  past(file: string): readonly string[];
  /** Whether a version of a text may be written there: that it is one is known of the file. */
  isKnown(file: string): boolean;
  /** Where a path really is. */
  at(file: string): string;
  /** To be called where a text is written where it stands already. */
  repeat(file: string): void;
  /** To be called where somebody who looks could see a state in between. */
  look(): void;
}

/** Does it where it can be done; says what was done, or gives undefined. */
export function perform(op: FileOperation, bench: Workbench): string | undefined {
  try {
    return attempt(op, bench);
  } catch (error) {
    // What is in the way cannot be operated on.
    if (!(error instanceof Error && "syscall" in error)) throw error;
    return undefined;
  }
}

function attempt(op: FileOperation, bench: Workbench): string | undefined {
  const { texts, files, at, look } = bench;
  const pick = (index: number): string | undefined =>
    [...files.keys()].toSorted()[index % files.size];
  const successor = (file: string): string =>
    bench.isKnown(file) ? texts.next(files.get(file) ?? "") : texts.fresh();
  const makeParent = (file: string): void =>
    void mkdirSync(path.dirname(at(file)), { recursive: true });

  switch (op.do) {
    case "write":
      makeParent(op.to);
      writeFileSync(at(op.to), texts.fresh());
      return `write ${op.to}`;
    case "move directory":
      if (path.dirname(op.from) === "." || path.dirname(op.to) === ".") return undefined;
      makeParent(op.to);
      moveDirectory(at(op.from), at(op.to), look);
      return `move directory ${op.from} to ${op.to}`;
    case "copy directory":
      if (op.to.startsWith(op.from)) return undefined;
      makeParent(op.to);
      cpSync(at(op.from), at(op.to), { recursive: true });
      return `copy directory ${op.from} to ${op.to}`;
    case "delete directory":
      if (path.dirname(op.from) === ".") return undefined;
      rmSync(at(op.from), { recursive: true });
      return `delete directory ${op.from}`;
    default:
  }
  const file = pick(op.of);
  if (file === undefined) return undefined;
  const text = files.get(file) ?? "";
  const named = `${op.do} ${file}`;
  switch (op.do) {
    case "append":
      if (bench.isKnown(file)) appendFileSync(at(file), texts.longer(text).slice(text.length));
      else writeFileSync(at(file), texts.fresh());
      return named;
    case "edit":
      writeFileSync(at(file), successor(file));
      return named;
    case "save": {
      const aside = path.join(path.dirname(at(file)), ".saved.md.tmp");
      writeFileSync(aside, successor(file));
      renameSync(aside, at(file));
      return named;
    }
    case "touch":
      utimesSync(at(file), new Date(), new Date());
      return named;
    case "rewrite": {
      if (!bench.isKnown(file)) return undefined;
      const times = path.join(at("out"), ".times");
      takeTimes(at(file), times);
      writeFileSync(at(file), texts.next(text));
      takeTimes(times, at(file));
      // Else it is copied with its directory, and there to stay.
      rmSync(times);
      return named;
    }
    case "write the same":
      bench.repeat(file);
      writeFileSync(at(file), text);
      return named;
    case "empty":
      writeFileSync(at(file), "");
      return named;
    case "move":
      makeParent(op.to);
      moveFile(at(file), at(op.to), look);
      return `${named} to ${op.to}`;
    case "move and edit": {
      if (op.to === file || !bench.isKnown(file)) return undefined;
      makeParent(op.to);
      const edited = texts.longer(text);
      moveFile(at(file), at(op.to), look);
      writeFileSync(at(op.to), edited);
      return `${named} to ${op.to}`;
    }
    case "copy":
      if (op.to === file) return undefined;
      if (files.get(op.to) === text) bench.repeat(op.to);
      makeParent(op.to);
      copyFileSync(at(file), at(op.to));
      return `${named} to ${op.to}`;
    case "swap": {
      const other = pick(op.with);
      if (other === undefined || other === file) return undefined;
      const aside = path.join(path.dirname(at(file)), ".aside.md");
      moveFile(at(file), aside, look);
      look();
      moveFile(at(other), at(file), look);
      look();
      moveFile(aside, at(other), look);
      return `${named} and ${other}`;
    }
    case "delete":
      rmSync(at(file));
      return named;
    case "revert": {
      const past = bench.past(file).filter((earlier) => earlier !== text);
      const earlier = past.at(-1 - (op.back % past.length));
      if (earlier === undefined) return undefined;
      writeFileSync(at(file), earlier);
      return named;
    }
    case "make a directory of": {
      rmSync(at(file));
      look();
      mkdirSync(at(file));
      writeFileSync(path.join(at(file), "x.md"), texts.fresh());
      return named;
    }
  }
}

function moveFile(from: string, to: string, look: () => void): void {
  if (from === to) return;
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isAcrossDevices(error)) throw error;
    copyFileSync(from, to);
    look();
    rmSync(from);
  }
}

function moveDirectory(from: string, to: string, look: () => void): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isAcrossDevices(error)) throw error;
    cpSync(from, to, { recursive: true, errorOnExist: true, force: false });
    look();
    rmSync(from, { recursive: true });
  }
}

/** Gives a file the times of another, to the nanosecond, which Node cannot. */
function takeTimes(from: string, to: string): void {
  execFileSync("touch", ["-r", from, to]);
}

function isAcrossDevices(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EXDEV";
}
