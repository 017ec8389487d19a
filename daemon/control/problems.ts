import type { Roster } from "../agents/roster.ts";
import type { LoadedConfig } from "../config/load.ts";
import { CALL } from "../core/call.ts";
import { withoutUserinfo } from "../core/endpoint.ts";
import { sumWaiting } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { findLastError } from "../journal/run-views.ts";
import { findRunningRun } from "../journal/runs.ts";
import type { Agent, ModelSettings } from "../protocol/agent.ts";
import type { StatusProblem } from "../protocol/api.ts";
import type { FileError } from "../protocol/file.ts";
import type { AgentWatchers } from "../trigger/agent-watchers.ts";
import type { RunStarter } from "../trigger/start-run.ts";
import { estimate } from "./estimate.ts";

export interface ProblemsInput {
  journal: Journal;
  /** The config in force. */
  config(): LoadedConfig;
  /** Why parts of the config are not in force. */
  configProblems(): readonly StatusProblem[];
  roster: Roster;
  starter: Pick<RunStarter, "problems">;
  /** undefined in a single run. */
  watchers(): AgentWatchers | undefined;
}

/** Every problem that needs a person. */
export function listProblems(input: ProblemsInput): StatusProblem[] {
  const enabled = input.roster.all().filter(({ agent }) => agent.enabled);
  const general = input.config().problems.filter((problem) => problem.agent_id === null);
  return [
    ...input.configProblems(),
    ...general,
    ...enabled.flatMap(({ agent }) => listProblemsOf(input, agent)),
  ];
}

/** The problems of one agent, each message once. */
export function listProblemsOf(input: ProblemsInput, agent: Agent): StatusProblem[] {
  const { journal, roster, starter } = input;
  const lastError = findLastError(journal, agent.id);
  const consent = findConsentNeeded(journal, agent);
  const found = [
    ...starter.problems(agent),
    ...(input.watchers()?.problems(agent.id) ?? []),
    ...(lastError && !isOfDirectory(lastError) ? [lastError] : []),
    ...(consent === undefined ? [] : [consent]),
    ...(roster.findModel({ agent })?.is_unverified ? [usageMissing(agent.model)] : []),
  ];
  const own = input.config().problems.filter((problem) => problem.agent_id === agent.id);
  const seen = new Set<string>();
  return [
    ...own,
    ...found.map(({ code, message, hint }) => ({ code, agent_id: agent.id, message, hint })),
  ].filter(({ message }) => !seen.has(message) && seen.add(message));
}

function findConsentNeeded(journal: Journal, agent: Agent): FileError | undefined {
  const run = findRunningRun(journal, agent.id);
  if (run === undefined || run.awaits_confirmation === 0) return undefined;
  const waiting = sumWaiting(journal, run.run_id);
  const { files, input_tokens, cost_usd } = estimate(waiting, agent.model);
  const price = cost_usd === null ? "price unknown" : `about $${cost_usd.toFixed(2)}`;
  const what = files === 1 ? "1 file waits" : `${files} files wait`;
  return {
    code: "confirm_needed",
    message: `${what} for consent to be sent to ${agent.model.name}: about ${input_tokens} tokens, ${price}.`,
    hint: `Consent with \`${CALL} run ${agent.id} --yes\`, or cancel ${run.run_id}.`,
  };
}

function usageMissing({ base_url }: ModelSettings): FileError {
  return {
    code: "usage_missing",
    message: `${withoutUserinfo(base_url)} reports neither the size of the model's context window nor how many tokens it read, so a document that it cuts short goes unnoticed.`,
    hint: "Set model.context_tokens to the model's window.",
  };
}

/** The last scan knows how directories are now; a run's error is as old as the run. */
function isOfDirectory({ code }: FileError): boolean {
  return code === "directory_missing" || code === "directory_unreadable";
}
