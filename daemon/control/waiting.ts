import type { Clock } from "../core/clock.ts";
import { CODES, type ErrorCode } from "../core/errors.ts";
import type { Journal } from "../journal/open.ts";
import { QUIET_REASONS, UNAVAILABLE } from "../journal/wait-reason.ts";
import {
  countOldWaiting,
  findFirstWaiting,
  listRetrials,
  listWaits,
  type Retrial,
  type Wait,
} from "../journal/wait-views.ts";
import type { StatusProblem } from "../protocol/api.ts";
import { concernsAll, isShortFault } from "../queue/settle.ts";

/** A problem of one agent. */
export type AgentProblem = StatusProblem & { agent_id: string };

/** A problem that is made of files that wait. */
type WaitProblem = AgentProblem & { files: number };

const QUIET: ReadonlySet<string> = new Set(QUIET_REASONS);

// A file that cannot be read for so long needs a person.
const LONGEST_BUSY_MS = 60_000;

/**
 * The problems of the files that wait now: one for each agent and reason. A file that is tried again keeps its
 * problem until the attempt ends, so that no problem comes and goes with each attempt.
 */
export function listWaitProblems(journal: Journal, clock: Clock): WaitProblem[] {
  const problems = new Map<string, WaitProblem>();
  for (const wait of listWaits(journal)) {
    const problem = describeWait(journal, wait, clock.now());
    if (problem !== undefined) problems.set(keyOf(problem), problem);
  }
  for (const retrial of listRetrials(journal).filter(isStillSo)) {
    const { agent_id, error, files } = retrial;
    const { code, message, hint } = error;
    const other = problems.get(keyOf({ code, agent_id }));
    const problem: WaitProblem = other ?? {
      code,
      agent_id,
      message,
      hint,
      files: 0,
      next_attempt_at: null,
    };
    problems.set(keyOf(problem), { ...problem, files: problem.files + files });
  }
  return [...problems.values()];
}

function keyOf({ code, agent_id }: Pick<StatusProblem, "code" | "agent_id">): string {
  return `${agent_id} ${code}`;
}

function describeWait(journal: Journal, wait: Wait, now: number): WaitProblem | undefined {
  const { agent_id, reason: code, next_attempt_at, put_off } = wait;
  if (QUIET.has(code)) return undefined;
  const isBusy = code === UNAVAILABLE;
  // Without a time, a file waits out a short fault inside its run.
  const files = isBusy ? countOldWaiting(journal, wait, now - LONGEST_BUSY_MS) : put_off;
  if (files === 0) return undefined;
  const first = findFirstWaiting(journal, wait);
  const { message, hint } = first?.error ?? explainUnavailable(first?.path ?? "A file");
  return { code, agent_id, message, hint, files, next_attempt_at };
}

function explainUnavailable(path: string): Pick<StatusProblem, "message" | "hint"> {
  return {
    message: `${path} cannot be read now.`,
    hint: "Close the program that has it open, or check its disk.",
  };
}

/** Whether what put the files off may still be so. Short faults, which their run waits out, never put them off. */
function isStillSo({ error: { code }, faults, has_success }: Retrial): boolean {
  if (code in CODES && isShortFault(code as ErrorCode, faults)) return false;
  return !(has_success && concernsAll(code));
}
