import { createHash } from "node:crypto";
import { RULES } from "../protocol/agent.ts";
import type { Agent } from "../protocol/agent.ts";

/** Versions of what reads a file. The prompt has none here: a better prompt alone must not send failed files again. */
export interface RecipeVersions {
  extractor: string;
  /** Of the built-in rules, which are given no prompt. */
  rules: string;
}

/**
 * The versions of the first release. They are hashed into every base recipe and never change: the ids of
 * ad-hoc agents and the jobs of homes in use hold them.
 */
const FIRST_VERSIONS = { extractor: "2", prompt: "2", rules: "2" };

/**
 * What the user chose of an agent's recipe, 16 hexadecimal digits: agents are known again by it, and done work stays
 * done under it. It leaves out what only says where, when, how fast or at what price a model is asked: a new proxy or key
 * must not make files be sent again.
 *
 * A key that the config gains later belongs here only if it shapes the output, and then as `undefined` at its
 * default, which JSON leaves out: otherwise every file of every home would be new.
 */
export function baseRecipeOf(agent: Agent): string {
  const { provider, name, calls, reasoning_effort } = agent.model;
  const isRules = provider === RULES;
  return fingerprint(
    {
      // A line end after the last line comes and goes with the way YAML texts are written.
      instructions: agent.instructions.trim(),
      model: isRules ? [provider, FIRST_VERSIONS.rules] : [provider, name],
      reasoning_effort: isRules ? undefined : (reasoning_effort ?? undefined),
      calls: isRules || calls === "tools" ? undefined : calls,
      tools: [...new Set(agent.tools)].sort(),
      max_iterations: agent.max_iterations,
      max_changes_per_file: agent.max_changes_per_file,
      extractor: FIRST_VERSIONS.extractor,
      prompt: isRules ? null : FIRST_VERSIONS.prompt,
    },
    // 64 bits: recipes are compared within one agent only, which sees a few in its life.
    16,
  );
}

/** The recipe of an agent, with and without the product's versions. */
export interface Recipes {
  recipe: string;
  base_recipe: string;
}

/**
 * The recipe of an agent: its base recipe, then the product's versions if they differ from the first
 * release's (`c5327dad68235be5-e3`). Equal for what gives equal output from equal files. New versions are for new
 * files and for failed and skipped ones; done files stay done.
 */
export function recipeOf(agent: Agent, versions: RecipeVersions): string {
  const base = baseRecipeOf(agent);
  const isRules = agent.model.provider === RULES;
  const mark = ({ extractor, rules }: RecipeVersions): string =>
    isRules ? `e${extractor}r${rules}` : `e${extractor}`;
  return mark(versions) === mark(FIRST_VERSIONS) ? base : `${base}-${mark(versions)}`;
}

/**
 * The id of an ad-hoc agent, the same for the same directories and base recipe whatever their order, so that
 * repeating it costs nothing.
 *
 * @param directories real paths
 */
export function adHocId(directories: readonly string[], baseRecipe: string): string {
  return `adhoc-${fingerprint([[...new Set(directories)].sort(), baseRecipe], 12)}`;
}

/** The JSON of a value whose keys are in a fixed order, hashed. */
function fingerprint(value: unknown, digits: number): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, digits);
}
