import fc from "fast-check";
import { expect, test } from "vitest";
import { compareConfigs, isSameConfig } from "../../daemon/config/difference.ts";
import type { ConfigDifference } from "../../daemon/config/difference.ts";
import type { LoadedConfig } from "../../daemon/config/load.ts";
import { recipeOf } from "../../daemon/config/recipe.ts";
import { parse } from "../helper/config.ts";

const VERSIONS = { extractor: "1", prompt: "1" };

/** A config of these agents, each as its id and more of it in YAML's flow style. */
function config(agents: Record<string, string>, ...sections: string[]): LoadedConfig {
  const lines = Object.entries(agents).map(([id, more]) => `  - { id: ${id}, ${more} }`);
  return parse([...sections, "agents:", ...(lines.length > 0 ? lines : ["  []"])].join("\n"));
}

/** A difference with ids in place of agents; empty parts are left out. */
function idsOf(difference: ConfigDifference): object {
  const parts = {
    added: difference.added.map(({ id }) => id),
    removed: difference.removed.map(({ id }) => id),
    changed: difference.changed.map(({ id }) => id),
    renamed: difference.renamed.map(({ from, to }) => `${from.id} -> ${to.id}`),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, ids]) => ids.length > 0));
}

const compare = (previous: LoadedConfig, next: LoadedConfig): ConfigDifference =>
  compareConfigs(previous, next, VERSIONS);

const A = "directories: [{ path: /a }]";
const B = "directories: [{ path: /b }]";
const OPENAI = "provider: openai, base_url: 'http://127.0.0.1:1/v1'";

test.each<[string, Record<string, string>, Record<string, string>, object]>([
  ["nothing differs", { a: A, b: B }, { a: A, b: B }, {}],
  ["only the order differs", { a: A, b: B }, { b: B, a: A }, {}],
  ["a default is written out", { a: A }, { a: `${A}, enabled: true, model: null` }, {}],
  ["an agent is new", { a: A }, { a: A, b: B }, { added: ["b"] }],
  ["an agent is gone", { a: A, b: B }, { b: B }, { removed: ["a"] }],
  ["all are gone", { a: A, b: B }, {}, { removed: ["a", "b"] }],
  ["a schedule differs", { a: A }, { a: `${A}, schedule: "@daily"` }, { changed: ["a"] }],
  ["a directory differs", { a: A }, { a: B }, { changed: ["a"] }],
  ["an id differs", { a: A }, { b: A }, { renamed: ["a -> b"] }],
  ["two agents trade ids", { a: A, b: B }, { a: B, b: A }, { changed: ["a", "b"] }],
  [
    "id and schedule differ",
    { a: A },
    { b: `${A}, schedule: "@daily", name: N` },
    { renamed: ["a -> b"] },
  ],
  [
    "id and order of directories differ",
    { a: "directories: [{ path: /a }, { path: /b }]" },
    { b: "directories: [{ path: /b }, { path: /a, max_depth: 1 }]" },
    { renamed: ["a -> b"] },
  ],
  [
    "id and recipe differ",
    { a: A },
    { b: `${A}, instructions: x` },
    { added: ["b"], removed: ["a"] },
  ],
  ["id and directory differ", { a: A }, { b: B }, { added: ["b"], removed: ["a"] }],
  ["an agent is copied", { a: A }, { a: A, b: A }, { added: ["b"] }],
  ["two alike are renamed", { a: A, b: A }, { c: A, d: A }, { renamed: ["a -> c", "b -> d"] }],
  ["of two alike one stays", { a: A, b: A }, { c: A }, { renamed: ["a -> c"], removed: ["b"] }],
])("%s", (_, previous, next, expected) => {
  expect(idsOf(compare(config(previous), config(next)))).toEqual(expected);
});

test("a changed agent is given as it is now, a renamed one as it was and is", () => {
  const { changed, renamed } = compare(
    config({ a: A, b: B }),
    config({ a: `${A}, name: New`, c: `${B}, name: New` }),
  );
  expect(changed).toMatchObject([{ id: "a", name: "New" }]);
  expect(renamed).toMatchObject([{ from: { id: "b", name: "b" }, to: { id: "c", name: "New" } }]);
});

test("the model of all changes every agent that has no other", () => {
  const agents = { a: A, b: `${B}, model: { ${OPENAI}, name: own }` };
  const difference = compare(
    config(agents, `model: { ${OPENAI}, name: m }`),
    config(agents, `model: { ${OPENAI}, name: n }`),
  );
  expect(idsOf(difference)).toEqual({ changed: ["a"] });
});

test("an agent has changed when a variable that its model waited for is set", () => {
  const text = `agents: [{ id: a, ${A}, model: { ${OPENAI}, api_key: "\${KEY}" } }, { id: b, ${B} }]`;
  expect(idsOf(compare(parse(text), parse(text, { KEY: "k-1" })))).toEqual({ changed: ["a"] });
});

test("an agent has changed when it no longer waits for anything, though its model is the same", () => {
  const waiting = config({ a: `${A}, model: { ${OPENAI}, api_key: "\${KEY}" }` });
  const ready = config({ a: `${A}, model: { ${OPENAI}, api_key: null }` });
  expect(waiting.agents).toEqual(ready.agents);
  expect(idsOf(compare(waiting, ready))).toEqual({ changed: ["a"] });
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

test("applying a difference to the agents of one config gives those of the other", () => {
  fc.assert(
    fc.property(anyConfig, anyConfig, (previous, next) => {
      const { added, removed, changed, renamed } = compare(previous, next);
      const agents = new Map(previous.agents.map((agent) => [agent.id, agent]));
      for (const { id } of [...removed, ...renamed.map(({ from }) => from)]) {
        expect(agents.delete(id)).toBe(true);
      }
      for (const agent of changed) expect(agents.get(agent.id)).not.toEqual(agent);
      for (const agent of changed) agents.set(agent.id, agent);
      for (const agent of [...added, ...renamed.map(({ to }) => to)]) {
        expect(agents.has(agent.id)).toBe(false);
        agents.set(agent.id, agent);
      }
      const expected = new Map(next.agents.map((agent) => [agent.id, agent]));
      expect(agents).toEqual(expected);
    }),
  );
});

test("what is renamed keeps recipe and directories, and nothing that could be is left", () => {
  fc.assert(
    fc.property(anyConfig, anyConfig, (previous, next) => {
      const { added, removed, renamed } = compare(previous, next);
      const work = (agent: LoadedConfig["agents"][number]): string =>
        `${recipeOf(agent, VERSIONS)} ${agent.directories.map(({ path }) => path).join(" ")}`;
      for (const { from, to } of renamed) expect(work(to)).toBe(work(from));
      const lost = new Set(removed.map(work));
      expect(added.filter((agent) => lost.has(work(agent)))).toEqual([]);
    }),
  );
});
