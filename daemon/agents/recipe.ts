import { createHash } from "node:crypto";
import { RULES } from "../protocol/agent.ts";
import type { Agent } from "../protocol/agent.ts";

/** Versions of what the product itself adds to an agent's output. */
export interface RecipeVersions {
  extractor: string;
  prompt: string;
  /** Of the built-in rules, which are told no prompt. */
  rules: string;
}

/**
 * The recipe of an agent, 16 hexadecimal digits: equal for what gives equal output from equal files. So
 * what only says where, when, how fast or how dearly a model is asked is no part of it: moving a proxy
 * or a new key must not make files be sent again.
 */
export function recipeOf(agent: Agent, versions: RecipeVersions): string {
  const { provider, name } = agent.model;
  const isRules = provider === RULES;
  return fingerprint(
    {
      // A line end after the last line comes and goes with the way YAML texts are written.
      instructions: agent.instructions.trim(),
      model: isRules ? [provider, versions.rules] : [provider, name],
      tools: [...new Set(agent.tools)].sort(),
      max_iterations: agent.max_iterations,
      max_changes_per_file: agent.max_changes_per_file,
      extractor: versions.extractor,
      prompt: isRules ? null : versions.prompt,
    },
    // 64 bits: recipes are compared within one agent only, which sees a few in its life.
    16,
  );
}

/**
 * The id of an ad-hoc agent, the same for the same directories and recipe whatever their order, so that
 * repeating it costs nothing.
 *
 * @param directories real paths
 */
export function adHocId(directories: readonly string[], recipe: string): string {
  return `adhoc-${fingerprint([[...new Set(directories)].sort(), recipe], 12)}`;
}

/** The JSON of a value whose keys stand in one order, hashed. */
function fingerprint(value: unknown, digits: number): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, digits);
}
