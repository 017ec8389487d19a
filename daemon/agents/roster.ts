import { isDeepStrictEqual } from "node:util";
import type { ModelMemory } from "../agent/model/memory.ts";
import type { Model } from "../agent/model/model.ts";
import { createModel } from "./create-model.ts";
import { findPricing } from "../agent/model/price.ts";
import { RULES_VERSION } from "../rules/rules.ts";
import { PROMPT_VERSION } from "../agent/prompt.ts";
import type { LoadedConfig } from "../config/load.ts";
import { isLoopback, withoutUserinfo } from "../core/endpoint.ts";
import { adHocId, baseRecipeOf, recipeOf, type Recipes } from "./recipe.ts";
import { RunnerError, toRunnerError } from "../core/errors.ts";
import { findAdHocAgent, saveAgent } from "../journal/agents.ts";
import type { Journal } from "../journal/open.ts";
import { modelSetting, readSetting, writeSetting } from "../journal/settings.ts";
import { EXTRACTOR_VERSION } from "../preprocess/preprocess.ts";
import {
  type Agent,
  type AgentConfig,
  agentSchema,
  type ModelSettings,
} from "../protocol/agent.ts";
import type { AdHocTrigger, StatusProblem } from "../protocol/api.ts";
import type { Allowance } from "../protocol/budget.ts";
import { allowancesOf } from "../queue/allowance.ts";
import { notFound } from "../core/not-found.ts";

/** An agent with what follows from its configuration. */
export interface Enlisted extends Recipes {
  agent: Agent;
  /** How many files may go to a remote endpoint without consent; null: its model is on this machine. */
  asks_above: number | null;
  /** What its requests may come to. */
  allowances: readonly Allowance[];
  /** Why its model must not be asked now; its files wait. */
  blocked: StatusProblem | null;
}

/** The agents of the config, and the ad-hoc ones that were triggered. */
export interface Roster {
  /** The agents of the config, in its order. */
  configured(): readonly Enlisted[];
  all(): readonly Enlisted[];
  /** An agent of the config, or an ad-hoc one that was triggered, also before a restart. */
  find(agentId: string): Enlisted | undefined;
  /** The same. @throws {RunnerError} agent_not_found */
  get(agentId: string): Enlisted;
  /** Takes over another config; agents that were triggered ad hoc are resolved against it anew. */
  replace(config: LoadedConfig): void;
  /**
   * Enlists an ad-hoc agent; the same directories and base recipe are always the same agent.
   *
   * @throws {RunnerError} invalid_request, agent_not_found
   */
  enlist(body: Omit<AdHocTrigger, "force" | "dry_run" | "confirm" | "paths">): Enlisted;
  /**
   * The agent's model, made at its first use.
   *
   * @throws {RunnerError} when a problem of its configuration stands in the way
   */
  model(enlisted: Enlisted): Model;
  /** The same; undefined before its first use. */
  findModel(enlisted: Pick<Enlisted, "agent">): Model | undefined;
  close(): Promise<void>;
}

interface AdHoc {
  written: AgentConfig;
  enlisted: Enlisted;
}

/** Versions that are part of every recipe, and of no base recipe. */
const VERSIONS = {
  extractor: EXTRACTOR_VERSION,
  prompt: PROMPT_VERSION,
  rules: RULES_VERSION,
};

function recipesOf(agent: Agent): Recipes {
  return { recipe: recipeOf(agent, VERSIONS), base_recipe: baseRecipeOf(agent) };
}

