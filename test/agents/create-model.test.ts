import { expect, test } from "vitest";
import { createModel } from "../../daemon/agents/create-model.ts";
import { createMemory } from "../../daemon/agent/model/memory.ts";
import { modelSchema } from "../../daemon/protocol/agent.ts";

test("the default is rules, which sends nothing anywhere", () => {
  const model = createModel(modelSchema.parse({}), createMemory());
  expect([model.provider, model.endpoint]).toEqual(["rules", null]);
});

test.each(["auto", "chat"])("an endpoint with api %s is spoken to over chat completions", (api) => {
  const model = createModel(
    modelSchema.parse({ provider: "openai", api, name: "m" }),
    createMemory(),
  );
  expect([model.provider, model.name, model.endpoint]).toEqual([
    "openai",
    "m",
    "https://api.openai.com",
  ]);
});
