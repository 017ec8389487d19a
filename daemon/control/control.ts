import { createAfterwards } from "./afterwards.ts";
import { findPrice } from "../agent/model/price.ts";
import { listOffered } from "../agent/model/catalog.ts";
import type { Control } from "../api/control.ts";
import { createByUser, deleteByUser, editByUser } from "../commit/user-edit.ts";
import type { ConfigFile } from "../config/config-file.ts";
import { withoutUserinfo } from "../core/endpoint.ts";
import { withoutSecrets } from "../config/resolve-model.ts";
import { type Clock, toInstant } from "../core/clock.ts";
import { RunnerError } from "../core/errors.ts";
import type { Backups } from "../journal/backup.ts";
import { findFileRow } from "../journal/files.ts";
import type { Journal } from "../journal/open.ts";
import { sumReadable, sumWaiting } from "../journal/jobs.ts";
import { confirmRun, findRunningRun, findRunRow } from "../journal/runs.ts";
import type { ModelSettings } from "../protocol/agent.ts";
import type { AgentView, PauseAnswer, TriggerOptions } from "../protocol/api.ts";
import type { Trigger } from "../protocol/run.ts";
import { findExhausted } from "../queue/allowance.ts";
import type { Pauses } from "../queue/pauses.ts";
import type { Enlisted, Roster } from "../agents/roster.ts";
import { estimate } from "./estimate.ts";
import type { createStatus } from "./status.ts";
import type { Pool } from "../queue/pool.ts";
import type { Runs } from "../runs/runs.ts";
import type { StateWatch } from "../events/state-watch.ts";
import { CANCELLED } from "../trigger/decide.ts";
import { verify } from "./verify.ts";
import type { RunStarter } from "../trigger/start-run.ts";
import { checkPaths } from "../trigger/wanted-path.ts";
import { CALL } from "../core/call.ts";
import { notFound } from "../core/not-found.ts";

export interface ControlOptions {
  version: string;
  status: ReturnType<typeof createStatus>;
  journal: Journal;
  clock: Clock;
  backups: Backups;
  roster: Roster;
  starter: RunStarter;
  pauses: Pauses;
  pool: Pick<Pool, "wake" | "hold">;
  runs: Pick<Runs, "cancel">;
  state: Pick<StateWatch, "look">;
  configFile: ConfigFile;
  stop(): void;
}

