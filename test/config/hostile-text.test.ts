import { expect, test } from "vitest";
import { redact, restore } from "../../daemon/config/redact.ts";
import { parse } from "../helper/config.ts";
import { issuesOf } from "../helper/config.ts";

const KEY = "sk-0123456789abcdefghij";
const many = (line: (index: number) => string, count = 20_000): string =>
  Array.from({ length: count }, (_, index) => line(index)).join("");
const LAUGHS = many((index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]\n`, 12);

// Each kept the daemon from answering for seconds or minutes, or would with a longer text.
const TEXTS: [string, string, RegExp][] = [
  ["900 kB of one key", "a: b\n".repeat(180_000), /at most 200,000 characters/],
  ["40,000 times one key", "a: b\n".repeat(39_000), /fewer entries/],
  ["3,000 times one key", "a: b\n".repeat(3_000), /each key once/],
  ["20,000 keys", many((index) => `k${index}:\n`), /fewer entries/],
  ["3,000 unknown keys", many((index) => `k${index}: 1\n`, 3_000), /one of version/],
  ["5,000 keys in braces", `{${many((index) => `k${index},`, 5_000)}}`, /one of version/],
  ["brackets that open", "[".repeat(190_000), /less nesting/],
  ["brackets that open and close", "[".repeat(90_000) + "]".repeat(90_000), /less nesting/],
  ["braces in braces", "{a: ".repeat(40_000), /less nesting/],
  ["lists in lists on a line", "- ".repeat(90_000), /less nesting/],
  [
    "lists in lists on many lines",
    many((index) => `${" ".repeat(index * 80)}${"- ".repeat(40)}\n`, 60),
    /less nesting/,
  ],
  ["keys in keys on a line", "a: ".repeat(9_000), /less nesting/],
  ["keys as keys", "? ".repeat(90_000), /less nesting/],
  ["aliases that multiply", `a0: &a0 [x]\n${LAUGHS}`, /fewer aliases/],
  ["an alias in its own list", "agents: &a [*a]\n", /./],
  ["an alias in its own key", "model: { api_key: &a [*a] }\n", /./],
  ["thousands of anchors", many((index) => `k${index}: &a${index} x\n`, 9_000), /fewer entries/],
  ["thousands of aliases", `a: &a x\nb: [${"*a,".repeat(60_000)}]`, /fewer entries/],
  ["many documents", "---\n".repeat(49_000), /fewer entries/],
  ["a line without an end", `a: ${"x".repeat(190_000)}`, /one of version/],
  ["a key without an end", `${"x".repeat(190_000)}: a`, /1024 characters/],
  ["escapes that are none", `a: "${"\\q".repeat(90_000)}"`, /known escape/],
  ["tags", many((index) => `- !t${index} x\n`, 15_000), /fewer entries/],
  [
    "schedules that never match",
    `agents:\n${many((index) => `  - { id: a${index}, directories: [{ path: /a }], schedule: "${index} 0 31 2 *" }\n`, 700)}`,
    /matches some time/,
  ],
];

test.each(TEXTS)("%s are refused with at most 20 mistakes", (_, text, expected) => {
  const issues = issuesOf(text);
  expect(issues.length).toBeGreaterThan(0);
  expect(issues.length).toBeLessThanOrEqual(20);
  expect(issues[0]?.message).toMatch(expected);
  // A key behind it is hidden, unless the whole text is.
  const shown = redact(`${text}\n# api_key: ${KEY}\n`)?.text ?? "(hidden 1)";
  expect(shown).toContain("(hidden 1)");
  expect(shown).not.toContain(KEY);
});

test("a key behind a line of 150,000 comment signs is hidden", () => {
  const signs = "#".repeat(150_000);
  expect(redact(`version: 1\n${signs} api_key: ${KEY}\n`)?.hidden).toEqual([KEY]);
});

test("a text with more keys than any config has is not shown, so that none is missed", () => {
  const headers = many((index) => `    X-${index}: secret-value-${index}\n`, 400);
  const text = `model:\n  headers:\n${headers}`;
  expect(parse(text).config.model.headers["X-7"]).toBe("secret-value-7");
  expect(redact(text)).toBeUndefined();
});

test("a long secret in many places does not fill the memory", () => {
  const { text } = restore("(hidden 1) ".repeat(18_000), ["k".repeat(100_000)]);
  expect(text.length).toBeLessThan(1_000_000);
});

test("a config of a hundred agents with all their settings is read", () => {
  const agents = many(
    (index) => `  - id: a${index}
    name: Agent ${index}
    enabled: true
    directories:
      - path: /a${index}
        max_depth: 3
        include: ["*.md", "*.txt"]
        exclude: []
    extensions: [md, txt]
    modified_after: 2026-01-01
    max_file_bytes: 1000000 # a comment
    settle_seconds: 2
    schedule: 0 9 * * 1-5
    timezone: Europe/Berlin
    instructions: |
      Look for what is due, and say who does it.
      Leave out the rest.
    max_iterations: 3
    on_delete: keep
    budget: { usd_per_run: 0.5 }
`,
    100,
  );
  expect(parse(`version: 1\nagents:\n${agents}`).agents).toHaveLength(100);
});
