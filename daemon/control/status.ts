import type { LoadedConfig } from "../config/load.ts";
import { withoutUserinfo } from "../core/endpoint.ts";
import { withoutSecrets } from "../config/resolve-model.ts";
import { type Clock, startOfLocalDay, toInstant } from "../core/clock.ts";
import { estimate } from "./estimate.ts";
import { countStates } from "../journal/files.ts";
import type { Journal } from "../journal/open.ts";
import { findLastError, findLastRequest, listRuns, sumUsage } from "../journal/run-views.ts";
import { sumWaiting } from "../journal/jobs.ts";
import { findRunningRun } from "../journal/runs.ts";
import { type Agent, type ModelSettings, RULES } from "../protocol/agent.ts";
import type { AgentStatus, ModelStatus, Status, StatusProblem } from "../protocol/api.ts";
import { budgetKey } from "../protocol/budget.ts";
import type { FileError } from "../protocol/file.ts";
import type { Run } from "../protocol/run.ts";
import type { Pauses } from "../queue/pauses.ts";
import type { Enlisted, Roster } from "../agents/roster.ts";
import type { AgentWatchers } from "../trigger/agent-watchers.ts";
import type { RunStarter } from "../trigger/start-run.ts";
import { CALL } from "../core/call.ts";

export interface StatusInput {
  journal: Journal;
  clock: Clock;
  /** What is in force. */
  config(): LoadedConfig;
  /** What of the config is not in force, and why. */
  configProblems(): readonly StatusProblem[];
  roster: Roster;
  starter: Pick<RunStarter, "problems">;
  /** undefined in a single run. */
  watchers(): AgentWatchers | undefined;
  pauses: Pauses;
  /** ISO 8601. */
  startedAt: string;
}

