import { expect, test } from "vitest";
import { adHocId, baseRecipeOf, recipeOf } from "../../daemon/agents/recipe.ts";
import type { Agent } from "../../daemon/protocol/agent.ts";
import { agentYaml, parse } from "../helper/config.ts";

const VERSIONS = { extractor: "2", rules: "2" };
const OPENAI = "model: { provider: openai, name: m }";

function agent(...lines: string[]): Agent {
  return parse(agentYaml(...lines)).agents[0]!;
}
const recipe = (...lines: string[]): string => baseRecipeOf(agent(...lines));

// The values are those of the first release: homes hold them. Another value makes every file of every home new.
test("a base recipe is 16 hexadecimal digits and the same today as in the first release", () => {
  expect(recipe()).toBe("bc4cd33fa494b6f9");
  expect(recipe(OPENAI, "tools: [search]", "instructions: x")).toBe("fc1224c773265f31");
  expect(recipeOf(agent(), VERSIONS)).toBe(recipe());
  expect(recipeOf(agent(OPENAI), VERSIONS)).toBe(recipe(OPENAI));
});

test.each([
  ["instructions", "instructions: x"],
  ["the provider", OPENAI],
  ["tools", "tools: [search]"],
  ["the limit of iterations", "max_iterations: 3"],
  ["the limit of changes", "max_changes_per_file: 3"],
])("another recipe comes of other %s", (_, line) => {
  expect(recipe(line)).not.toBe(recipe());
});

test("another recipe comes of another model name", () => {
  expect(recipe("model: { provider: openai, name: n }")).not.toBe(recipe(OPENAI));
});

test("the product's versions follow the base recipe, and are no part of it", () => {
  const of = (line: string, versions: Partial<typeof VERSIONS>): string =>
    recipeOf(agent(line), { ...VERSIONS, ...versions });
  expect(of(OPENAI, { extractor: "3" })).toBe(`${recipe(OPENAI)}-e3`);
  expect(of("", { rules: "3" })).toBe(`${recipe()}-e2r3`);
});

test("the version of the rules is no part of a model's recipe", () => {
  expect(recipeOf(agent(OPENAI), { ...VERSIONS, rules: "3" })).toBe(recipe(OPENAI));
});

test("a key that the config gains later leaves recipes as they were", () => {
  const before = agent(OPENAI);
  const model = { ...before.model, reasoning_effort: null, batch: false };
  const later = { ...before, model, me: [], share: null, sends: "any", on_drop: "mark" as const };
  expect(baseRecipeOf(later)).toBe(baseRecipeOf(before));
});

test.each([
  [
    "address, key and headers",
    "model: { provider: openai, name: m, base_url: 'https://h.example', api_key: k, headers: { A: b } }",
  ],
  [
    "pace and price",
    "model: { provider: openai, name: m, timeout_seconds: 1, concurrency: 9, api: chat, force_model: true, calls: tools, price: { input_usd_per_million: 1, output_usd_per_million: 1 } }",
  ],
  [
    "a name, a schedule, a budget and other directories",
    `${OPENAI}\n    name: N\n    schedule: "@daily"\n    budget: { usd_per_day: 1 }\n    approval: review`,
  ],
])("the recipe stays the same with another %s", (_, lines) => {
  expect(recipe(lines)).toBe(recipe(OPENAI));
});

test("calls by a schema are another recipe, and nothing under the rules", () => {
  const bySchema = "model: { provider: openai, name: m, calls: json_schema }";
  expect(recipe(bySchema)).not.toBe(recipe(OPENAI));
  expect(recipe("model: { calls: json_schema }")).toBe(recipe());
});

test("neither order nor repetition of tools, nor space around instructions, makes another recipe", () => {
  expect(recipe("tools: [search, create_task, search]")).toBe(
    recipe("tools: [create_task, search]"),
  );
  expect(recipe("instructions: |\n      Look.\n")).toBe(recipe("instructions: Look."));
});

test("the name of a model that is not asked is no part of the recipe", () => {
  expect(recipe("model: { name: other }")).toBe(recipe());
});

test("an ad-hoc id depends on directories and base recipe, and not on the order", () => {
  const id = adHocId(["/a", "/b"], "r");
  expect(id).toMatch(/^adhoc-[0-9a-f]{12}$/);
  expect(adHocId(["/b", "/a", "/b"], "r")).toBe(id);
  expect(adHocId(["/a"], "r")).not.toBe(id);
  expect(adHocId(["/a/b"], "r")).not.toBe(adHocId(["/a", "/b"], "r"));
  expect(adHocId(["/a", "/b"], "s")).not.toBe(id);
});
