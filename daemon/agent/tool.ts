import { z } from "zod";
import type { ToolDescription } from "./model/model.ts";
import type { Workspace } from "./workspace.ts";

/**
 * One tool that a model may call. Its arguments carry the names of the entity's own fields; every limit
 * stands in the zod schema, since few endpoints keep to more of a JSON Schema than types and names.
 */
export interface Tool<Arguments = unknown> {
  name: string;
  description: string;
  /** A strict object with described fields. */
  arguments: z.ZodType<Arguments>;
  /** Whether it stages something. */
  writes: boolean;
  /** Synchronous and without effect outside the workspace. What it returns goes to the model as JSON. */
  run(args: Arguments, workspace: Workspace): ToolOutcome;
}

/** What a tool answers; `ok: false` is for the model to read and mend. */
export type ToolOutcome = { ok: true; [field: string]: unknown } | { ok: false; error: string };

/** Keeps the argument type while tools of different arguments stand in one list. */
export function defineTool<Arguments>(tool: Tool<Arguments>): Tool<Arguments> {
  return tool;
}

// What some servers refuse or mishandle: bounds, formats, patterns, defaults, the schema's own address.
const PLAIN = new Set(["type", "description", "enum", "items", "properties", "required", "anyOf"]);

/** The tool as a model is told of it: types, names, descriptions and nothing else. */
export function describeTool(tool: Tool<never>): ToolDescription {
  const schema = z.toJSONSchema(tool.arguments, { io: "input", unrepresentable: "any" });
  return {
    name: tool.name,
    description: tool.description,
    parameters: plain(schema) as Record<string, unknown>,
  };
}

function plain(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(plain);
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties") {
      kept[key] = Object.fromEntries(
        Object.entries(value as object).map(([name, field]) => [name, plain(field)]),
      );
    } else if (PLAIN.has(key)) {
      kept[key] = plain(value);
    }
  }
  return kept;
}
