import { readFileSync } from "node:fs";
import path from "node:path";
import { format } from "oxfmt";
import { expect, test } from "vitest";
import { configJsonSchema, type JsonSchema } from "../../daemon/config/json-schema.ts";
import { configReference, withConfigReference } from "../../daemon/config/reference.ts";

test("the chapter config.yaml of MANUAL.md is what the schema gives (renew it: npm run docs)", async () => {
  const manual = path.join(import.meta.dirname, "../../MANUAL.md");
  const renewed = withConfigReference(readFileSync(manual, "utf8"));
  const { code } = await format("MANUAL.md", renewed, { printWidth: 100 });
  await expect(code).toMatchFileSnapshot(manual);
});

test("the reference names every key of the schema", () => {
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
