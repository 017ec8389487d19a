import { z } from "zod";
import { configSchema } from "./schema.ts";

/** A JSON Schema, as far as it is an object. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema of config.yaml, in draft 7: the newest that editors read everywhere. */
export function configJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, {
    io: "input",
    target: "draft-7",
    override: ({ jsonSchema }) => {
      // What zod adds to every whole number and every date, and what helps nobody who reads it.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.format) delete jsonSchema.pattern;
      delete jsonSchema.propertyNames;
    },
  });
  return { ...($schema && { $schema }), title: "Agent Runner configuration", ...schema };
}
