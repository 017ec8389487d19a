import { isDeepStrictEqual } from "node:util";
import type { ModelMemory } from "../agent/model/memory.ts";
import type { Model } from "../agent/model/model.ts";
import { RunnerError, toRunnerError } from "../core/errors.ts";
import type { Journal } from "../journal/open.ts";
import { modelSetting, readSetting, writeSetting } from "../journal/settings.ts";
import type { ModelSettings } from "../protocol/agent.ts";
import { createRulesModel } from "../rules/rules.ts";
import type { CreateModel } from "./create-model.ts";
import type { Enlisted } from "./enlist.ts";

/** The models of the agents, each made at its first use. */
export interface AgentModels {
  /** @throws {RunnerError} key_missing, not_yet: a problem of the agent's configuration */
  get(enlisted: Enlisted): Model;
  /** The model, if it was used before. */
  find(enlisted: Pick<Enlisted, "agent">): Model | undefined;
  /** The built-in rules, for files that may not be sent. @throws {RunnerError} not_yet */
  rules(enlisted: Enlisted): Model;
  close(): Promise<void>;
}

export function createAgentModels(journal: Journal, makeModel: CreateModel): AgentModels {
  const models = new Map<string, { settings: ModelSettings; model: Model }>();
  const memories = createMemories(journal);
  // Models of an earlier config: a job may still use one, so they are closed at the end.
  const retired: Model[] = [];
  const rules = createRulesModel();

  function find({ agent }: Pick<Enlisted, "agent">): Model | undefined {
    const made = models.get(agent.id);
    const isCurrent = made !== undefined && isDeepStrictEqual(made.settings, agent.model);
    return isCurrent ? made.model : undefined;
  }

  function get(enlisted: Enlisted): Model {
    const { agent, blocked } = enlisted;
    if (blocked !== null) {
      const code = blocked.code === "not_yet" ? "not_yet" : "key_missing";
      throw new RunnerError(code, blocked.message, { hint: blocked.hint ?? "" });
    }
    const made = find(enlisted);
    if (made !== undefined) return made;
    const model = makeModel(agent.model, memories.of(agent.model));
    const before = models.get(agent.id);
    models.set(agent.id, { settings: agent.model, model });
    if (before !== undefined) retired.push(before.model);
    return model;
  }

  return {
    get,
    find,
    rules: (enlisted) => (enlisted.blocked?.code === "not_yet" ? get(enlisted) : rules),
    async close() {
      const all = [...models.values()].map(({ model }) => model);
      await Promise.all([...all, ...retired].map((model) => model.close()));
    },
  };
}

/** One memory for all agents of the same model, so that no agent overwrites what another learned. */
function createMemories(journal: Journal): { of(settings: ModelSettings): ModelMemory } {
  const memories = new Map<string, ModelMemory>();
  return {
    of(settings) {
      const name = modelSetting(settings);
      const memory = memories.get(name) ?? openMemory(journal, name);
      memories.set(name, memory);
      return memory;
    },
  };
}

function openMemory(journal: Journal, name: string): ModelMemory {
  let kept = readSetting(journal, name);
  return {
    read: () => kept,
    keep(facts) {
      kept = facts;
      try {
        writeSetting(journal, name, facts);
      } catch (error) {
        // It is written with what is learned next; a reply that is paid for must not be lost over it.
        if (toRunnerError(error).kind !== "transient") throw error;
      }
    },
  };
}
