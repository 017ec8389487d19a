import type { Model } from "../agent/model/model.ts";
import type { LoadedConfig } from "../config/load.ts";
import { withoutUserinfo } from "../core/endpoint.ts";
import { RunnerError } from "../core/errors.ts";
import { notFound } from "../core/not-found.ts";
import { findAdHocAgent, saveAgent } from "../journal/agents.ts";
import type { MaySend } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { type AgentConfig, agentSchema } from "../protocol/agent.ts";
import type { AdHocTrigger, TriggerOptions } from "../protocol/api.ts";
import { checkAdHoc, isOfConfig } from "./ad-hoc.ts";
import { createModel, type CreateModel } from "./create-model.ts";
import { type AgentModels, createAgentModels } from "./agent-models.ts";
import { isReadUnder, maySendTo } from "./admission.ts";
import { createPrivacy, type Privacy } from "./privacy.ts";
import { enlistAdHoc, enlistConfigured, type Enlisted } from "./enlist.ts";

/*
 * Who is configured: each agent with its recipe, its allowances and its model. It promises that an ad-hoc agent
 * with the same directories and base recipe is the same agent, also after a restart or an upgrade, and that no
 * key reaches the journal. It never starts work. A crash costs nothing.
 */

/** The agents of the config, and the ad-hoc ones that were triggered. */
export interface Roster {
  /** The agents of the config, in its order. */
  configured(): readonly Enlisted[];
  all(): readonly Enlisted[];
  /** An agent of the config, or an ad-hoc one that was triggered, also before a restart. */
  find(agentId: string): Enlisted | undefined;
  /** The agent that `find` gives. @throws {RunnerError} agent_not_found */
  get(agentId: string): Enlisted;
  /** Takes over another config. Ad-hoc agents that were triggered are resolved against it again. */
  replace(config: LoadedConfig): void;
  /**
   * Enlists an ad-hoc agent; the same directories and base recipe are always the same agent.
   *
   * @throws {RunnerError} invalid_request, agent_not_found
   */
  enlist(body: Omit<AdHocTrigger, keyof TriggerOptions>): Enlisted;
  /**
   * The agent's model, made at its first use.
   *
   * @throws {RunnerError} key_missing, not_yet: a problem of its configuration
   */
  model(enlisted: Enlisted): Model;
  /** The agent's model; undefined before its first use. */
  findModel(enlisted: Pick<Enlisted, "agent">): Model | undefined;
  /** The built-in rules, for files that may not be sent. @throws {RunnerError} not_yet */
  rules(enlisted: Enlisted): Model;
  /** To whom what came from files may be sent, by the config in force. */
  readonly privacy: Privacy;
  /** Whether a file of an agent may be sent to its model. */
  maySend(of: Pick<Enlisted, "agent">): MaySend;
  /** Whether a file of an agent is read at all: by its model, or instead of it by the rules. */
  isRead(of: Pick<Enlisted, "agent">): MaySend;
  close(): Promise<void>;
}

interface AdHoc {
  written: AgentConfig;
  enlisted: Enlisted;
}

export function createRoster(
  journal: Journal,
  first: LoadedConfig,
  now: () => string,
  makeModel: CreateModel = createModel,
): Roster {
  let config = first;
  let configured = enlistAll(journal, config, now());
  const adHoc = new Map<string, AdHoc>();
  const models = createAgentModels(journal, makeModel);
  const privacy = createPrivacy(journal);
  const all = () => [...configured, ...[...adHoc.values()].map(({ enlisted }) => enlisted)];
  privacy.update(config.config, all());

  function keep(written: AgentConfig, enlisted: Enlisted): Enlisted {
    adHoc.set(enlisted.agent.id, { written, enlisted });
    privacy.update(config.config, all());
    return enlisted;
  }

  function find(agentId: string): Enlisted | undefined {
    return (
      configured.find(({ agent }) => agent.id === agentId) ??
      adHoc.get(agentId)?.enlisted ??
      recall(agentId)
    );
  }

  function recall(agentId: string): Enlisted | undefined {
    const written = readAdHoc(journal, agentId);
    return written && enlistAgain(written, agentId);
  }

  /** The agent as it was enlisted before; undefined if the config's model makes it a different agent now. */
  function enlistAgain(written: AgentConfig, agentId: string): Enlisted | undefined {
    const enlisted = enlistAdHoc(config, written);
    if (enlisted.agent.id !== agentId || !isOfConfig(written, config.config)) return undefined;
    return keep(written, enlisted);
  }

  return {
    configured: () => configured,
    all,
    find,
    get(agentId) {
      const enlisted = find(agentId);
      if (enlisted === undefined) throw agentNotFound(configured, agentId);
      return enlisted;
    },
    replace(next) {
      config = next;
      configured = enlistAll(journal, config, now());
      const before = [...adHoc];
      adHoc.clear();
      for (const [agentId, { written }] of before) enlistAgain(written, agentId);
      privacy.update(config.config, all());
    },
    enlist(body) {
      const written = toWritten(config, configured, body);
      const enlisted = enlistAdHoc(config, written);
      save(journal, enlisted, written, { ad_hoc: true, now: now() });
      return keep(written, enlisted);
    },
    ...modelsOf(models),
    privacy,
    ...filtersOf(privacy),
  };
}

