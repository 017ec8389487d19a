import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { listAgents, readAt, removeAt, writeAt } from "../../daemon/dashboard/page/yaml-edit.ts";

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
    TEXT.replace("~/In", '"/a, b"'),
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
      expect(listAgents(text)).toEqual(["inbox", "other"]);
      expect(readAt(text, ["agents", 0, "budget"])).toEqual({ usd_per_day: 1 });
      for (const comment of TEXT.match(/#.*$/gmu) ?? []) expect(text).toContain(comment);
    }
  });
});

test("a text that is no YAML is refused", () => {
  expect(() => writeAt("a: [", ["model", "name"], "x")).toThrow(/flow/iu);
});
