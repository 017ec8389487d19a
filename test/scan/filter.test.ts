import { expect, test } from "vitest";
import type { Agent, Directory } from "../../daemon/protocol/agent.ts";
import { type Candidate, createFilter } from "../../daemon/scan/filter.ts";

type Settings = Partial<
  Pick<Directory, "include" | "exclude"> &
    Pick<Agent, "extensions" | "modified_after" | "max_file_bytes">
>;

function judge(
  settings: Settings,
  relativePath: string,
  file: { kind?: Candidate["kind"]; size?: number; mtime_ms?: number } = {},
): string | undefined {
  const whole = {
    include: [],
    exclude: [],
    extensions: [],
    modified_after: null,
    max_file_bytes: 1000,
    ...settings,
  };
  const { kind = "file", size = 1, mtime_ms = Date.now() } = file;
  const filter = createFilter(whole, whole, (name) => (name.endsWith(".jpg") ? false : undefined));
  const name = relativePath.slice(relativePath.lastIndexOf("/") + 1);
  return filter({ name, kind, stats: { size, mtime_ms } }, relativePath);
}

test("without settings, every file of a format that may be read is taken", () => {
  expect(judge({}, "a.md")).toBeUndefined();
  expect(judge({}, "deep/down/no-ending")).toBeUndefined();
});

test.each<[string[], string, boolean]>([
  // Without a slash: the name, wherever it is.
  [["*.md"], "a.md", true],
  [["*.md"], "deep/down/a.md", true],
  [["*.md"], "a.txt", false],
  [["todo.md"], "in/todo.md", true],
  // With a slash: the path below the directory.
  [["in/*.md"], "in/a.md", true],
  [["in/*.md"], "in/deep/a.md", false],
  [["in/*.md"], "other/in/a.md", false],
  [["in/**"], "in/deep/a.md", true],
  [["in/**"], "other/in", false],
  [["**/in/**"], "deep/in/a.md", true],
  [["./in/*.md"], "in/a.md", true],
  [["{in,out}/*.md"], "out/a.md", true],
  // A plain name at the end: a directory with all below it, too.
  [["drafts"], "in/drafts/deep/a.md", true],
  [["drafts/"], "drafts/a.md", true],
  [["in/drafts"], "in/drafts/a.md", true],
  [["in/drafts"], "drafts/a.md", false],
  [["draft*"], "drafts/a.md", false],
  // Any of several; none that is empty.
  [["*.txt", "*.md"], "a.md", true],
  [["", "*.txt"], "a.md", false],
  [["!*.log"], "a.md", true],
  [["!*.log"], "in/a.log", false],
])("globs %j match %j: %s", (globs, relativePath, matches) => {
  expect(judge({ include: globs }, relativePath)).toBe(matches ? undefined : "excluded");
  expect(judge({ exclude: globs }, relativePath)).toBe(matches ? "excluded" : undefined);
});

test("a file that is both included and excluded is excluded", () => {
  expect(judge({ include: ["*.md"], exclude: ["a.*"] }, "a.md")).toBe("excluded");
});

test("extensions count with or without their dot, in any case, and may have two parts", () => {
  for (const extension of ["md", ".md", "MD"]) {
    expect(judge({ extensions: [extension] }, "A.Md")).toBeUndefined();
    expect(judge({ extensions: [extension] }, "a.txt")).toBe("extension");
    expect(judge({ extensions: [extension] }, "readmd")).toBe("extension");
  }
  expect(judge({ extensions: ["notes.txt"] }, "a.notes.txt")).toBeUndefined();
});

test("modified_after takes in what was changed from its local midnight on", () => {
  const midnight = new Date(2026, 2, 29).getTime();
  const settings = { modified_after: "2026-03-29" };
  expect(judge(settings, "a.md", { mtime_ms: midnight })).toBeUndefined();
  expect(judge(settings, "a.md", { mtime_ms: midnight - 1 })).toBe("too_old");
});

test("max_file_bytes is the size of the largest file that is taken", () => {
  expect(judge({ max_file_bytes: 10 }, "a.md", { size: 10 })).toBeUndefined();
  expect(judge({ max_file_bytes: 10 }, "a.md", { size: 11 })).toBe("too_large");
});

test("a name that is never a document is ignored before all else", () => {
  expect(judge({ exclude: ["*.tmp"] }, "a.tmp", { kind: "symlink" })).toBe("ignored");
  expect(judge({ include: [".*"] }, ".a.md")).toBe("ignored");
});

test.each<[string, string, { kind?: Candidate["kind"]; size?: number }]>([
  ["empty", "a.md", { size: 0 }],
  ["unsupported", "a.jpg", {}],
  ["symlink", "a.md", { kind: "symlink" }],
  ["not_regular", "a.md", { kind: "other" }],
  ["name_not_utf8", "a\\xE9.md", { kind: "name_not_utf8" }],
])("a file is skipped: %s", (reason, relativePath, file) => {
  expect(judge({}, relativePath, file)).toBe(reason);
});

test("an extension that was asked for is still unsupported where nothing can read it", () => {
  expect(judge({ extensions: ["jpg"] }, "a.jpg")).toBe("unsupported");
});