/** What the door may ask of the daemon, joined from the rooms that do it. */
export function createControl(options: ControlOptions): Control {
  const { journal, clock, roster, starter, pauses, pool, runs, state, status } = options;
  const now = (): string => toInstant(clock.now());

  function view(enlisted: Enlisted): AgentView {
    const { agent } = enlisted;
    const { id: _id, name: _name, model, ...rest } = status.ofAgent(enlisted);
    const { reachable } = model;
    return { ...agent, model: withoutSecrets(agent.model), reachable, ...rest };
  }

  function start(
    enlisted: Enlisted,
    trigger: Trigger,
    options: Pick<TriggerOptions, "force" | "dry_run" | "confirm" | "paths">,
  ): { run_id: string } {
    const { force, dry_run, confirm, paths } = options;
    const { agent, allowances } = enlisted;
    // A run that is under way is said first.
    const isFree = findRunningRun(journal, agent.id) === undefined;
    const exhausted = isFree ? findExhausted(journal, allowances, agent.id, clock) : undefined;
    if (exhausted !== undefined) throw exhausted;
    const asks_above = confirm ? null : enlisted.asks_above;
    const by_hand = { by_hand: true, shallow: false };
    return {
      run_id: starter.start({
        ...enlisted,
        trigger,
        asks_above,
        force,
        dry_run,
        paths,
        ...by_hand,
      }),
    };
  }

  function refusePaused(agentId: string): void {
    const pause = pauses.of(agentId);
    if (pause === undefined) return;
    const until = pause.until === null ? "until it is resumed" : `until ${pause.until}`;
    const isAlone = pauses.all() === undefined;
    const who = isAlone ? `The agent ${agentId} is` : "All agents are";
    throw new RunnerError("paused", `${who} paused ${until}.`, {
      hint: `Resume with \`${CALL} resume${isAlone ? ` ${agentId}` : ""}\`.`,
      data: { paused_until: pause.until },
    });
  }

  function describePause(agentId: string | undefined): PauseAnswer {
    const pause = agentId === undefined ? pauses.all() : pauses.of(agentId);
    return { paused: pause !== undefined, paused_until: pause?.until ?? null };
  }

  return {
    ...createAfterwards(options),
    version: options.version,
    status: status.whole,
    agents: () => roster.configured().map(view),
    agent: (agentId) => view(roster.get(agentId)),
    trigger(agentId, options) {
      const enlisted = roster.get(agentId);
      if (!enlisted.agent.enabled) {
        throw new RunnerError("invalid_request", `The agent ${agentId} is not enabled.`, {
          hint: "Set enabled: true in config.yaml.",
        });
      }
      refusePaused(agentId);
      const paths = checkPaths(journal, enlisted.agent, options.paths);
      return start(enlisted, "manual", { ...options, paths });
    },
    triggerAdHoc({ force, paths, confirm, dry_run, ...body }) {
      const enlisted = roster.enlist(body);
      refusePaused(enlisted.agent.id);
      const wanted = checkPaths(journal, enlisted.agent, paths);
      return start(enlisted, "manual", { force, paths: wanted, confirm, dry_run });
    },
    confirm(agentId) {
      roster.get(agentId);
      const run = findRunningRun(journal, agentId);
      if (run === undefined || run.awaits_confirmation === 0) {
        throw new RunnerError("nothing_to_confirm", `No run of ${agentId} waits for consent.`, {
          hint: "Its files go on as they are.",
        });
      }
      confirmRun(journal, run.run_id);
      state.look();
      pool.wake();
      return { run_id: run.run_id };
    },
    estimate(agentId, { force }) {
      const { agent } = roster.get(agentId);
      if (force) return estimate(sumReadable(journal, agentId), agent.model);
      const run = findRunningRun(journal, agentId);
      const waiting = run === undefined ? { files: 0, bytes: 0 } : sumWaiting(journal, run.run_id);
      return estimate(waiting, agent.model);
    },
    pause({ agent_id, minutes }) {
      if (agent_id !== undefined) roster.get(agent_id);
      pauses.pause(agent_id ?? null, minutes ?? null);
      state.look();
      pool.hold((id) => pauses.of(id) !== undefined);
      return describePause(agent_id);
    },
    resume({ agent_id }) {
      if (agent_id !== undefined) roster.get(agent_id);
      pauses.resume(agent_id ?? null);
      state.look();
      pool.wake();
      return describePause(agent_id);
    },
    cancelRun(runId) {
      const run = findRunRow(journal, runId);
      if (run === undefined) {
        throw notFound("run", runId);
      }
      if (run.status !== "running") {
        throw new RunnerError("run_not_running", `The run ${runId} has ended: ${run.status}.`, {
          hint: "There is nothing to cancel.",
        });
      }
      runs.cancel(run, CANCELLED);
    },
    retryFile(fileId) {
      const file = findFileRow(journal, fileId);
      if (file === undefined) {
        throw notFound("file", fileId);
      }
      const enlisted = roster.get(file.agent_id);
      return start(enlisted, "retry", {
        force: true,
        dry_run: false,
        confirm: true,
        paths: [file.path],
      });
    },
    verify: (agentId) =>
      verify(starter, agentId === undefined ? roster.configured() : [roster.get(agentId)]),
    async models() {
      const users = roster.configured().filter(({ blocked }) => blocked === null);
      const settings = users.map(({ agent }) => agent.model);
      const named = settings.filter(({ provider }) => provider === "openai");
      const offered = await listOffered(named, { signal: new AbortController().signal });
      return offered.map((model) => ({
        ...model,
        base_url: withoutUserinfo(model.base_url),
        price: findPrice(
          named.find((settings) => isAsked(settings, model)) ?? { price: null, ...model },
        ),
        agent_ids: users
          .filter(({ agent }) => isAsked(agent.model, model))
          .map(({ agent }) => agent.id),
      }));
    },
    createEntity: (type, fields) => createByUser(journal, type, fields, now()),
    editEntity: (type, id, fields) => editByUser(journal, type, id, fields, now()),
    deleteEntity: (type, id) => deleteByUser(journal, type, id, now()),
    config: () => options.configFile.view(),
    checkConfig: (text) => options.configFile.check(text),
    replaceConfig: (text, etag) => options.configFile.replace(text, etag),
    stop: options.stop,
  };
}

function isAsked(settings: ModelSettings, model: { base_url: string; name: string }): boolean {
  const { provider, base_url, name } = settings;
  return provider === "openai" && base_url === model.base_url && name === model.name;
}
