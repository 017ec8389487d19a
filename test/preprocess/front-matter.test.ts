import { expect, test } from "vitest";
import { readFrontMatter } from "../../daemon/preprocess/front-matter.ts";
import { LIMITS } from "../../daemon/preprocess/limits.ts";

const metadataOf = (yaml: string) => readFrontMatter(`---\n${yaml}\n---\nbody`).metadata;

test("front matter is taken out of the text and becomes metadata", () => {
  expect(readFrontMatter("---\ntitle: Plan\n---\n\n# A\n")).toEqual({
    metadata: { title: "Plan" },
    body: "\n# A\n",
    unread_lines: 0,
    warnings: [],
  });
});

test("values are the text that was written, whatever YAML takes them for", () => {
  expect(metadataOf("date: 2026-01-02\nzip: 007\nversion: 1.10\nfinal: no\nnone: ~")).toEqual({
    date: "2026-01-02",
    zip: "007",
    version: "1.10",
    final: "no",
    none: "~",
  });
});

test("lists stay lists, nested values become JSON, and empty values are left out", () => {
  expect(
    metadataOf(
      "tags: [a, b]\nteam:\n  - Ann\n  - {name: Bob}\nplace:\n  city: Ulm\nempty:\nnone: []",
    ),
  ).toEqual({
    tags: ["a", "b"],
    team: ["Ann", '{"name":"Bob"}'],
    place: '{"city":"Ulm"}',
  });
});

test("what escapes bring in is cleaned like the text", () => {
  expect(metadataOf('title: "a\\0b\\u200bc\\U000E0041"')).toEqual({ title: "abc" });
});

test("names that objects have of their own are ordinary names", () => {
  const { metadata } = readFrontMatter("---\n__proto__: a\nconstructor: b\n---\n");
  expect(Object.entries(metadata)).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
  ]);
});

test.each([
  ["...", "---\na: b\n...\nbody"],
  ["the end of the file", "---\na: b\n---"],
  ["spaces after the marks", "---  \na: b\n--- \n"],
])("front matter may end with %s", (_, text) => {
  expect(readFrontMatter(text).metadata).toEqual({ a: "b" });
});

test.each([
  ["no end", "---\ntitle: x\n"],
  ["a line before it", "\n---\ntitle: x\n---\n"],
  ["a sentence between rules", "---\nJust words.\n---\nMore.\n"],
  ["a list between rules", "---\n- milk\n- bread\n---\n"],
  ["nothing between rules", "---\n---\nbody"],
  ["a heading between rules", "---\n# Notes\nStatus: green\n---\nMore.\n"],
  ["an empty line after the first rule", "---\n\nStatus: [green\n---\nMore.\n"],
  ["a longer rule", "----\ntitle: x\n----\n"],
])("text with %s has no front matter", (_, text) => {
  expect(readFrontMatter(text)).toEqual({
    metadata: {},
    body: text,
    unread_lines: 0,
    warnings: [],
  });
});

const bomb = ["a: &a [x]"];
for (let index = 0; index < 30; index += 1) bomb.push(`a: &a [*a, *a]`);
test.each([
  ["broken YAML", "title: [x"],
  ["aliases that multiply", bomb.join("\n")],
  ["an alias of itself", "a: &a [*a]"],
  ["brackets without end", `a: ${"[".repeat(20_000)}`],
  ["more than the limit", `a: ${"x".repeat(LIMITS.front_matter_chars)}`],
])("front matter with %s stays in the text with a warning", (_, yaml) => {
  const text = `---\n${yaml}\n---\nbody`;
  const { metadata, body, unread_lines, warnings } = readFrontMatter(text);
  expect({ metadata, body }).toEqual({ metadata: {}, body: text });
  expect(body.split("\n")[unread_lines]).toBe("body");
  expect(warnings).toEqual([
    {
      code: "front_matter_unread",
      message: expect.stringMatching(/^The front matter was left in the text, .+\.$/),
    },
  ]);
});

test("front matter with more parts than a parser should meet is not parsed", () => {
  const { warnings } = readFrontMatter(`---\na: ${"}".repeat(40_000)}\n---\nbody`);
  expect(warnings.map(({ message }) => message)).toEqual([
    "The front matter was left in the text, since it could not be read: it has too many parts.",
  ]);
});
