import fc from "fast-check";
import { expect, test } from "vitest";
import { configJsonSchema } from "../../daemon/config/json-schema.ts";
import { configError, issuesOf, parse } from "../helper/config.ts";

const FULL = `# every section
version: 1
server:
  host: 127.0.0.1
  port: 4770
model:
  provider: openai
  base_url: https://litellm.example/v1
  name: gpt-4.1
  api_key: sk-SECRET-1
  headers:
    X-Key: SECRET-2
    Authorization: "Bearer SECRET-3"
  price:
    input_usd_per_million: 2
    output_usd_per_million: 8
budget:
  usd_per_day: 1
retention:
  conversation_days: null
tray:
  backend: none

agents:
  - id: inbox
    name: Inbox
    enabled: true
    directories:
      - path: ~/in
        max_depth: 2
        include: ["*.md"]
      - watch: poll
        path: /srv/in
    modified_after: 2026-01-01
    schedule: 0 9 * * 1-5
    timezone: Europe/Berlin
    instructions: |
      server: is a word here
    tools: [search]
    max_iterations: 3
  - directories: [{ path: /b }]
    # the id may stand below
    id: other
    model:
      base_url: https://user:SECRET-4@other.example/v1
      api_key: SECRET-5
      headers: { X-Key: SECRET-6 }
    budget:
      usd_per_run: 0.5
`;
const LINES = FULL.split("\n");

/** Every line that holds a key of ours: its number, the key, and where the key stands in the line. */
const KEYS = LINES.flatMap((line, index) => {
  const match = /^(?: {2}){0,5}(?:- )?([a-z_]+):/.exec(line);
  const key = match?.[1];
  if (key === undefined || line.includes("is a word here")) return [];
  return [{ line: index + 1, key, at: line.indexOf(key) }];
});

/** Every name that is a key somewhere, which a slip may happen to give. */
const NAMES = new Set(
  [...JSON.stringify(configJsonSchema()).matchAll(/"([a-z_]+)":/g)].map(([, name]) => name ?? ""),
);

test("the text that the properties change is right before they do", () => {
  expect(parse(FULL).agents.map(({ id }) => id)).toEqual(["inbox", "other"]);
  expect(KEYS.length).toBeGreaterThan(35);
});

test("a slip in any key is an error at its line, with a near name", () => {
  const letter = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz_".split(""));
  const slip = fc.record({
    target: fc.constantFrom(...KEYS),
    where: fc.nat(),
    kind: fc.constantFrom("insert", "drop", "replace", "swap"),
    letter,
  });
  fc.assert(
    fc.property(slip, ({ target, where, kind, letter: extra }) => {
      const { key, line, at } = target;
      const spot = where % key.length;
      const rest = key.slice(spot);
      const typo =
        key.slice(0, spot) +
        {
          insert: extra + rest,
          drop: rest.slice(1),
          replace: extra + rest.slice(1),
          swap: (rest[1] ?? "") + (rest[0] ?? "") + rest.slice(2),
        }[kind];
      fc.pre(typo.length > 1 && !NAMES.has(typo));

      const written = LINES[line - 1] ?? "";
      const text = LINES.with(
        line - 1,
        written.slice(0, at) + typo + written.slice(at + key.length),
      ).join("\n");
      const issue = issuesOf(text).find(({ message }) => message.includes("unknown key"));
      expect(issue).toMatchObject({ line, column: at + 1 });
      expect(issue?.message).toContain(`unknown key "${typo}", did you mean `);
    }),
    { numRuns: 150 },
  );
});

test("no slip of one edit anywhere brings a key, a header or a password into an error", () => {
  const edit = fc.record({
    at: fc.nat(FULL.length),
    drop: fc.nat(2),
    insert: fc.oneof(
      fc.constant(""),
      fc.constantFrom(...":{}[]-\"'#*&!%|>@`,?\\\t\n \0x".split("")),
      fc.constantFrom("\n  ", ": ", "---\n", "${", "<<"),
    ),
  });
  fc.assert(
    fc.property(edit, ({ at, drop, insert }) => {
      const error = configError(FULL.slice(0, at) + insert + FULL.slice(at + drop));
      const shown = error ? JSON.stringify([error.message, error.hint, error.data]) : "";
      // A slip inside a secret may cut off its first letters.
      expect(shown).not.toMatch(/ECRET|RET-/);
    }),
    { numRuns: 200 },
  );
});

test("any text at all is parsed or is config_invalid with a line in it", () => {
  const token = fc.constantFrom(
    ..."agents: model: - [ ] { } , : ? & * ! | > ' \" # \n".split(" "),
    "\n  ",
    "a",
    "1",
    "null",
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 30 }), (tokens) => {
      const text = tokens.join(" ");
      for (const { line, column } of issuesOf(text)) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(text.split("\n").length);
        expect(column).toBeGreaterThanOrEqual(1);
      }
    }),
    { numRuns: 300 },
  );
});
