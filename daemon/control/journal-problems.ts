import type { Journal } from "../journal/open.ts";
import type { StatusProblem } from "../protocol/api.ts";

/** What is wrong with the journal or its disk, which every agent waits for. */
export function listJournalProblems(journal: Pick<Journal, "fault">): StatusProblem[] {
  const fault = journal.fault();
  if (fault === undefined) return [];
  const { message, hint } = fault.error;
  return [{ code: fault.code, agent_id: null, message, hint }];
}
