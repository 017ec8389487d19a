import type { z } from "zod";
import type { Finding, KeyPath } from "./finding.ts";
import { configJsonSchema } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import { nearestName } from "./nearest.ts";

// Made at the first mistake and kept: it takes longer to make than all the rest of reading a config.
let rootSchema: JsonSchema | undefined;

/** What zod found wrong with a config, in terms of what the schema wants at each place. */
export function shapeFindings(issues: readonly z.core.$ZodIssue[]): Finding[] {
  const root = (rootSchema ??= configJsonSchema());
  return issues.flatMap((issue): Finding[] => {
    const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(root, path);
      return issue.keys.map((key) => ({
        path: [...path, key],
        expected: known.length === 0 ? "no key here" : `one of ${known.join(", ")}`,
        near: nearestName(key, known),
        unknown: true,
      }));
    }
    // A pattern says nothing to most people; the schema has words for each.
    const byPattern = issue.code === "invalid_format" && issue.format === "regex";
    const expected = byPattern ? issue.message.replace(/^expected /, "") : expectedAt(root, path);
    return [{ path, expected }];
  });
}

function keysAt(root: JsonSchema, path: KeyPath): string[] {
  return schemasAt(root, path).flatMap((schema) => Object.keys(schema.properties ?? {}));
}

function expectedAt(root: JsonSchema, path: KeyPath): string {
  return schemasAt(root, path).flatMap(inWords).join(" or ");
}

/** The schemas that hold at a place: one, or the alternatives. */
function schemasAt(root: JsonSchema, path: KeyPath): JsonSchema[] {
  let schemas = alternatives(root);
  for (const step of path) {
    schemas = schemas.flatMap((schema) => {
      const below =
        typeof step === "number"
          ? schema.items
          : (schema.properties?.[step] ?? schema.additionalProperties);
      return typeof below === "object" && !Array.isArray(below) ? alternatives(below) : [];
    });
  }
  return schemas;
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  return schema.anyOf?.flatMap(alternatives) ?? [schema];
}

/** What a schema without alternatives wants, one entry for each type it allows. */
function inWords(schema: JsonSchema): string[] {
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum) return [`one of ${schema.enum.join(", ")}`];
  return [schema.type ?? []].flat().map((type) => {
    switch (type) {
      case "object":
        return "a mapping";
      case "array":
        return schema.minItems ? "a list that is not empty" : "a list";
      case "string":
        if (schema.format === "date") return "a date (YYYY-MM-DD)";
        return schema.minLength ? "a text that is not empty" : "a text";
      case "integer":
        return `a whole number${rangeInWords(schema)}`;
      case "number":
        return `a number${rangeInWords(schema)}`;
      case "boolean":
        return "true or false";
      case "null":
        return "null";
    }
  });
}

function rangeInWords({ minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return exclusiveMinimum === undefined ? "" : ` above ${Number(exclusiveMinimum)}`;
}
