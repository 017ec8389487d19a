import { expect, test } from "vitest";
import { adHocId, recipeOf } from "../../daemon/agents/recipe.ts";
import type { Agent } from "../../daemon/protocol/agent.ts";
import { agentYaml, parse } from "../helper/config.ts";

const VERSIONS = { extractor: "1", prompt: "1", rules: "1" };
const OPENAI = "model: { provider: openai, name: m }";

function agent(...lines: string[]): Agent {
  return parse(agentYaml(...lines)).agents[0]!;
}
const recipe = (...lines: string[]): string => recipeOf(agent(...lines), VERSIONS);

test("a recipe is 16 hexadecimal digits and the same today as ever", () => {
  expect(recipe()).toMatchInlineSnapshot(`"c5327dad68235be5"`);
  expect(recipe(OPENAI, "tools: [search]", "instructions: x")).toMatchInlineSnapshot(
    `"64c3c2c7301c3238"`,
  );
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

test("another recipe comes of another model name, extractor or prompt", () => {
  const base = recipe(OPENAI);
  expect(recipe("model: { provider: openai, name: n }")).not.toBe(base);
  expect(recipeOf(agent(OPENAI), { ...VERSIONS, extractor: "2" })).not.toBe(base);
  expect(recipeOf(agent(OPENAI), { ...VERSIONS, prompt: "2" })).not.toBe(base);
});

test("the rules have a version of their own, and no prompt", () => {
  expect(recipeOf(agent(), { ...VERSIONS, rules: "2" })).not.toBe(recipe());
  expect(recipeOf(agent(), { ...VERSIONS, prompt: "2" })).toBe(recipe());
  expect(recipeOf(agent(OPENAI), { ...VERSIONS, rules: "2" })).toBe(recipe(OPENAI));
});

test.each([
  [
    "address, key and headers",
    "model: { provider: openai, name: m, base_url: 'https://h.example', api_key: k, headers: { A: b } }",
  ],
  [
    "pace and price",
    "model: { provider: openai, name: m, timeout_seconds: 1, concurrency: 9, api: chat, price: { input_usd_per_million: 1, output_usd_per_million: 1 } }",
  ],
  [
    "a name, a schedule, a budget and other directories",
    `${OPENAI}\n    name: N\n    schedule: "@daily"\n    budget: { usd_per_day: 1 }\n    approval: review`,
  ],
])("the recipe stays the same with another %s", (_, lines) => {
  expect(recipe(lines)).toBe(recipe(OPENAI));
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

test("an ad-hoc id depends on directories and recipe, and not on the order", () => {
  const id = adHocId(["/a", "/b"], "r");
  expect(id).toMatch(/^adhoc-[0-9a-f]{12}$/);
  expect(adHocId(["/b", "/a", "/b"], "r")).toBe(id);
  expect(adHocId(["/a"], "r")).not.toBe(id);
  expect(adHocId(["/a/b"], "r")).not.toBe(adHocId(["/a", "/b"], "r"));
  expect(adHocId(["/a", "/b"], "s")).not.toBe(id);
});
