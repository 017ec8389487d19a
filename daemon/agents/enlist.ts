import { findPricing } from "../agent/model/price.ts";
import { hasCloudName } from "../agent/model/servers.ts";
import type { LoadedConfig } from "../config/load.ts";
import { isLoopback } from "../core/endpoint.ts";
import { EXTRACTOR_VERSION } from "../preprocess/preprocess.ts";
import { type Agent, type AgentConfig, type ModelSettings, RULES } from "../protocol/agent.ts";
import type { StatusProblem } from "../protocol/api.ts";
import type { Allowance } from "../protocol/budget.ts";
import { allowancesOf } from "../queue/allowance.ts";
import { RULES_VERSION } from "../rules/rules.ts";
import type { AsksAbove } from "../trigger/run-request.ts";
import { adHocId, baseRecipeOf, recipeOf, type Recipes } from "./recipe.ts";

/** An agent with what follows from its configuration. */
export interface Enlisted extends Recipes {
  agent: Agent;
  /** From what on a run of it asks for consent; null: its model is a language model on this machine. */
  asks_above: AsksAbove | null;
  /** What its requests may come to. */
  allowances: readonly Allowance[];
  /** Why its model must not be asked now; its files wait. */
  blocked: StatusProblem | null;
}

/** Versions that are part of every recipe, and of no base recipe. */
const VERSIONS = {
  extractor: EXTRACTOR_VERSION,
  rules: RULES_VERSION,
};

/** An agent of the config. */
export function enlistConfigured(config: LoadedConfig, agent: Agent): Enlisted {
  const isReady = !config.unready.includes(agent.id);
  return enlist(config, agent, isReady ? null : findBlocking(config.problems, agent.id));
}

/** An agent that the config does not have, with the id that its directories and its base recipe give it. */
export function enlistAdHoc(config: LoadedConfig, written: AgentConfig): Enlisted {
  const { agent, problems, ready } = config.resolve(written);
  const paths = agent.directories.map(({ path }) => path);
  const id = adHocId(paths, baseRecipeOf(agent));
  const name = written.name ?? paths.join(", ");
  return enlist(config, { ...agent, id, name }, ready ? null : findBlocking(problems, agent.id));
}

function enlist(config: LoadedConfig, agent: Agent, blocked: StatusProblem | null): Enlisted {
  return {
    agent,
    recipe: recipeOf(agent, VERSIONS),
    base_recipe: baseRecipeOf(agent),
    asks_above: asksAbove(agent),
    allowances: allow(config, agent),
    blocked,
  };
}

function allow(config: LoadedConfig, { budget, model }: Agent): Allowance[] {
  return allowancesOf(config.config.budget, budget, {
    is_remote: isRemote(model),
    has_price: findPricing(model) !== null,
  });
}

function findBlocking(problems: readonly StatusProblem[], agentId: string): StatusProblem | null {
  return problems.find((problem) => problem.agent_id === agentId) ?? null;
}

// So much in one go buries what a person keeps by hand.
const MOST_ENTITIES = 500;

function asksAbove({ model, confirm_above_files: files }: Agent): AsksAbove | null {
  if (model.provider === RULES) return { files, entities: MOST_ENTITIES };
  return isRemote(model) ? { files, entities: null } : null;
}

function isRemote({ provider, base_url, name }: ModelSettings): boolean {
  return provider === "openai" && (!isLoopback(base_url) || hasCloudName(name));
}
