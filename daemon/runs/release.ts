import { sumWaiting } from "../journal/jobs.ts";
import { confirmRun, listRunningRuns, type RunRow } from "../journal/runs.ts";
import type { AsksAbove } from "../trigger/run-request.ts";
import type { RunContext } from "./run-context.ts";

/** The agent may have been given a model on this machine since its run began to wait. */
export function releaseRuns({ journal, roster }: Pick<RunContext, "journal" | "roster">): void {
  for (const run of listRunningRuns(journal)) {
    const enlisted = roster.find(run.agent_id);
    if (run.awaits_confirmation === 0 || enlisted === undefined) continue;
    const { files } = sumWaiting(journal, run.run_id, roster.isRead(enlisted));
    if (!asks(files, run, enlisted.asks_above)) confirmRun(journal, run.run_id);
  }
}

function asks(files: number, run: RunRow, above: AsksAbove | null): boolean {
  if (above === null || files <= above.files) return false;
  // Whoever chose the rules when asked about sending has answered.
  return above.entities === null || (run.foreseen_entities ?? 0) > above.entities;
}
