import { sql } from "kysely";
import { type ModelSettings, RULES } from "../protocol/agent.ts";
import type { Journal } from "./open.ts";
import { modelSetting, readSetting, writeSetting } from "./settings.ts";

/** A model without a single tool call in so many files probably cannot call tools. */
export const FIRST_FILES = 5;

/** Whether a model has called a tool, else the jobs of its first files, each once. */
type ToolUse = "calls" | string[];

type ModelKey = Pick<ModelSettings, "provider" | "base_url" | "name">;

/** Notes whether a model called a tool in a job that it has answered. Writes nothing once it has called one. */
export function noteToolUse(
  journal: Journal,
  model: ModelKey,
  { job_id }: { job_id: string },
  has_called: boolean,
): void {
  if (model.provider === RULES) return;
  const known = readToolUse(journal, model);
  if (known === "calls") return;
  const hasCalled = has_called || (known === undefined && hasEverCalled(journal, model));
  if (hasCalled) writeToolUse(journal, model, "calls");
  else writeToolUse(journal, model, [...new Set([...(known ?? []), job_id])].slice(0, FIRST_FILES));
}

/** Whether a model called no tool in any of its first files. */
export function callsNoTools(journal: Journal, model: ModelKey): boolean {
  const known = model.provider === RULES ? undefined : readToolUse(journal, model);
  return Array.isArray(known) && known.length >= FIRST_FILES;
}

function readToolUse(journal: Journal, model: ModelKey): ToolUse | undefined {
  return readSetting(journal, nameOf(model)) as ToolUse | undefined;
}

function writeToolUse(journal: Journal, model: ModelKey, use: ToolUse): void {
  writeSetting(journal, nameOf(model), use);
}

function nameOf(model: ModelKey): string {
  return `tools:${modelSetting(model)}`;
}

/** Reads every request, but only once for each model. */
function hasEverCalled(journal: Journal, { name }: ModelKey): boolean {
  return (
    journal.get(
      sql`SELECT 1 FROM requests WHERE provider <> 'rules' AND model = ${name}
        AND tool_results IS NOT NULL LIMIT 1`,
    ) !== undefined
  );
}
