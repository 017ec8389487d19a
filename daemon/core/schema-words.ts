// What a JSON Schema expects, in words, for the mistakes that zod finds and for the manual.
import type { Finding, KeyPath } from "./finding.ts";
import { nearestName } from "./nearest.ts";

/** The parts of a JSON Schema that are put into words here. */
export interface JsonSchema {
  type?: string | string[];
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly JsonSchema[];
  properties?: Record<string, JsonSchema | boolean>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema | JsonSchema[] | boolean;
  format?: string;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
}

/** A zod issue. */
export interface ShapeIssue {
  code?: string;
  path: readonly PropertyKey[];
  message: string;
  format?: string;
  keys?: readonly string[];
}

/** zod issues as findings that say what the schema expects at each path. */
export function shapeFindings(root: JsonSchema, issues: readonly ShapeIssue[]): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(root, path);
      return (issue.keys ?? []).map((key) => ({
        path: [...path, key],
        expected: known.length === 0 ? "no key here" : `one of ${known.join(", ")}`,
        near: nearestName(key, known),
        unknown: true,
      }));
    }
    // A pattern means nothing to most people, so the schema has words for each.
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

/** What a schema accepts, such as `a whole number of at least 0 or null`. */
export function typeInWords(schema: JsonSchema): string {
  return alternatives(schema).flatMap(inWords).join(" or ");
}

/** The schemas at a path: one, or the alternatives. */
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

/** What a schema without alternatives accepts, one entry for each type. */
function inWords(schema: JsonSchema): string[] {
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum) return [`one of ${schema.enum.join(", ")}`];
  return [schema.type ?? []].flat().map((type) => {
    switch (type) {
      case "object":
        return "a mapping";
      case "array":
        return listInWords(schema);
      case "string":
        if (schema.format === "date") return "a date (YYYY-MM-DD)";
        if (schema.format === "date-time") return "an instant (YYYY-MM-DDThh:mm:ssZ)";
        return textInWords(schema);
      case "integer":
        return `a whole number${rangeInWords(schema)}`;
      case "number":
        return `a number${rangeInWords(schema)}`;
      case "boolean":
        return "true or false";
      default:
        return type;
    }
  });
}

function listInWords({ minItems, maxItems }: JsonSchema): string {
  if (maxItems !== undefined) return `a list of at most ${maxItems}`;
  return minItems ? "a list that is not empty" : "a list";
}

function textInWords({ minLength, maxLength }: JsonSchema): string {
  if (maxLength === undefined) return minLength ? "a text that is not empty" : "a text";
  return minLength
    ? `a text of ${minLength} to ${maxLength} characters`
    : `a text of at most ${maxLength} characters`;
}

function rangeInWords(schema: JsonSchema): string {
  const { minimum, exclusiveMinimum } = schema;
  // zod adds this to every whole number.
  const maximum = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  if (exclusiveMinimum === undefined) return "";
  return ` above ${exclusiveMinimum}${maximum === undefined ? "" : ` and of at most ${maximum}`}`;
}
