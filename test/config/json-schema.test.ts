import { format } from "oxfmt";
import { expect, test } from "vitest";
import { configJsonSchema } from "../../daemon/config/json-schema.ts";
import type { JsonSchema } from "../../daemon/config/json-schema.ts";

test("config.schema.json is what the schema gives (renew it: npx vitest run -u test/config/json-schema.test.ts)", async () => {
  const text = JSON.stringify(configJsonSchema(), null, 2);
  const { code } = await format("config.schema.json", text, { printWidth: 100 });
  await expect(code).toMatchFileSnapshot("../../config/config.schema.json");
});

test("every key is described", () => {
  const bare: string[] = [];
  const visit = (schema: JsonSchema, path: string): void => {
    for (const part of schema.anyOf ?? []) visit(part, path);
    if (typeof schema.items === "object" && !Array.isArray(schema.items)) {
      visit(schema.items, `${path}[]`);
    }
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      if (typeof value !== "object") continue;
      if (!value.description) bare.push(`${path}.${key}`);
      visit(value, `${path}.${key}`);
    }
  };
  visit(configJsonSchema(), "");
  expect(bare).toEqual([]);
});
