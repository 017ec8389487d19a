import type { Enlisted } from "../agents/enlist.ts";
import type { Roster } from "../agents/roster.ts";
import type { Control } from "../api/control.ts";
import { CALL } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import { RunnerError } from "../core/errors.ts";
import { notFound } from "../core/not-found.ts";
import { findFileRow } from "../journal/files.ts";
import { listPathsOfOutcome } from "../journal/outcomes.ts";
import { sumReadable, sumWaiting } from "../journal/jobs.ts";
import type { Journal } from "../journal/open.ts";
import { confirmRun, findRunningRun, findRunRow } from "../journal/runs.ts";
import type { TriggerOptions } from "../protocol/api.ts";
import type { Trigger } from "../protocol/run.ts";
import { measureRequests } from "../journal/requests-per-file.ts";
import { findExhausted } from "../queue/allowance.ts";
import type { StateWatch } from "../events/state-watch.ts";
import type { Pauses } from "../queue/pauses.ts";
import type { Pool } from "../queue/pool.ts";
import type { Runs } from "../runs/runs.ts";
import { CANCELLED } from "../trigger/decide.ts";
import type { RunStarter } from "../trigger/start-run.ts";
import { checkPaths, onlyWithin } from "../trigger/wanted-path.ts";
import { estimate } from "./estimate.ts";
import { shellCommand } from "../core/shell-command.ts";

export interface RunControlOptions {
  journal: Journal;
  clock: Clock;
  roster: Roster;
  starter: RunStarter;
  pauses: Pauses;
  pool: Pick<Pool, "wake" | "hold">;
  runs: Pick<Runs, "cancel">;
  state: Pick<StateWatch, "look">;
}

type RunControl = Pick<
  Control,
  "trigger" | "triggerAdHoc" | "retryFile" | "confirm" | "estimate" | "cancelRun"
>;

/** Starts runs on request, confirms and cancels them. */
export function createRunControl(options: RunControlOptions): RunControl {
  return { ...createStarting(options), ...createRunChanges(options) };
}

function createStarting(
  options: RunControlOptions,
): Pick<RunControl, "trigger" | "triggerAdHoc" | "retryFile"> {
  const { journal, roster, pauses } = options;
  const start = createStart(options);
  return {
    trigger(agentId, wanted) {
      const enlisted = roster.get(agentId);
      if (!enlisted.agent.enabled) throw disabled(agentId);
      refusePaused(pauses, agentId);
      return start(enlisted, "manual", { ...wanted, paths: toPaths(journal, enlisted, wanted) });
    },
    triggerAdHoc({ force, paths: asked, outcome, confirm, dry_run, ...body }) {
      const enlisted = roster.enlist(body);
      refusePaused(pauses, enlisted.agent.id);
      const paths = toPaths(journal, enlisted, { force, paths: asked, outcome });
      return start(enlisted, "manual", { force, paths, confirm, dry_run });
    },
    retryFile(fileId) {
      const file = findFileRow(journal, fileId);
      if (file === undefined) throw notFound("file", fileId);
      const again = { force: true, dry_run: false, confirm: true, paths: [file.path] };
      return start(roster.get(file.agent_id), "retry", again);
    },
  };
}

/** The paths that a run is limited to; null: none. */
function toPaths(
  journal: Journal,
  { agent }: Enlisted,
  { force, paths, outcome }: Pick<TriggerOptions, "force" | "paths" | "outcome">,
): string[] | null {
  const wanted = checkPaths(journal, agent, paths);
  if (outcome === null) return wanted;
  if (!force) {
    throw new RunnerError("invalid_request", `The outcome ${outcome} needs force.`, {
      hint: "Add force, because such files are done.",
    });
  }
  return onlyWithin(listPathsOfOutcome(journal, agent.id, outcome), wanted);
}

/** Gives the function that starts a run, unless the agent has a run or its budget is used up. */
function createStart({ journal, clock, starter }: RunControlOptions) {
  return (
    enlisted: Enlisted,
    trigger: Trigger,
    { force, dry_run, confirm, paths }: Omit<TriggerOptions, "outcome">,
  ): { run_id: string } => {
    const { agent, allowances } = enlisted;
    // Checked only for a free agent: the starter's own error for a run in progress comes first.
    const isFree = findRunningRun(journal, agent.id) === undefined;
    const exhausted = isFree ? findExhausted(journal, allowances, agent.id, clock) : undefined;
    if (exhausted !== undefined) throw exhausted;
    const asks_above = confirm ? null : enlisted.asks_above;
    const wanted = { trigger, asks_above, force, dry_run, paths };
    return { run_id: starter.start({ ...enlisted, ...wanted, by_hand: true, shallow: false }) };
  };
}

function createRunChanges({
  journal,
  roster,
  pool,
  runs,
  state,
}: RunControlOptions): Pick<RunControl, "confirm" | "estimate" | "cancelRun"> {
  return {
    confirm(agentId) {
      roster.get(agentId);
      const run = findRunningRun(journal, agentId);
      if (run === undefined || run.awaits_confirmation === 0) {
        throw new RunnerError("nothing_to_confirm", `No run of ${agentId} waits for consent.`, {
          hint: `List the runs with \`${CALL} runs\`.`,
        });
      }
      confirmRun(journal, run.run_id);
      state.look();
      pool.wake();
      return { run_id: run.run_id };
    },
    estimate(agentId, { force }) {
      const enlisted = roster.get(agentId);
      const { agent } = enlisted;
      const maySend = roster.maySend(enlisted);
      const perFile = measureRequests(journal, agentId, agent.model.name);
      if (force) return estimate(sumReadable(journal, agentId, maySend), perFile, agent.model);
      const run = findRunningRun(journal, agentId);
      const waiting =
        run === undefined ? { files: 0, bytes: 0 } : sumWaiting(journal, run.run_id, maySend);
      return estimate(waiting, perFile, agent.model, run?.foreseen_entities ?? null);
    },
    cancelRun(runId) {
      const run = findRunRow(journal, runId);
      if (run === undefined) throw notFound("run", runId);
      if (run.status !== "running") {
        throw new RunnerError("run_not_running", `The run ${runId} has ended: ${run.status}.`, {
          hint: `To take its changes back, use \`${shellCommand(`${CALL} undo`, runId)}\`.`,
        });
      }
      runs.cancel(run, CANCELLED);
    },
  };
}

function disabled(agentId: string): RunnerError {
  return new RunnerError("invalid_request", `The agent ${agentId} is not enabled.`, {
    hint: "Set enabled: true in config.yaml.",
  });
}

function refusePaused(pauses: Pauses, agentId: string): void {
  const pause = pauses.of(agentId);
  if (pause === undefined) return;
  const until = pause.until === null ? "until it is resumed" : `until ${pause.until}`;
  const isAlone = pauses.all() === undefined;
  const who = isAlone ? `The agent ${agentId} is` : "All agents are";
  throw new RunnerError("paused", `${who} paused ${until}.`, {
    hint: `Resume with \`${shellCommand(`${CALL} resume`, ...(isAlone ? [agentId] : []))}\`.`,
    data: { paused_until: pause.until },
  });
}
