import { format } from "oxfmt";
import { expect, test } from "vitest";
import { configJsonSchema, type JsonSchema } from "../../daemon/config/json-schema.ts";
import { configReference } from "../../daemon/config/reference.ts";

test("CONFIG.md is what the schema gives (renew it: npm run docs)", async () => {
  const { code } = await format("CONFIG.md", configReference(), { printWidth: 100 });
  await expect(code).toMatchFileSnapshot("../../CONFIG.md");
});

test("every key of the schema stands in the reference", () => {
  const text = configReference();
  const keysOf = (schema: JsonSchema): string[] =>
    [
      ...Object.entries(schema.properties ?? {}),
      ["", schema.items],
      ...(schema.anyOf ?? []).map((part) => ["", part]),
    ].flatMap(([key, part]) => [
      ...(typeof key === "string" && key !== "" ? [key] : []),
      ...(typeof part === "object" && !Array.isArray(part) ? keysOf(part) : []),
    ]);
  const keys = new Set(keysOf(configJsonSchema()));
  expect(keys.size).toBeGreaterThan(40);
  const missing = [...keys].filter(
    (key) => !new RegExp(`\`([\\w[\\].]+\\.)?${key}(\\[\\])?\``, "u").test(text),
  );
  expect(missing).toEqual([]);
});
