import type { Status, StatusProblem } from "../../daemon/protocol/api.ts";
import type { ToldEvent } from "../../daemon/protocol/event.ts";
import type { NotifyKind } from "../../daemon/protocol/tray.ts";

/** What a person is told outside the menu. */
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

/** What a run that ended is worth telling; undefined: nothing, or it was not asked for. */
export function noticeOfEvent(
  event: ToldEvent,
  status: Status | null,
  kinds: readonly NotifyKind[],
): Notice | undefined {
  if (event.type !== "run.completed" || !kinds.includes("run_problems")) return undefined;
  if (event.status !== "partial" && event.status !== "error") return undefined;
  const name = nameOf(status, event.agent_id);
  const body =
    event.status === "error"
      ? `A run of ${name} ended with error: no file of it could be done.`
      : `A run of ${name} ended partial: some files failed or wait.`;
  return { title: "A run ended with problems", body };
}

/** What of the problems is new and worth telling. */
export function noticesOfStatus(
  before: Status | null,
  now: Status | null,
  kinds: readonly NotifyKind[],
): Notice[] {
  // What was so before the tray looked is no news.
  if (before === null || now === null) return [];
  const known = new Set(before.problems.map(identify));
  return now.problems
    .filter((problem) => !known.has(identify(problem)) && kinds.some((kind) => isOf(kind, problem)))
    .map(({ agent_id, code, message, hint }) => ({
      title: titleOf(code, agent_id === null ? null : nameOf(now, agent_id)),
      body: hint === null ? message : `${message}\n${hint}`,
    }));
}

/** Its message may have numbers that go on rising. */
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
  const whose = name === null ? "Agent Runner" : name;
  if (code === "confirm_needed") return `${whose} waits for your consent`;
  if (code === "key_refused") return `${whose}: the key was refused`;
  if (code === "key_missing") return `${whose}: the key is missing`;
  return `${whose} waits for budget`;
}

function nameOf(status: Status | null, agentId: string): string {
  return status?.agents.find(({ id }) => id === agentId)?.name ?? agentId;
}
