import type { Roster } from "../agents/roster.ts";
import type { LoadedConfig } from "../config/load.ts";
import { CALL } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import { withoutUserinfo } from "../core/endpoint.ts";
import { sumWaiting } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { measureRequests } from "../journal/requests-per-file.ts";
import { findRunningRun } from "../journal/runs.ts";
import { callsNoTools, FIRST_FILES } from "../journal/tool-use.ts";
import { type Agent, type ModelSettings, RULES } from "../protocol/agent.ts";
import type { StatusProblem } from "../protocol/api.ts";
import type { FileError } from "../protocol/file.ts";
import type { AgentWatchers } from "../trigger/agent-watchers.ts";
import type { RunStarter } from "../trigger/start-run.ts";
import { listConflictProblems } from "./conflict-problems.ts";
import { estimate } from "./estimate.ts";
import { listJournalProblems } from "./journal-problems.ts";
import { listRetirement } from "./retirement-problem.ts";
import { type AgentProblem, listWaitProblems } from "./waiting.ts";
import { shellCommand } from "../core/shell-command.ts";

export interface ProblemsInput {
  journal: Journal;
  clock: Clock;
  /** The config in force. */
  config(): LoadedConfig;
  /** Why parts of the config are not in force. */
  configProblems(): readonly StatusProblem[];
  roster: Roster;
  starter: Pick<RunStarter, "problems">;
  /** undefined in a single run. */
  watchers(): AgentWatchers | undefined;
}

/** Every problem that needs a person, of the agents that are enabled. */
export function listProblems(input: ProblemsInput): StatusProblem[] {
  const general = input.config().problems.filter((problem) => problem.agent_id === null);
  const ofAgents = listProblemsByAgent(input);
  return [
    ...listJournalProblems(input.journal),
    ...input.configProblems(),
    ...general,
    ...[...ofAgents.values()].flat(),
  ];
}

/** The problems of each agent that is enabled, by its id; each message once. */
export function listProblemsByAgent(input: ProblemsInput): Map<string, StatusProblem[]> {
  const { journal, clock } = input;
  const ofFiles = [...listWaitProblems(journal, clock), ...listConflictProblems(journal)];
  const byAgent = Map.groupBy(ofFiles, (one) => one.agent_id);
  const enabled = input.roster.all().filter(({ agent }) => agent.enabled);
  return new Map(
    enabled.map(({ agent }) => [
      agent.id,
      listProblemsOf(input, agent, byAgent.get(agent.id) ?? []),
    ]),
  );
}

function listProblemsOf(
  input: ProblemsInput,
  agent: Agent,
  ofFiles: readonly AgentProblem[],
): StatusProblem[] {
  const { journal, roster, starter } = input;
  const consent = findConsentNeeded(input, agent);
  const found = [
    ...starter.problems(agent),
    ...(input.watchers()?.problems(agent.id) ?? []),
    ...(consent === undefined ? [] : [consent]),
    ...(roster.findModel({ agent })?.is_unverified ? [usageMissing(agent.model)] : []),
    ...(roster.findModel({ agent })?.is_reasoning_off ? [reasoningOff(agent.model)] : []),
    ...listRetirement(agent.model, roster.findModel({ agent })?.retires_on ?? null, input.clock),
    ...(callsNoTools(journal, agent.model) ? [noToolCalls(agent.model)] : []),
  ].map((problem) => ({ ...problem, agent_id: agent.id }));
  const own = input.config().problems.filter((problem) => problem.agent_id === agent.id);
  // What keeps files waiting comes first, because it says how many.
  const seen = new Set<string>();
  return [...ofFiles, ...own, ...found].filter(
    ({ message }) => !seen.has(message) && seen.add(message),
  );
}

function findConsentNeeded(
  { journal, roster }: ProblemsInput,
  agent: Agent,
): (FileError & Required<Pick<StatusProblem, "files" | "next_attempt_at">>) | undefined {
  const run = findRunningRun(journal, agent.id);
  if (run === undefined || run.awaits_confirmation === 0) return undefined;
  const waiting = sumWaiting(journal, run.run_id, roster.maySend({ agent }));
  const { files, input_tokens, cost_usd, entities } = estimate(
    waiting,
    measureRequests(journal, agent.id, agent.model.name),
    agent.model,
    run.foreseen_entities,
  );
  const { name, provider } = agent.model;
  const price = cost_usd === null ? "price unknown" : `about $${cost_usd.toFixed(2)}`;
  const all = sumWaiting(journal, run.run_id, roster.isRead({ agent })).files;
  const besides = all > files ? `, and ${all - files} to be read by the built-in rules` : "";
  const asked = files === 0 ? all : files;
  const what = asked === 1 ? "1 file waits" : `${asked} files wait`;
  const why =
    provider === RULES
      ? `be read by the built-in rules: about ${entities ?? 0} notes, tasks and projects`
      : files === 0
        ? `be read by the built-in rules, because nothing may be sent to ${name}`
        : `be sent to ${name}: about ${input_tokens} tokens, ${price}${besides}`;
  return {
    code: "confirm_needed",
    message: `${what} for consent to ${why}.`,
    hint: `Consent with \`${shellCommand(`${CALL} run --yes`, agent.id)}\`, or cancel ${run.run_id}.`,
    files: all,
    next_attempt_at: null,
  };
}

function noToolCalls({ name }: ModelSettings): FileError {
  return {
    code: "model_calls_no_tools",
    message: `The model ${name} called no tool in any of its first ${FIRST_FILES} files, so nothing of them was recorded.`,
    hint: `Choose a model that supports tool calling with \`${CALL} models\`, then read the files again with \`${CALL} retry --outcome nothing_recorded\`.`,
  };
}

function reasoningOff({ name, base_url, api }: ModelSettings): FileError {
  const way =
    api === "chat" ? "Set model.api to auto" : "Use an endpoint that has the Responses API";
  return {
    code: "reasoning_off",
    message: `The model ${name} at ${withoutUserinfo(base_url)} accepts tools over chat completions only without reasoning, so it answers without it.`,
    hint: `${way}, or set model.reasoning_effort to none to accept this.`,
  };
}

function usageMissing({ base_url }: ModelSettings): FileError {
  return {
    code: "usage_missing",
    message: `${withoutUserinfo(base_url)} reports neither the size of the model's context window nor a number of tokens that shows that it read all of its last prompt, so a document that it cuts short goes unnoticed.`,
    hint: "Set model.context_tokens to the model's window.",
  };
}
