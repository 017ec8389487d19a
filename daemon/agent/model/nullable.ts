import { isRecord } from "../../core/record.ts";

/**
 * The schema of a tool's arguments in which each optional field may also be null. Groq checks the calls of its models
 * itself, and some models fill every field that they leave out with null. Others refuse such a list of types.
 * Source: https://github.com/vierisid/jarvis/pull/199
 */
export function withNulls(parameters: Record<string, unknown>): Record<string, unknown> {
  const { properties, required } = parameters;
  if (!isRecord(properties)) return parameters;
  const needed = new Set(Array.isArray(required) ? required : []);
  const widened = Object.entries(properties).map(([name, field]) => [
    name,
    needed.has(name) || !isRecord(field) ? field : orNull(field),
  ]);
  return { ...parameters, properties: Object.fromEntries(widened) as Record<string, unknown> };
}

function orNull(field: Record<string, unknown>): Record<string, unknown> {
  const values = field["enum"];
  return {
    ...field,
    ...(typeof field["type"] === "string" && { type: [field["type"], "null"] }),
    ...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
  };
}
