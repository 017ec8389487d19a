import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { addItem, readAt, removeAt, writeAt } from "../../daemon/core/yaml-edit.ts";

const TEXT = `# mine
version: 1

model: # who reads
  provider: rules   # none yet

agents:
  - id: inbox # the first
    name: "My inbox"
    directories:
      - path: ~/In # here
    budget: { usd_per_day: 1 }
  # a second one
  - { id: other, directories: [{ path: /x }] }
`;

test("a value is replaced where it stands, and every other character stays", () => {
  expect(writeAt(TEXT, ["model", "provider"], "openai")).toBe(
    TEXT.replace("provider: rules   #", "provider: openai   #"),
  );
  expect(writeAt(TEXT, ["agents", 0, "name"], "Post: mine")).toBe(
    TEXT.replace('"My inbox"', '"Post: mine"'),
  );
  expect(writeAt(TEXT, ["agents", 0, "directories", 0, "path"], "/a, b")).toBe(
    TEXT.replace("~/In", "/a, b"),
  );
});

test("a key that is not there is added in the manner of its map", () => {
  expect(writeAt(TEXT, ["model", "name"], "qwen3:8b")).toBe(
    TEXT.replace("# none yet\n", "# none yet\n  name: qwen3:8b\n"),
  );
  expect(writeAt(TEXT, ["agents", 0, "budget", "requests_per_day"], 20)).toContain(
    "budget: { usd_per_day: 1, requests_per_day: 20 }",
  );
  expect(writeAt(TEXT, ["agents", 1, "schedule"], "0 9 * * 1-5")).toContain(
    "directories: [{ path: /x }], schedule: 0 9 * * 1-5 }",
  );
});

test("a section that is not there is added at the end", () => {
  const text = writeAt(TEXT, ["budget", "usd_per_day"], 2);
  expect(text.startsWith(TEXT)).toBe(true);
  expect(parse(text)).toMatchObject({ budget: { usd_per_day: 2 } });
  expect(parse(writeAt("version: 1", ["model", "provider"], "rules"))).toEqual({
    version: 1,
    model: { provider: "rules" },
  });
  expect(parse(writeAt("budget:\nversion: 1\n", ["budget", "usd_per_day"], 2))).toEqual({
    budget: { usd_per_day: 2 },
    version: 1,
  });
});

test("a key is removed with its line, and its comment with it", () => {
  expect(removeAt(TEXT, ["agents", 0, "name"])).toBe(TEXT.replace('    name: "My inbox"\n', ""));
  expect(removeAt(TEXT, ["model", "headers"])).toBe(TEXT);
});

describe("what is written is read back", () => {
  test.each([
    "plain",
    "null",
    "true",
    "12",
    "a: b # c",
    "${OPENAI_API_KEY}",
    "'quoted' \"twice\"",
    "[list]",
    "*star &anchor !tag",
    'First line.\n\n- second: "line"\n    deeper',
    " ends with space ",
    "Grüße 🌱",
  ])("%j", (value) => {
    for (const path of [
      ["agents", 0, "instructions"],
      ["agents", 0, "name"],
      ["agents", 1, "name"],
      ["model", "name"],
    ] as const) {
      const text = writeAt(TEXT, path, value);
      expect(readAt(text, path)).toBe(value);
      expect(readAt(text, ["agents", 0, "id"])).toBe("inbox");
      expect(readAt(text, ["agents", 1, "id"])).toBe("other");
      expect(readAt(text, ["agents", 0, "budget"])).toEqual({ usd_per_day: 1 });
      for (const comment of TEXT.match(/#.*$/gmu) ?? []) expect(text).toContain(comment);
    }
  });
});

test("an item goes after those of its list and their comments, in the manner of the list", () => {
  expect(addItem(TEXT, ["agents", 0, "directories"], { path: "/b", watch: false })).toBe(
    TEXT.replace("~/In # here\n", "~/In # here\n      - path: /b\n        watch: false\n"),
  );
  expect(addItem(TEXT, ["agents", 1, "directories"], { path: "/b" })).toBe(
    TEXT.replace("[{ path: /x }]", "[{ path: /x }, { path: /b }]"),
  );
  const agent = { id: "third", directories: [{ path: "/c", include: ["*.md"] }] };
  expect(addItem(TEXT, ["agents"], agent)).toBe(
    `${TEXT}  - id: third\n    directories:\n      - path: /c\n        include: ["*.md"]\n`,
  );
  for (const empty of ["version: 1\n", "version: 1\nagents: []\n", "version: 1\nagents:\n", ""]) {
    expect(parse(addItem(empty, ["agents"], agent))).toMatchObject({ agents: [agent] });
  }
});

test("an item is removed with its own comments, and no other", () => {
  expect(removeAt(TEXT, ["agents", 1])).toBe(
    TEXT.replace("  - { id: other, directories: [{ path: /x }] }\n", ""),
  );
  const removed = removeAt(TEXT, ["agents", 0]);
  expect(parse(removed)).toMatchObject({ agents: [{ id: "other" }] });
  expect(removed).toContain("# a second one");
  expect(parse(removeAt(removed, ["agents", 0]))).toMatchObject({ agents: [] });
  const two = addItem(TEXT, ["agents", 1, "directories"], { path: "/b" });
  expect(removeAt(two, ["agents", 1, "directories", 1])).toBe(TEXT);
  const first = removeAt(two, ["agents", 1, "directories", 0]);
  expect(readAt(first, ["agents", 1, "directories"])).toEqual([{ path: "/b" }]);
  expect(readAt(removeAt(TEXT, ["agents", 0, "id"]), ["agents", 0])).toMatchObject({
    name: "My inbox",
  });
});

const scalar = fc.oneof(
  fc.string(),
  fc.constantFrom("a\nb", "a\nb\n", "- x", "#", "yes", "~", "1e3"),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const entry = fc.record({
  id: fc.stringMatching(/^[a-z]{1,8}$/u),
  name: scalar,
  directories: fc.array(fc.record({ path: scalar }), { minLength: 1, maxLength: 3 }),
});

test("whatever is added, changed and removed, the rest means what it meant, and no comment goes", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("add" as const), item: entry }),
    fc.record({ do: fc.constant("remove" as const), index: fc.nat(5) }),
    fc.record({ do: fc.constant("write" as const), index: fc.nat(5), value: scalar }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
      let text = "# head\nagents:\n  # first\n  - id: a # one\n    name: x\n# tail\nlast: 1\n";
      const agents: Record<string, unknown>[] = [{ id: "a", name: "x" }];
      for (const one of steps) {
        if (one.do === "add") {
          text = addItem(text, ["agents"], one.item);
          agents.push(one.item);
        } else if (one.index < agents.length) {
          const path = ["agents", one.index] as const;
          if (one.do === "remove") agents.splice(one.index, 1);
          else agents[one.index] = { ...agents[one.index], name: one.value };
          text =
            one.do === "remove"
              ? removeAt(text, path)
              : writeAt(text, [...path, "name"], one.value);
        }
        expect(parse(text)).toEqual({ agents, last: 1 });
        expect(text).toContain("# head\n");
        expect(text).toContain("# tail\n");
      }
    }),
  );
});

test("a text that is no YAML is refused", () => {
  expect(() => writeAt("a: [", ["model", "name"], "x")).toThrow(/flow/iu);
});