export function createRoster(journal: Journal, first: LoadedConfig, now: () => string): Roster {
  let config = first;
  let configured: readonly Enlisted[] = readConfigured();
  const adHoc = new Map<string, AdHoc>();
  const models = new Map<string, { settings: ModelSettings; model: Model }>();
  const memories = new Map<string, ModelMemory>();
  // Models of a config before: a job may still be asking one, so they are closed at the end.
  const retired: Model[] = [];

  function readConfigured(): Enlisted[] {
    return config.agents.map((agent, index) => {
      const blocked = config.unready.includes(agent.id)
        ? findBlocking(config.problems, agent.id)
        : null;
      const enlisted: Enlisted = {
        agent,
        ...recipesOf(agent),
        asks_above: asksAbove(agent),
        allowances: allow(agent),
        blocked,
      };
      remember(enlisted, config.config.agents[index], false);
      return enlisted;
    });
  }

  function allow({ budget, model }: Agent): Allowance[] {
    return allowancesOf(config.config.budget, budget, {
      is_remote: isRemote(model),
      has_price: findPricing(model) !== null,
    });
  }

  function remember(enlisted: Enlisted, written: AgentConfig | undefined, ad_hoc: boolean): void {
    const { agent, base_recipe } = enlisted;
    const kept = written && { ...written, id: agent.id, model: withoutKeys(written.model) };
    const config = JSON.stringify(kept);
    saveAgent(journal, { agent_id: agent.id, config, base_recipe, ad_hoc }, now());
  }

  function find(agentId: string): Enlisted | undefined {
    return (
      configured.find(({ agent }) => agent.id === agentId) ??
      adHoc.get(agentId)?.enlisted ??
      recall(agentId)
    );
  }

  function recall(agentId: string): Enlisted | undefined {
    const stored = findAdHocAgent(journal, agentId);
    const parsed = stored === undefined ? undefined : agentSchema.safeParse(JSON.parse(stored));
    return parsed?.success ? enlistAgain(parsed.data, agentId) : undefined;
  }

  /** The agent as it was enlisted before; undefined where the model of all makes it another one now. */
  function enlistAgain(written: AgentConfig, agentId: string): Enlisted | undefined {
    const enlisted = resolve(written);
    if (enlisted.agent.id !== agentId) return undefined;
    adHoc.set(agentId, { written, enlisted });
    return enlisted;
  }

  function enlist(written: AgentConfig): Enlisted {
    const [fault] = config.check(written);
    if (fault !== undefined) {
      throw new RunnerError("invalid_request", fault, { hint: "Mend it and try again." });
    }
    const enlisted = resolve(written);
    remember(enlisted, written, true);
    adHoc.set(enlisted.agent.id, { written, enlisted });
    return enlisted;
  }

  function resolve(written: AgentConfig): Enlisted {
    const { agent, problems, ready } = config.resolve(written);
    const recipes = recipesOf(agent);
    const paths = agent.directories.map(({ path }) => path);
    const id = adHocId(paths, recipes.base_recipe);
    const blocked = ready ? null : findBlocking(problems, agent.id);
    const name = written.name ?? paths.join(", ");
    return {
      agent: { ...agent, id, name },
      ...recipes,
      asks_above: asksAbove(agent),
      allowances: allow(agent),
      blocked,
    };
  }

  /** What an agent of the config says of its model. */
  function modelOf(agentId: string, given: AgentConfig["model"]): AgentConfig["model"] {
    if (given !== null) {
      throw new RunnerError("invalid_request", "model and model_of are both given", {
        hint: "Leave one out.",
      });
    }
    const named = config.config.agents.find(({ id }) => id === agentId);
    if (named === undefined) throw agentNotFound(agentId);
    return named.model;
  }

  function agentNotFound(agentId: string): RunnerError {
    const names = configured.map(({ agent }) => agent.id).join(", ");
    const hint = names === "" ? "The config has no agents." : `The agents are: ${names}.`;
    return notFound("agent", agentId, hint);
  }

  /** One for all agents of the same model, so that none overwrites what another learned. */
  function memoryOf(settings: ModelSettings): ModelMemory {
    const name = modelSetting(settings);
    const known = memories.get(name);
    if (known !== undefined) return known;
    let kept = readSetting(journal, name);
    const memory: ModelMemory = {
      read: () => kept,
      keep(facts) {
        kept = facts;
        try {
          writeSetting(journal, name, facts);
        } catch (error) {
          // It is kept with what is learned next; a reply that is paid for must not be lost over it.
          if (toRunnerError(error).kind !== "transient") throw error;
        }
      },
    };
    memories.set(name, memory);
    return memory;
  }

  function findModel({ agent }: Pick<Enlisted, "agent">): Model | undefined {
    const made = models.get(agent.id);
    return made !== undefined && isDeepStrictEqual(made.settings, agent.model)
      ? made.model
      : undefined;
  }

  return {
    configured: () => configured,
    all: () => [...configured, ...[...adHoc.values()].map(({ enlisted }) => enlisted)],
    find,
    get(agentId) {
      const enlisted = find(agentId);
      if (enlisted !== undefined) return enlisted;
      throw agentNotFound(agentId);
    },
    replace(next) {
      config = next;
      configured = readConfigured();
      const enlistedBefore = [...adHoc];
      adHoc.clear();
      for (const [agentId, { written }] of enlistedBefore) enlistAgain(written, agentId);
    },
    enlist({ model_of, ...body }) {
      const model = model_of === undefined ? body.model : modelOf(model_of, body.model);
      return enlist({ ...body, model, id: "adhoc" });
    },
    model(enlisted) {
      const { agent, blocked } = enlisted;
      if (blocked !== null) {
        const code = blocked.code === "not_yet" ? "not_yet" : "key_missing";
        throw new RunnerError(code, blocked.message, { hint: blocked.hint ?? "" });
      }
      const made = findModel(enlisted);
      if (made !== undefined) return made;
      const model = createModel(agent.model, memoryOf(agent.model));
      const before = models.get(agent.id);
      models.set(agent.id, { settings: agent.model, model });
      if (before !== undefined) retired.push(before.model);
      return model;
    },
    findModel,
    async close() {
      const all = [...models.values()].map(({ model }) => model);
      await Promise.all([...all, ...retired].map((model) => model.close()));
    },
  };
}

function findBlocking(problems: readonly StatusProblem[], agentId: string): StatusProblem | null {
  return problems.find((problem) => problem.agent_id === agentId) ?? null;
}

function asksAbove({ model, confirm_above_files }: Agent): number | null {
  return isRemote(model) ? confirm_above_files : null;
}

/** Ollama on this machine passes on to its makers what it is asked of a model with such a name. */
const CLOUD_NAME = /[:-]cloud$/;

function isRemote({ provider, base_url, name }: ModelSettings): boolean {
  return provider === "openai" && (!isLoopback(base_url) || CLOUD_NAME.test(name));
}

/** A written model without what may be a secret; a key that is only named may stay. */
function withoutKeys(model: AgentConfig["model"]): AgentConfig["model"] {
  if (model === null) return null;
  const { api_key, headers: _, ...kept } = model;
  if (kept.base_url !== undefined) kept.base_url = withoutUserinfo(kept.base_url);
  const isName = typeof api_key === "string" && /^\$\{\w+\}$/u.test(api_key);
  return isName ? { ...kept, api_key } : kept;
}
