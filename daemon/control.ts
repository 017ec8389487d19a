import type { Control } from "./api/control.ts";
import { createByUser, deleteByUser, editByUser } from "./commit/user-edit.ts";
import type { LoadedConfig } from "./config/load.ts";
import { withoutSecrets } from "./config/resolve-model.ts";
import { type Clock, toInstant } from "./core/clock.ts";
import { RunnerError } from "./core/errors.ts";
import { findFileRow } from "./journal/files.ts";
import type { Journal } from "./journal/open.ts";
import { findRunRow } from "./journal/runs.ts";
import type { AgentView, Verify } from "./protocol/api.ts";
import type { Trigger } from "./protocol/run.ts";
import type { Enlisted, Roster } from "./roster.ts";
import { createStatus, type StatusInput } from "./status.ts";
import type { RunStarter } from "./trigger/start-run.ts";

export interface ControlOptions extends StatusInput {
  version: string;
  journal: Journal;
  clock: Clock;
  config: LoadedConfig;
  roster: Roster;
  starter: RunStarter;
  cancelRun(runId: string): void;
  verify(agents: readonly Enlisted[]): Promise<Verify>;
  stop(): void;
}

/** What the door may ask of the daemon, joined from the rooms that do it. */
export function createControl(options: ControlOptions): Control {
  const { journal, clock, roster, starter } = options;
  const status = createStatus(options);
  const now = (): string => toInstant(clock.now());

  function view({ agent }: Enlisted): AgentView {
    const { id: _id, name: _name, ...rest } = status.ofAgent(agent);
    return { ...agent, model: withoutSecrets(agent.model), ...rest };
  }

  function start(
    enlisted: Enlisted,
    trigger: Trigger,
    options: { force: boolean; paths: readonly string[] | null },
  ): { run_id: string } {
    return { run_id: starter.start({ ...enlisted, trigger, by_hand: true, ...options }) };
  }

  return {
    version: options.version,
    status: status.whole,
    agents: () => roster.configured().map(view),
    agent: (agentId) => view(roster.get(agentId)),
    trigger(agentId, { force, paths, dry_run }) {
      refuseDryRun(dry_run);
      const enlisted = roster.get(agentId);
      if (!enlisted.agent.enabled) {
        throw new RunnerError("invalid_request", `The agent ${agentId} is not enabled.`, {
          hint: "Set enabled: true in config.yaml.",
        });
      }
      return start(enlisted, "manual", { force, paths });
    },
    triggerAdHoc({ force, paths, dry_run, ...body }) {
      refuseDryRun(dry_run);
      return start(roster.enlist(body), "manual", { force, paths });
    },
    cancelRun(runId) {
      const run = findRunRow(journal, runId);
      if (run === undefined) {
        throw new RunnerError("run_not_found", `There is no run ${JSON.stringify(runId)}.`, {
          hint: "List the runs to see their ids.",
        });
      }
      if (run.status !== "running") {
        throw new RunnerError("run_not_running", `The run ${runId} has ended: ${run.status}.`, {
          hint: "There is nothing to cancel.",
        });
      }
      options.cancelRun(runId);
    },
    retryFile(fileId) {
      const file = findFileRow(journal, fileId);
      if (file === undefined) {
        throw new RunnerError("file_not_found", `There is no file ${JSON.stringify(fileId)}.`, {
          hint: "List the files to see their ids.",
        });
      }
      const enlisted = roster.get(file.agent_id);
      return start(enlisted, "retry", { force: file.state !== "done", paths: [file.path] });
    },
    verify: (agentId) =>
      options.verify(agentId === undefined ? roster.configured() : [roster.get(agentId)]),
    createEntity: (type, fields) => createByUser(journal, type, fields, now()),
    editEntity: (type, id, fields) => editByUser(journal, type, id, fields, now()),
    deleteEntity: (type, id) => deleteByUser(journal, type, id, now()),
    stop: options.stop,
  };
}

function refuseDryRun(dryRun: boolean): void {
  if (!dryRun) return;
  throw new RunnerError("not_yet", "dry_run is not supported yet.", { hint: "Leave it out." });
}
