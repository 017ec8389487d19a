import { expect, test } from "vitest";
import { writeModel } from "../../daemon/core/model-edit.ts";

const AT = ["agents", 0, "model"];
const HERE = { base_url: "http://127.0.0.1:11434/v1", name: "qwen3:8b" };
const THERE = { base_url: "https://llm.example/v1", name: "big" };

const withOwn = (model: string): string => `model:
  provider: openai
  base_url: https://llm.example/v1
  name: big
  api_key: \${KEY}
agents:
  - id: inbox
${model}    # the end of it
  - id: other
`;

test("an agent gets a model of its own, and that of all stays", () => {
  const own = `    model:
      provider: openai
      base_url: http://127.0.0.1:11434/v1
      name: qwen3:8b
`;
  expect(writeModel(withOwn(""), AT, HERE, THERE).replaceAll("    # the end of it\n", "")).toBe(
    withOwn(own).replaceAll("    # the end of it\n", ""),
  );
  expect(writeModel(withOwn(""), AT, "rules", THERE)).toContain(
    "    model:\n      provider: rules\n",
  );
});

test("what was written for one endpoint or model is not left to another", () => {
  const own = `    model: # mine
      provider: rules
      base_url: https://other.example/v1
      api_key: \${OTHER_KEY}
      headers: { x-team: a }
      price: { input_usd_per_million: 1, output_usd_per_million: 2 }
      concurrency: 4 # many
`;
  const before = { base_url: "https://other.example/v1", name: "big" };
  expect(writeModel(withOwn(own), AT, HERE, before)).toBe(
    withOwn(`    model: # mine
      provider: openai
      base_url: http://127.0.0.1:11434/v1
      concurrency: 4 # many
      name: qwen3:8b
`),
  );
  const renamed = writeModel(withOwn(own), AT, { ...before, name: "small" }, before);
  expect(renamed).toContain(
    "      api_key: ${OTHER_KEY}\n      headers: { x-team: a }\n      concur",
  );
  expect(writeModel(withOwn(own), AT, "rules", before)).toBe(withOwn(own));
});
