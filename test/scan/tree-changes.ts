import { appendFileSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** A tree to be changed. */
export const FILES = { "a.md": "1", "in/b.md": "2", "in/deep/c.md": "3", "out/d.md": "4" };

/** One of the things that people and programs do with files. */
export interface TreeChange {
  what: string;
  /** Which directories must be looked at after it; "": the root. */
  directories: string[];
  act(at: (name: string) => string): void;
}

export const CHANGES: TreeChange[] = [
  {
    what: "appending in place",
    directories: ["in"],
    act: (at) => appendFileSync(at("in/b.md"), "more"),
  },
  {
    what: "a new file",
    directories: ["in/deep"],
    act: (at) => writeFileSync(at("in/deep/new.md"), "x"),
  },
  {
    what: "a new file in the root",
    directories: [""],
    act: (at) => writeFileSync(at("new.md"), "x"),
  },
  {
    what: "writing the same again",
    directories: [""],
    act: (at) => writeFileSync(at("a.md"), "1"),
  },
  {
    what: "an atomic save",
    directories: ["in"],
    act(at) {
      writeFileSync(at("in/.b.md.tmp"), "new");
      renameSync(at("in/.b.md.tmp"), at("in/b.md"));
    },
  },
  {
    what: "an atomic save from elsewhere",
    directories: ["in"],
    act(at) {
      writeFileSync(at("../b.md"), "new");
      renameSync(at("../b.md"), at("in/b.md"));
    },
  },
  {
    what: "renaming a file",
    directories: ["in"],
    act: (at) => renameSync(at("in/b.md"), at("in/e.md")),
  },
  {
    what: "moving a file",
    directories: ["in", "out"],
    act: (at) => renameSync(at("in/b.md"), at("out/b.md")),
  },
  {
    what: "moving a file away",
    directories: ["in"],
    act: (at) => renameSync(at("in/b.md"), at("../b.md")),
  },
  {
    what: "deleting a file",
    directories: ["in/deep"],
    act: (at) => rmSync(at("in/deep/c.md")),
  },
  {
    what: "new directories with files at once",
    directories: ["x", "x/y", "x/y/z"],
    act(at) {
      mkdirSync(at("x/y/z"), { recursive: true });
      for (const name of ["x/1.md", "x/y/2.md", "x/y/z/3.md"]) writeFileSync(at(name), name);
    },
  },
  {
    what: "copying a directory",
    directories: ["copy", "copy/deep"],
    act: (at) => cpSync(at("in"), at("copy"), { recursive: true }),
  },
  {
    what: "renaming a directory",
    directories: ["", "new", "new/deep"],
    act: (at) => renameSync(at("in"), at("new")),
  },
  {
    what: "moving a directory",
    directories: ["", "out", "out/in", "out/in/deep"],
    act: (at) => renameSync(at("in"), at("out/in")),
  },
  {
    what: "moving a directory away",
    directories: [""],
    act: (at) => renameSync(at("in"), at("../away")),
  },
  {
    what: "deleting a directory",
    directories: [""],
    act: (at) => rmSync(at("in"), { recursive: true }),
  },
];
