import type { Enlisted } from "../agents/enlist.ts";
import { startOfLocalDay, toInstant } from "../core/clock.ts";
import { withoutSecrets } from "../config/resolve-model.ts";
import { countStates } from "../journal/files.ts";
import type { Journal } from "../journal/open.ts";
import { findLastRequest, listRuns, sumUsage } from "../journal/run-views.ts";
import { findRunningRun } from "../journal/runs.ts";
import { listSkips } from "../journal/wait-views.ts";
import { type Agent, type ModelSettings, RULES } from "../protocol/agent.ts";
import type { AgentStatus, ModelStatus, Status } from "../protocol/api.ts";
import { budgetKey } from "../protocol/budget.ts";
import type { Run } from "../protocol/run.ts";
import type { Pauses } from "../queue/pauses.ts";
import { readBacklogs } from "./backlog.ts";
import { listJournalProblems } from "./journal-problems.ts";
import { listProblems, listProblemsByAgent, type ProblemsInput } from "./problems.ts";

export interface StatusInput extends ProblemsInput {
  pauses: Pauses;
  /** ISO 8601. */
  startedAt: string;
}

/** Reports how the daemon and its agents are, from the journal and the config alone. */
export function createStatus(input: StatusInput) {
  return {
    whole(): Status {
      try {
        return readWhole(input);
      } catch (error) {
        const problems = listJournalProblems(input.journal);
        if (problems.length === 0) throw error;
        return withoutJournal(input, problems);
      }
    },
    /** The state alone, which is cheaper. */
    state(): Status["state"] {
      const { journal, roster } = input;
      const isWorking = roster
        .all()
        .some(({ agent }) => findRunningRun(journal, agent.id) !== undefined);
      return wholeState(input, listProblems(input).length > 0, isWorking);
    },
    ofAgent: (enlisted: Enlisted): AgentStatus => {
      const problems = listProblemsByAgent(input).get(enlisted.agent.id) ?? [];
      const hasProblems = problems.length > 0;
      return readAgent(input, enlisted, { hasProblems, backlogOf: readBacklogs(input) });
    },
  };
}

const NO_MONEY = { spent_usd: 0, reserved_usd: 0, unknown_requests: 0 };

/** What is known while the journal cannot be read. */
function withoutJournal(input: StatusInput, problems: Status["problems"]): Status {
  return {
    state: "attention",
    paused_until: null,
    queue: { pending: 0, working: 0, failed: 0 },
    model: nameModel(input.config().model),
    budget: {
      ...NO_MONEY,
      spent_tokens: 0,
      requests: 0,
      limits: limitsOfAll(input),
      resets_at: toInstant(startOfLocalDay(input.clock.now(), 1)),
    },
    agents: input.roster.all().map(({ agent: { id, name, model } }) => ({
      id,
      name,
      state: "attention",
      paused_until: null,
      running_run_id: null,
      model: nameModel(model),
      context_window: null,
      backlog: null,
      last_run: null,
      next_run_at: null,
    })),
    skipped: [],
    problems,
  };
}

function readWhole(input: StatusInput): Status {
  const { journal, clock, roster, pauses } = input;
  const problems = listProblems(input);
  const troubled = new Set(problems.map(({ agent_id }) => agent_id));
  const backlogOf = readBacklogs(input);
  const agents = roster.all().map((enlisted) => {
    const hasProblems = troubled.has(enlisted.agent.id);
    return readAgent(input, enlisted, { hasProblems, backlogOf });
  });
  const states = countStates(journal);
  const isWorking = agents.some((agent) => agent.running_run_id !== null);
  return {
    state: wholeState(input, problems.length > 0, isWorking),
    paused_until: pauses.all()?.until ?? null,
    queue: {
      pending: states.pending ?? 0,
      working: states.working ?? 0,
      failed: states.failed ?? 0,
    },
    model: describeModel(input, input.config().model),
    budget: readBudget(input, clock.now()),
    agents,
    skipped: listSkips(journal),
    problems,
  };
}

function wholeState(
  { pauses }: StatusInput,
  hasProblems: boolean,
  isWorking: boolean,
): Status["state"] {
  if (hasProblems) return "attention";
  if (pauses.all() !== undefined) return "paused";
  return isWorking ? "working" : "idle";
}

/** What was spent since local midnight, and the limits. */
function readBudget(input: StatusInput, now: number): Status["budget"] {
  const usage = sumUsage(input.journal, {
    since: toInstant(startOfLocalDay(now)),
    before: toInstant(startOfLocalDay(now, 1)),
  });
  return {
    spent_usd: usage.spent_usd,
    reserved_usd: usage.reserved_usd,
    unknown_requests: usage.unknown_requests,
    spent_tokens: usage.input_tokens + usage.output_tokens,
    requests: usage.requests,
    limits: limitsOfAll(input),
    resets_at: toInstant(startOfLocalDay(now, 1)),
  };
}

/** What all agents together may spend in a day, defaults included. */
function limitsOfAll({ config, roster }: StatusInput): Record<string, number> {
  const written = Object.entries(config().config.budget).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  const held = roster
    .all()
    .flatMap(({ allowances }) => allowances)
    .filter(({ of }) => of === "all")
    .map((allowance) => [budgetKey(allowance), allowance.limit] as const);
  return Object.fromEntries([...written, ...held]);
}

function readAgent(
  input: StatusInput,
  enlisted: Enlisted,
  { hasProblems, backlogOf }: { hasProblems: boolean; backlogOf: ReturnType<typeof readBacklogs> },
): AgentStatus {
  const { journal, roster, pauses } = input;
  const { agent } = enlisted;
  const running = findRunningRun(journal, agent.id);
  return {
    id: agent.id,
    name: agent.name,
    state: stateOf(input, agent, { hasProblems, isRunning: running !== undefined }),
    paused_until: pauses.of(agent.id)?.until ?? null,
    running_run_id: running?.run_id ?? null,
    model: describeModel(input, agent.model),
    context_window: roster.findModel(enlisted)?.window ?? null,
    backlog: backlogOf(agent),
    last_run: findLastRun(journal, agent.id) ?? null,
    next_run_at: input.watchers()?.nextRunAt(agent.id) ?? null,
  };
}

function stateOf(
  input: StatusInput,
  agent: Agent,
  { hasProblems, isRunning }: { hasProblems: boolean; isRunning: boolean },
): AgentStatus["state"] {
  if (!agent.enabled) return "disabled";
  if (hasProblems) return "attention";
  if (input.pauses.of(agent.id) !== undefined) return "paused";
  return isRunning ? "working" : "idle";
}

/** The newest run that has ended. */
function findLastRun(journal: Journal, agentId: string): Run | undefined {
  const { items } = listRuns(journal, { agent_id: agentId, limit: 2 });
  return items.find((run) => run.status !== "running");
}

function nameModel(model: ModelSettings): ModelStatus {
  const { provider, name, base_url } = withoutSecrets(model);
  if (provider === RULES) return { provider, name: RULES, base_url: null, reachable: true };
  return { provider, name, base_url, reachable: null };
}

function describeModel(
  { journal, roster, startedAt }: StatusInput,
  model: ModelSettings,
): ModelStatus {
  const named = nameModel(model);
  if (named.base_url === null) return named;
  const users = roster.all().filter(({ agent }) => agent.model.base_url === model.base_url);
  const ids = users.map(({ agent }) => agent.id);
  const last = findLastRequest(journal, ids, startedAt);
  const reachable = last === undefined ? null : last.error_code !== "endpoint_unreachable";
  return { ...named, reachable };
}
