import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { writeExport } from "../../../daemon/cli/export/write.ts";
import { EXPORT_MANIFEST as MANIFEST, exportSchema } from "../../../daemon/protocol/export.ts";
import { type TestFolder, testFolder } from "../../helper/folder.ts";

let folder: TestFolder;

beforeEach(() => {
  folder = testFolder();
  return () => folder[Symbol.dispose]();
});

const write = (files: Record<string, string>) =>
  writeExport(folder.file("out"), "md", new Map(Object.entries(files)));
const read = (name: string): string => readFileSync(folder.file(`out/${name}`), "utf8");
const list = (): string[] =>
  readdirSync(folder.file("out"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .toSorted();

test("files are written with their directories, and told", () => {
  const result = write({ "index.md": "i", "notes/a.md": "a" });
  expect(exportSchema.parse(result)).toEqual(result);
  expect(result).toMatchObject({
    written: ["index.md", "notes/a.md"],
    unchanged: 0,
    removed: [],
    kept: [],
  });
  expect(read("notes/a.md")).toBe("a");
  expect(list()).toEqual([MANIFEST, "a.md", "index.md"]);
});

test("the second time only what changed is written, and what is gone is removed", () => {
  write({ "a.md": "a", "b.md": "b", "c.md": "c" });
  const before = statSync(folder.file("out/a.md"), { bigint: true });
  expect(write({ "a.md": "a", "b.md": "B" })).toMatchObject({
    written: ["b.md"],
    unchanged: 1,
    removed: ["c.md"],
    kept: [],
  });
  const after = statSync(folder.file("out/a.md"), { bigint: true });
  expect([after.mtimeNs, after.ino]).toEqual([before.mtimeNs, before.ino]);
  expect(list()).toEqual([MANIFEST, "a.md", "b.md"]);
});

test(
  "what is exported can be read by its owner alone",
  { skip: process.platform === "win32" },
  () => {
    write({ "a.md": "a" });
    const modes = ["a.md", MANIFEST].map(
      (name) => statSync(folder.file(`out/${name}`)).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o600]);
  },
);

test("nothing changes in a directory in which nothing is to change", () => {
  write({ "a.md": "a" });
  const before = statSync(folder.file(`out/${MANIFEST}`), { bigint: true }).mtimeNs;
  write({ "a.md": "a" });
  expect(statSync(folder.file(`out/${MANIFEST}`), { bigint: true }).mtimeNs).toBe(before);
});

test("what somebody else wrote is neither written over nor deleted", () => {
  folder.write("out/a.md", "mine");
  folder.write("out/notes.txt", "mine");
  expect(write({ "a.md": "a" })).toMatchObject({
    written: [],
    kept: [{ path: "a.md", reason: "not_ours" }],
  });
  write({});
  expect([read("a.md"), read("notes.txt")]).toEqual(["mine", "mine"]);
});

test("what was edited since stays, whether its thing changed or is gone, until the edit is taken back", () => {
  write({ "a.md": "a", "b.md": "b" });
  folder.write("out/a.md", "edited");
  folder.write("out/b.md", "edited");
  expect(write({ "a.md": "A" }).kept).toEqual([
    { path: "a.md", reason: "edited" },
    { path: "b.md", reason: "edited" },
  ]);
  expect([read("a.md"), read("b.md")]).toEqual(["edited", "edited"]);
  folder.write("out/a.md", "a");
  expect(write({ "a.md": "A" })).toMatchObject({ written: ["a.md"], kept: [] });
});

test("a file that was deleted is written again, and one that is as it would be written is taken for its own", () => {
  write({ "a.md": "a", "b.md": "b" });
  rmSync(folder.file("out/a.md"));
  rmSync(folder.file(`out/${MANIFEST}`));
  expect(write({ "a.md": "a", "b.md": "b" })).toMatchObject({
    written: ["a.md"],
    unchanged: 1,
    kept: [],
  });
  expect(write({})).toMatchObject({ removed: ["a.md", "b.md"] });
});

test("formats in one directory leave each other alone", () => {
  write({ "a.md": "a" });
  const files = new Map([["tasks.ics", "t"]]);
  expect(writeExport(folder.file("out"), "ics", files)).toMatchObject({
    written: ["tasks.ics"],
    removed: [],
  });
  expect(write({ "a.md": "a" })).toMatchObject({ unchanged: 1, removed: [] });
  expect(list()).toEqual([MANIFEST, "a.md", "tasks.ics"]);
});

test("no link leads an export out of its directory", () => {
  mkdirSync(folder.file("elsewhere"));
  folder.write("elsewhere/a.md", "mine");
  mkdirSync(folder.file("out"));
  symlinkSync(folder.file("elsewhere"), folder.file("out/notes"));
  symlinkSync(folder.file("elsewhere/a.md"), folder.file("out/b.md"));
  mkdirSync(folder.file("out/c.md"));
  expect(write({ "notes/a.md": "a", "b.md": "b", "c.md": "c" }).kept).toEqual([
    { path: "notes/a.md", reason: "link" },
    { path: "b.md", reason: "link" },
    { path: "c.md", reason: "link" },
  ]);
  expect(readFileSync(folder.file("elsewhere/a.md"), "utf8")).toBe("mine");
});

test.each(["{", '{"version":2,"files":{}}', '{"version":1,"files":{"md":{"a.md":"x"}}}'])(
  "a note of what was written that is none is not trusted: %s",
  (text) => {
    folder.write(`out/${MANIFEST}`, text);
    folder.write("out/a.md", "mine");
    expect(() => write({ "a.md": "a" })).toThrow("is not a manifest that an export wrote");
    expect(read("a.md")).toBe("mine");
  },
);

test("a path of the note that leads out of the directory deletes nothing there", () => {
  folder.write("precious.md", "x");
  write({ "a.md": "x" });
  const { files } = JSON.parse(read(MANIFEST));
  files.md["../precious.md"] = files.md["a.md"];
  folder.write(`out/${MANIFEST}`, JSON.stringify({ version: 1, files }));
  expect(() => write({ "a.md": "x" })).toThrow("is not a manifest that an export wrote");
  expect(readFileSync(folder.file("precious.md"), "utf8")).toBe("x");
});

test("a directory that cannot be made is named", () => {
  folder.write("out", "a file");
  expect(() => write({})).toThrow(`${folder.file("out")} cannot be written to`);
});

test("after any exports and edits, all that is ours is as the last export says and the rest is untouched", () => {
  const names = fc.constantFrom("a.md", "b.md", "notes/c.md");
  const texts = fc.constantFrom("1", "2", "3");
  const step = fc.oneof(
    fc.record({ kind: fc.constant("export" as const), files: fc.dictionary(names, texts) }),
    fc.record({
      kind: fc.constant("edit" as const),
      name: names,
      text: fc.constantFrom("mine", "1"),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      using place = testFolder();
      const edits = new Map<string, string>();
      for (const one of steps) {
        if (one.kind === "edit") {
          place.write(`out/${one.name}`, one.text);
          edits.set(one.name, one.text);
          continue;
        }
        const { kept, written } = writeExport(
          place.file("out"),
          "md",
          new Map(Object.entries(one.files)),
        );
        const left = new Set(kept.map(({ path }) => path));
        for (const [name, text] of Object.entries(one.files)) {
          const now = readFileSync(place.file(`out/${name}`), "utf8");
          expect(now).toBe(left.has(name) ? edits.get(name) : text);
        }
        for (const name of written) edits.delete(name);
        // What a person wrote in words of their own is still there.
        for (const [name, text] of edits) {
          if (text !== "mine") continue;
          expect(readFileSync(place.file(`out/${name}`), "utf8")).toBe("mine");
        }
      }
    }),
  );
});
