import { sumWaiting } from "../journal/jobs.ts";
import { confirmRun, listRunningRuns } from "../journal/runs.ts";
import type { RunContext } from "./run-context.ts";

/** The agent may have been given a model on this machine since its run began to wait. */
export function releaseRuns({ journal, roster }: Pick<RunContext, "journal" | "roster">): void {
  for (const { run_id, agent_id, awaits_confirmation } of listRunningRuns(journal)) {
    const enlisted = roster.find(agent_id);
    if (awaits_confirmation === 0 || enlisted === undefined) continue;
    const { asks_above } = enlisted;
    const asks = asks_above !== null && sumWaiting(journal, run_id).files > asks_above;
    if (!asks) confirmRun(journal, run_id);
  }
}
