import { findPricing } from "../agent/model/price.ts";
import { type Probe, probeEndpoint } from "../agent/model/probe.ts";
import { nearestName } from "../core/nearest.ts";
import type { LoadedConfig } from "../config/load.ts";
import { RunnerError } from "../core/errors.ts";
import { type Agent, type ModelSettings, RULES } from "../protocol/agent.ts";
import { budgetKey } from "../protocol/budget.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import { allowancesOf } from "../queue/allowance.ts";
import { note, ok, problem } from "./finding.ts";
import { CALL } from "../core/call.ts";

// Instructions, tools and a short document take about half of this.
const LEAST_WINDOW = 8_192;

/**
 * Asks every endpoint that an agent uses about its model. Does not ask if something is missing, such as a key, which
 * the findings about the config report.
 */
export async function examineEndpoints(
  config: LoadedConfig,
  signal: AbortSignal,
): Promise<DiagnosisFinding[]> {
  const findings: DiagnosisFinding[] = [];
  for (const [, agents] of Map.groupBy(enabledAgents(config), ({ model }) =>
    JSON.stringify(model),
  )) {
    const [agent] = agents;
    if (agent === undefined) continue;
    const ids = agents.map(({ id }) => id).join(", ");
    if (agent.model.provider === RULES) {
      findings.push(
        ok("model", `${ids}: built-in rules (not a language model); nothing leaves this machine.`),
      );
    } else if (!config.unready.includes(agent.id)) {
      findings.push(...(await examineModel(agents, agent.model, config, signal)));
    }
  }
  return findings;
}

export function enabledAgents({ agents }: LoadedConfig): Agent[] {
  return agents.filter(({ enabled }) => enabled);
}

async function examineModel(
  agents: readonly Agent[],
  settings: ModelSettings,
  config: LoadedConfig,
  signal: AbortSignal,
): Promise<DiagnosisFinding[]> {
  try {
    const probe = await probeEndpoint(settings, signal);
    const found = judgeModel(probe, settings);
    const isRemote = !probe.is_loopback || probe.model.is_cloud;
    const budgets = agents.flatMap((agent) => judgeBudget(agent, config, isRemote));
    if (found.some(({ level }) => level === "problem")) return [...found, ...budgets];
    const window = probe.model.context_tokens;
    const size = window === null ? "" : `, with a context window of ${window} tokens`;
    const ids = agents.map(({ id }) => id).join(", ");
    const fine = ok("model", `${ids}: ${settings.name} answers at ${probe.origin}${size}.`);
    return [fine, ...found, ...budgets];
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    const { code, message, hint } = error;
    return [problem("model", { code, message, hint })];
  }
}

/** The findings from what an endpoint says about the model in the settings. */
export function judgeModel(probe: Probe, settings: ModelSettings): DiagnosisFinding[] {
  const { fault, model, origin } = probe;
  const { name } = settings;
  if (fault !== null) {
    const { code, message, hint } = fault;
    return [problem("model", { code, message, hint })];
  }
  const findings: DiagnosisFinding[] = [];
  if (probe.is_listed === null) {
    const message = `${origin} lists no models, so it may not have ${JSON.stringify(name)}.`;
    const hint = `Try it on one file with \`${CALL} run AGENT --wait\`.`;
    findings.push(note("model", { code: "model_unknown", message, hint }));
  } else if (!probe.is_listed) {
    const message = `${origin} does not list the model ${JSON.stringify(name)}.`;
    const near = nearestName(name, probe.listed);
    const choose =
      "Set model.name to a model of this endpoint; `models` lists those on this machine.";
    const hint = near === undefined ? choose : `Did you mean ${near}? ${choose}`;
    // A gateway may accept names that it does not list.
    const report = probe.is_loopback ? problem : note;
    findings.push(report("model", { code: "model_not_found", message, hint }));
  }
  if (model.calls_tools === false && settings.calls === "tools") {
    const so = settings.force_model
      ? "it is used because model.force_model is true"
      : "its files wait";
    const message = `The server of ${name} says that it cannot call tools; ${so}.`;
    const hint = `Choose a model with tools from \`${CALL} models\`, or set model.force_model: true if the server is wrong.`;
    const report = settings.force_model ? note : problem;
    findings.push(report("model", { code: "no_tool_calling", message, hint }));
  }
  const window = settings.context_tokens ?? model.context_tokens;
  if (window !== null && window < LEAST_WINDOW) {
    const message = `${name} has a context window of ${window} tokens, which only short documents fit.`;
    const hint =
      settings.context_tokens === null
        ? "Load it with a larger context window (Ollama: set OLLAMA_CONTEXT_LENGTH=32768 for the server)."
        : "Raise model.context_tokens in the config, if the model supports it.";
    findings.push(problem("model", { code: "window_small", message, hint }));
  }
  if (probe.is_loopback && model.is_cloud) {
    const message = `${name} runs in the cloud: the server on this machine forwards your text.`;
    const hint = "Choose a model that runs on this machine, if nothing may leave it.";
    findings.push(note("model", { code: "model_in_cloud", message, hint }));
  }
  return findings;
}

/** The findings about the budget of an agent whose model may cost money. */
function judgeBudget(agent: Agent, config: LoadedConfig, isRemote: boolean): DiagnosisFinding[] {
  const { budget, model, id: agent_id } = agent;
  const has_price = findPricing(model) !== null;
  const has = (limits: object): boolean =>
    Object.values(limits).some((limit) => limit !== undefined);
  const all = config.config.budget;
  const allowances = allowancesOf(all, budget, { is_remote: isRemote, has_price });
  if (!has_price && allowances.some(({ unit }) => unit === "usd")) {
    const message = `The price of ${model.name} is unknown, so its limit in dollars cannot be kept, and nothing is sent to it.`;
    const hint =
      "Set model.price in the config (0 for a model that costs nothing), or limit requests or tokens instead.";
    return [problem("budget", { code: "price_unknown", agent_id, message, hint })];
  }
  if (!isRemote) return [];
  const limits = allowances
    .map((allowance) => `${budgetKey(allowance)} ${allowance.limit}`)
    .join(", ");
  if (has(all) || has(budget)) return [ok("budget", `${agent_id}: ${limits}.`)];
  const message = `The config has no budget for the remote endpoint ${model.base_url}, so the limit is ${limits}.`;
  const hint = "Write a budget into config.yaml, such as budget: { usd_per_day: 2 }.";
  return [note("budget", { code: "budget_missing", agent_id, message, hint })];
}
