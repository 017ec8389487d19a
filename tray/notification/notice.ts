import { listRemarks, sayResult } from "../../daemon/core/outcome.ts";
import type { Status, StatusProblem } from "../../daemon/protocol/api.ts";
import type { ToldEvent } from "../../daemon/protocol/event.ts";
import type { RunStatus } from "../../daemon/protocol/run.ts";
import type { NotifyKind } from "../../daemon/protocol/tray.ts";

/** A notification. */
export interface Notice {
  title: string;
  body: string;
}

const WAITING = new Set([
  "confirm_needed",
  "budget_exhausted",
  "run_budget_exhausted",
  "quota_exhausted",
  "price_unknown",
]);
const KEY = new Set(["key_refused", "key_missing"]);

/**
 * The notification for a run that ended; undefined if all of its files were read and recorded, or the config does not
 * want it.
 */
export function noticeOfEvent(
  event: ToldEvent,
  status: Status | null,
  kinds: readonly NotifyKind[],
): Notice | undefined {
  if (event.type !== "run.completed" || !kinds.includes("run_problems")) return undefined;
  const { files, outcomes, warned = 0 } = event;
  const hasProblems = event.status === "partial" || event.status === "error";
  const hasRemarks = outcomes !== undefined && listRemarks({ outcomes, warned }).length > 0;
  if (!hasProblems && !hasRemarks) return undefined;
  const isCounted = files !== undefined && files.found > files.unchanged;
  const result =
    isCounted && outcomes !== undefined
      ? sayResult({ files, outcomes, warned })
      : explain(event.status);
  return {
    title: hasProblems ? "A run ended with problems" : "A run ended with warnings",
    body: `A run of ${nameOf(status, event.agent_id)} ended as ${event.status}: ${result}.`,
  };
}

/** For an event of a version that did not count, and for a look that broke off. */
function explain(status: RunStatus): string {
  return status === "error" ? "it could not read any file" : "some files failed or are waiting";
}

/** The notifications for new problems. */
export function noticesOfStatus(
  before: Status | null,
  now: Status | null,
  kinds: readonly NotifyKind[],
): Notice[] {
  // Problems that existed before the tray started are not new.
  if (before === null || now === null) return [];
  const known = new Set(before.problems.map(identify));
  return now.problems
    .filter((problem) => !known.has(identify(problem)) && kinds.some((kind) => isOf(kind, problem)))
    .map(({ agent_id, code, message, hint }) => ({
      title: titleOf(code, agent_id === null ? null : nameOf(now, agent_id)),
      body: hint === null ? message : `${message}\n${hint}`,
    }));
}

/** Without the message, whose numbers may keep rising. */
function identify({ code, agent_id }: StatusProblem): string {
  return `${code} ${agent_id}`;
}

function isOf(kind: NotifyKind, { code }: StatusProblem): boolean {
  switch (kind) {
    case "waiting":
      return WAITING.has(code);
    case "key_refused":
      return KEY.has(code);
    case "run_problems":
      return false;
  }
}

function titleOf(code: string, name: string | null): string {
  const who = name ?? "Agent Runner";
  if (code === "confirm_needed") return `${who} needs your consent`;
  if (code === "key_refused") return `${who}: the key was refused`;
  if (code === "key_missing") return `${who}: the key is missing`;
  return `${who} waits for budget`;
}

function nameOf(status: Status | null, agentId: string): string {
  return status?.agents.find(({ id }) => id === agentId)?.name ?? agentId;
}
