import { z } from "zod";
import type { ToolDescription } from "./model/model.ts";
import type { Workspace } from "./workspace.ts";

/** One tool that a model may call. */
export interface Tool {
  name: string;
  description: string;
  arguments: z.ZodType;
  /** Checks the arguments and runs the tool; returns the error of wrong arguments instead of throwing it. */
  run(args: unknown, workspace: Workspace): ToolOutcome | z.ZodError;
}

/** The answer of a tool; the model reads the error of `ok: false` and corrects its call. */
export type ToolOutcome = { ok: true; [field: string]: unknown } | { ok: false; error: string };

/**
 * Makes a tool. Its arguments have the names of the entity's own fields. The zod schema holds every limit,
 * since few endpoints keep to more of a JSON Schema than types and names.
 *
 * @param definition.run synchronous, and without effect outside the workspace
 */
export function defineTool<Schema extends z.ZodType>(definition: {
  name: string;
  description: string;
  /** An object with described fields. */
  arguments: Schema;
  run(args: z.output<Schema>, workspace: Workspace): ToolOutcome;
}): Tool {
  return {
    ...definition,
    run(args, workspace) {
      const parsed = definition.arguments.safeParse(args);
      return parsed.success ? definition.run(parsed.data, workspace) : parsed.error;
    },
  };
}

/**
 * The arguments without those that a model left out or set to null. Null stays where it is a value of its
 * own: no due date, no project.
 */
export function pickGiven<Arguments extends object>(args: Arguments): Given<Arguments> {
  const entries = Object.entries(args).filter(
    ([name, value]) => value !== undefined && (value !== null || CLEARABLE.includes(name)),
  );
  return Object.fromEntries(entries) as Given<Arguments>;
}

const CLEARABLE: readonly string[] = ["due_date", "project_id"];

type Given<Arguments> = {
  [K in keyof Arguments]?: K extends "due_date" | "project_id"
    ? Exclude<Arguments[K], undefined>
    : Exclude<Arguments[K], null | undefined>;
};

// Some servers refuse or mishandle all else: bounds, formats, patterns, defaults, addresses.
const PLAIN_KEYS = new Set(["type", "description", "enum", "items", "required"]);

const descriptions = new WeakMap<Tool, ToolDescription>();

/** The description of a tool for a model: types, names, descriptions and nothing else. Made once for each tool. */
export function describeTool(tool: Tool): ToolDescription {
  const known = descriptions.get(tool);
  if (known !== undefined) return known;
  const schema = z.toJSONSchema(tool.arguments, { io: "input", unrepresentable: "any" });
  const { name, description } = tool;
  const made = { name, description, parameters: toPlainSchema(schema) };
  descriptions.set(tool, made);
  return made;
}

/** A JSON Schema without the parts that some servers refuse. */
function toPlainSchema(schema: unknown): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  if (typeof schema !== "object" || schema === null) return kept;
  for (const [key, value] of Object.entries(schema)) {
    if (key === "anyOf" && Array.isArray(value)) {
      // "X or null" becomes an X that may be left out; the description of the field wins over the one of X.
      const option = toPlainSchema(value.find(({ type }) => type !== "null"));
      for (const [name, part] of Object.entries(option)) kept[name] ??= part;
    } else if (key === "type" && Array.isArray(value)) {
      kept[key] = value.find((type) => type !== "null");
    } else if (key === "properties") {
      kept[key] = Object.fromEntries(
        Object.entries(value as object).map(([name, field]) => [name, toPlainSchema(field)]),
      );
    } else if (PLAIN_KEYS.has(key)) {
      kept[key] = key === "items" ? toPlainSchema(value) : value;
    }
  }
  return kept;
}