function modelsOf({ get, find, rules, close }: AgentModels) {
  return { model: get, findModel: find, rules, close };
}

function filtersOf(privacy: Privacy): Pick<Roster, "maySend" | "isRead"> {
  return {
    maySend: ({ agent }) => maySendTo(privacy, agent.model),
    isRead: ({ agent }) => isReadUnder(privacy, agent.model),
  };
}

/** An ad-hoc agent as it was written; undefined if it is not known, or not valid any more. */
function readAdHoc(journal: Journal, agentId: string): AgentConfig | undefined {
  const stored = findAdHocAgent(journal, agentId);
  return stored === undefined ? undefined : agentSchema.safeParse(JSON.parse(stored)).data;
}

/** Enlists the agents of a config, and keeps who they are. */
function enlistAll(journal: Journal, config: LoadedConfig, now: string): readonly Enlisted[] {
  return config.agents.map((agent, index) => {
    const enlisted = enlistConfigured(config, agent);
    save(journal, enlisted, config.config.agents[index], { ad_hoc: false, now });
    return enlisted;
  });
}

/** @param written its configuration, which is kept without its keys */
function save(
  journal: Journal,
  { agent, base_recipe }: Enlisted,
  written: AgentConfig | undefined,
  { ad_hoc, now }: { ad_hoc: boolean; now: string },
): void {
  const kept = written && { ...written, id: agent.id, model: withoutKeys(written.model) };
  const config = JSON.stringify(kept);
  saveAgent(journal, { agent_id: agent.id, config, base_recipe, ad_hoc }, now);
}

/** The configuration of an ad-hoc agent, with the model of the agent that `model_of` names. */
function toWritten(
  config: LoadedConfig,
  configured: readonly Enlisted[],
  body: Parameters<Roster["enlist"]>[0],
): AgentConfig {
  checkAdHoc(body);
  const written = withModelOf(config, configured, body);
  const [fault] = config.check(written);
  if (fault === undefined) return written;
  throw new RunnerError("invalid_request", fault, { hint: "Correct it and try again." });
}

function withModelOf(
  config: LoadedConfig,
  configured: readonly Enlisted[],
  { model_of, ...body }: Parameters<Roster["enlist"]>[0],
): AgentConfig {
  if (model_of === undefined) return { ...body, id: "adhoc" };
  if (body.model !== null) {
    throw new RunnerError("invalid_request", "Both model and model_of are given.", {
      hint: "Leave one out.",
    });
  }
  const named = config.config.agents.find(({ id }) => id === model_of);
  if (named === undefined) throw agentNotFound(configured, model_of);
  return { ...body, model: named.model, id: "adhoc" };
}

function agentNotFound(configured: readonly Enlisted[], agentId: string): RunnerError {
  const names = configured.map(({ agent }) => agent.id).join(", ");
  const hint = names === "" ? "Add an agent to config.yaml." : `Use one of the agents: ${names}.`;
  return notFound("agent", agentId, hint);
}

/** A written model without what may be a secret; a key that is only named may stay. */
function withoutKeys(model: AgentConfig["model"]): AgentConfig["model"] {
  if (model === null) return null;
  const { api_key, headers: _, ...kept } = model;
  if (kept.base_url !== undefined) kept.base_url = withoutUserinfo(kept.base_url);
  const isName = typeof api_key === "string" && /^\$\{\w+\}$/u.test(api_key);
  return isName ? { ...kept, api_key } : kept;
}
