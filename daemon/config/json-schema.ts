import { z } from "zod";
import { configSchema } from "./schema.ts";

/** A JSON Schema that is an object. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema of config.yaml in draft 7, the newest that all editors support. */
export function configJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, {
    io: "input",
    target: "draft-7",
    override: ({ jsonSchema }) => {
      // zod adds these to every whole number and date, and they only distract a reader.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.format) delete jsonSchema.pattern;
      delete jsonSchema.propertyNames;
    },
  });
  return { ...($schema && { $schema }), title: "Agent Runner configuration", ...schema };
}
