import fc from "fast-check";
import { expect, test } from "vitest";
import { isSameConfig, listTouched } from "../../daemon/config/difference.ts";
import type { LoadedConfig } from "../../daemon/config/load.ts";
import { parse } from "../helper/config.ts";

/** A config of these agents, each as its id and more of it in YAML's flow style. */
function config(agents: Record<string, string>, ...sections: string[]): LoadedConfig {
  const lines = Object.entries(agents).map(([id, more]) => `  - { id: ${id}, ${more} }`);
  return parse([...sections, "agents:", ...(lines.length > 0 ? lines : ["  []"])].join("\n"));
}

const touched = (previous: LoadedConfig, next: LoadedConfig): string[] =>
  listTouched(previous, next).map(({ id }) => id);

const A = "directories: [{ path: /a }]";
const B = "directories: [{ path: /b }]";
const OPENAI = "provider: openai, base_url: 'http://127.0.0.1:1/v1'";

test.each<[string, Record<string, string>, Record<string, string>, string[]]>([
  ["nothing differs", { a: A, b: B }, { a: A, b: B }, []],
  ["only the order differs", { a: A, b: B }, { b: B, a: A }, []],
  ["a default is written out", { a: A }, { a: `${A}, enabled: true, model: null` }, []],
  ["an agent is new", { a: A }, { a: A, b: B }, ["b"]],
  ["an agent is gone", { a: A, b: B }, { b: B }, []],
  ["a schedule differs", { a: A, b: B }, { a: `${A}, schedule: "@daily"`, b: B }, ["a"]],
  ["a directory differs", { a: A }, { a: B }, ["a"]],
  ["an id differs", { a: A }, { b: A }, ["b"]],
  ["two agents trade ids", { a: A, b: B }, { a: B, b: A }, ["a", "b"]],
])("%s", (_, previous, next, expected) => {
  expect(touched(config(previous), config(next))).toEqual(expected);
});

test("a touched agent is given as it is now", () => {
  expect(listTouched(config({ a: A }), config({ a: `${A}, name: New` }))).toMatchObject([
    { id: "a", name: "New" },
  ]);
});

test("the model of all changes every agent that has no other", () => {
  const agents = { a: A, b: `${B}, model: { ${OPENAI}, name: own }` };
  const named = (name: string) => config(agents, `model: { ${OPENAI}, name: ${name} }`);
  expect(touched(named("m"), named("n"))).toEqual(["a"]);
});

test("an agent has changed when a variable that its model waited for is set", () => {
  const text = `agents: [{ id: a, ${A}, model: { ${OPENAI}, api_key: "\${KEY}" } }, { id: b, ${B} }]`;
  expect(touched(parse(text), parse(text, { KEY: "k-1" }))).toEqual(["a"]);
});

test("an agent has changed when it no longer waits for anything, though its model is the same", () => {
  const waiting = config({ a: `${A}, model: { ${OPENAI}, api_key: "\${KEY}" }` });
  const ready = config({ a: `${A}, model: { ${OPENAI}, api_key: null }` });
  expect(waiting.agents).toEqual(ready.agents);
  expect(touched(waiting, ready)).toEqual(["a"]);
});

test.each([
  ["a comment", "# more\n", true],
  ["a default", "budget: {}\n", true],
  ["a budget", "budget: { usd_per_day: 1 }\n", false],
  ["how long things are kept", "retention: { conversation_days: 1 }\n", false],
])("with %s more, that two configs say the same is %s", (_, line, expected) => {
  const text = `agents: [{ id: a, ${A} }]\n`;
  expect(isSameConfig(parse(text), parse(line + text))).toBe(expected);
});

test("two configs do not say the same where another variable is set", () => {
  const text = `agents: [{ id: a, directories: [{ path: "\${IN}" }] }]`;
  expect(isSameConfig(parse(text, { IN: "/a" }), parse(text, { IN: "/a" }))).toBe(true);
  expect(isSameConfig(parse(text, { IN: "/a" }), parse(text))).toBe(false);
});

const anyConfig = fc
  .dictionary(
    fc.constantFrom("a", "b", "c", "d", "e"),
    fc.tuple(fc.subarray(["/1", "/2"], { minLength: 1 }), fc.constantFrom("x", "y"), fc.boolean()),
  )
  .map((agents) =>
    config(
      Object.fromEntries(
        Object.entries(agents).map(([id, [paths, instructions, enabled]]) => [
          id,
          `directories: [${paths.map((path) => `{ path: ${path} }`).join(", ")}], instructions: ${instructions}, enabled: ${enabled}`,
        ]),
      ),
    ),
  );

test("whatever was edited, each agent is touched that is not in the config before as it is now", () => {
  fc.assert(
    fc.property(anyConfig, anyConfig, (previous, next) => {
      const untouched = next.agents.filter(({ id }) => !touched(previous, next).includes(id));
      const before = new Map(previous.agents.map((agent) => [agent.id, agent]));
      for (const agent of untouched) expect(before.get(agent.id)).toEqual(agent);
      for (const agent of listTouched(previous, next)) {
        expect(before.get(agent.id)).not.toEqual(agent);
      }
    }),
  );
});