/** Says how the daemon and its agents are, from the journal and the config alone. */
export function createStatus(input: StatusInput) {
  const { journal, clock, roster, pauses } = input;

  function ofAgent(enlisted: Enlisted): AgentStatus {
    const { agent } = enlisted;
    const running = findRunningRun(journal, agent.id);
    return {
      id: agent.id,
      name: agent.name,
      state: stateOf(agent, running !== undefined),
      paused_until: pauses.of(agent.id)?.until ?? null,
      running_run_id: running?.run_id ?? null,
      model: describeModel(agent.model),
      context_window: roster.findModel(enlisted)?.window ?? null,
      last_run: findLastRun(agent.id) ?? null,
      next_run_at: input.watchers()?.nextRunAt(agent.id) ?? null,
    };
  }

  function stateOf(agent: Agent, isRunning: boolean): AgentStatus["state"] {
    if (!agent.enabled) return "disabled";
    if (problemsOf(agent).length > 0) return "attention";
    if (pauses.of(agent.id) !== undefined) return "paused";
    return isRunning ? "working" : "idle";
  }

  function findLastRun(agentId: string): Run | undefined {
    const { items } = listRuns(journal, { agent_id: agentId, limit: 2 });
    return items.find((run) => run.status !== "running");
  }

  function problemsOf(agent: Agent): StatusProblem[] {
    const ofDirectories = [
      ...input.starter.problems(agent),
      ...(input.watchers()?.problems(agent.id) ?? []),
    ];
    const ofRun = findLastError(journal, agent.id);
    const found = [...ofDirectories, ...(ofRun && !isOfDirectory(ofRun) ? [ofRun] : [])];
    const seen = new Set<string>();
    const consent = findConsentNeeded(agent);
    if (consent !== undefined) found.push(consent);
    if (roster.findModel({ agent })?.is_unverified) found.push(usageMissing(agent.model));
    const own = input.config().problems.filter((problem) => problem.agent_id === agent.id);
    return [
      ...own,
      ...found.map(({ code, message, hint }) => ({ code, agent_id: agent.id, message, hint })),
    ].filter(({ message }) => !seen.has(message) && seen.add(message));
  }

  function findConsentNeeded(agent: Agent): FileError | undefined {
    const run = findRunningRun(journal, agent.id);
    if (run === undefined || run.awaits_confirmation === 0) return undefined;
    const waiting = sumWaiting(journal, run.run_id);
    const { files, input_tokens, cost_usd } = estimate(waiting, agent.model);
    const price = cost_usd === null ? "price not known" : `about $${cost_usd.toFixed(2)}`;
    return {
      code: "confirm_needed",
      message: `${files} files wait for consent to be sent to ${agent.model.name}: about ${input_tokens} tokens, ${price}.`,
      hint: `Consent with \`${CALL} run ${agent.id} --yes\`, or cancel ${run.run_id}.`,
    };
  }

  function problems(): StatusProblem[] {
    const enabled = roster.all().filter(({ agent }) => agent.enabled);
    const general = input.config().problems.filter((problem) => problem.agent_id === null);
    return [
      ...input.configProblems(),
      ...general,
      ...enabled.flatMap(({ agent }) => problemsOf(agent)),
    ];
  }

  /** The state alone, which costs little to find out. */
  function state(): Status["state"] {
    const isWorking = roster
      .all()
      .some(({ agent }) => findRunningRun(journal, agent.id) !== undefined);
    return wholeState(problems().length > 0, isWorking);
  }

  function whole(): Status {
    const agents = roster.all().map(ofAgent);
    const found = problems();
    const states = countStates(journal);
    const isWorking = agents.some((agent) => agent.running_run_id !== null);
    const usage = sumUsage(journal, { since: toInstant(startOfLocalDay(clock.now())) });
    return {
      state: wholeState(found.length > 0, isWorking),
      paused_until: pauses.all()?.until ?? null,
      queue: {
        pending: states.pending ?? 0,
        working: states.working ?? 0,
        failed: states.failed ?? 0,
      },
      model: describeModel(input.config().model),
      budget: {
        spent_usd: usage.cost_usd,
        spent_tokens: usage.input_tokens + usage.output_tokens,
        requests: usage.requests,
        limits: limitsOfAll(),
        resets_at: toInstant(startOfLocalDay(clock.now(), 1)),
      },
      agents,
      problems: found,
    };
  }

  function wholeState(hasProblems: boolean, isWorking: boolean): Status["state"] {
    if (hasProblems) return "attention";
    if (pauses.all() !== undefined) return "paused";
    return isWorking ? "working" : "idle";
  }

  function describeModel(model: ModelSettings): ModelStatus {
    const { provider, name, base_url } = withoutSecrets(model);
    if (provider === RULES) return { provider, name: RULES, base_url: null, reachable: true };
    const users = roster.all().filter(({ agent }) => agent.model.base_url === model.base_url);
    const ids = users.map(({ agent }) => agent.id);
    const last = findLastRequest(journal, ids, input.startedAt);
    const reachable = last === undefined ? null : last.error_code !== "endpoint_unreachable";
    return { provider, name, base_url, reachable };
  }

  /** What all agents together may take in a day, with what holds where nobody wrote a budget. */
  function limitsOfAll(): Record<string, number> {
    const written = Object.entries(input.config().config.budget).filter(
      (entry): entry is [string, number] => entry[1] !== undefined,
    );
    const held = roster
      .all()
      .flatMap(({ allowances }) => allowances)
      .filter(({ of }) => of === "all")
      .map((allowance) => [budgetKey(allowance), allowance.limit] as const);
    return Object.fromEntries([...written, ...held]);
  }

  return { whole, state, ofAgent };
}

function usageMissing({ base_url }: ModelSettings): FileError {
  return {
    code: "usage_missing",
    message: `${withoutUserinfo(base_url)} says neither how large the model's context window is nor how many tokens it read: a document that it cut short would not be noticed.`,
    hint: "Set model.context_tokens to the window the model has.",
  };
}

/** How directories are now, the last scan says; a run's error tells of its own time. */
function isOfDirectory({ code }: FileError): boolean {
  return code === "directory_missing" || code === "directory_unreadable";
}
