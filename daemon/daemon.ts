import { randomBytes } from "node:crypto";
import { startServer } from "./api/server.ts";
import type { ConfigFile } from "./config/config-file.ts";
import type { LoadedConfig } from "./config/load.ts";
import { reapply, revive } from "./commit/reapply.ts";
import { retire } from "./commit/retire.ts";
import { type Clock, toInstant } from "./core/clock.ts";
import type { Logger } from "./core/logger.ts";
import type { Paths } from "./core/paths.ts";
import { openBus } from "./events/bus.ts";
import { startProgress } from "./events/progress.ts";
import { watchState } from "./events/state-watch.ts";
import { startEventUpkeep } from "./events/upkeep.ts";
import { createLiveConfig } from "./agents/live-config.ts";
import { createControl } from "./control/control.ts";
import { openBackups } from "./journal/backup.ts";
import { leaveDirectories } from "./journal/directories.ts";
import { type Journal, openJournal } from "./journal/open.ts";
import { startUpkeep } from "./journal/upkeep.ts";
import { recover } from "./journal/recover.ts";
import {
  confirmRun,
  findRunningRun,
  findRunRow,
  listRunningRuns,
  type RunRow,
} from "./journal/runs.ts";
import { runJob } from "./pipeline.ts";
import { UNREADABLE_ENDINGS } from "./preprocess/formats.ts";
import { openIsolate } from "./preprocess/isolate.ts";
import { putOffRun, sumWaiting } from "./journal/jobs.ts";
import { endRun, finishIfComplete } from "./runs/finish.ts";
import { startPauses } from "./queue/pauses.ts";
import { startPool, type Worker } from "./queue/pool.ts";
import { createRoster, type Enlisted } from "./agents/roster.ts";
import { createStatus } from "./control/status.ts";
import { succeed } from "./agents/succession.ts";
import { createLookQueue } from "./trigger/look-queue.ts";
import { CANCELLED } from "./trigger/decide.ts";
import { createRunStarter } from "./trigger/start-run.ts";
import type { PageFiles } from "./api/page.ts";

export interface DaemonOptions {
  paths: Paths;
  config: LoadedConfig;
  version: string;
  clock: Clock;
  logger: Logger;
  /** one-run: no watching, no schedules, any port; for a command that needs no daemon. */
  mode: "daemon" | "one-run";
  /** Reads the config again when it was edited; left out: the config stays as it is. */
  readConfig?: () => LoadedConfig;
  configFile: ConfigFile;
  /** Called with each config that is put in force after the first. */
  onConfig?: (config: LoadedConfig) => void;
  /** What a browser is shown; left out: nothing. */
  page?: PageFiles;
  /** Called once when somebody asks the daemon to stop. */
  onStopAsked(): void;
}

export interface Daemon {
  readonly url: string;
  /** Lets in whoever holds it; new at every start. */
  readonly token: string;
  readonly startedAt: string;
  /** What the start did to a journal of an older schema; undefined: nothing. */
  readonly upgraded: Journal["upgraded"];
  /** Door closed, triggers off, queue drained, journal closed last. Within five seconds. */
  stop(): Promise<void>;
}

// A reply that is paid for may still come in; the whole stop must take no more than five seconds.
const GRACE_MS = 3_500;

/**
 * Opens the rooms in the order in which a file walks through them, and releases them in reverse. The
 * caller holds the lock on the home.
 *
 * @throws {RunnerError} journal_newer, journal_damaged, backup_failed, home_unusable, port_in_use
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { paths, config, clock, logger, mode } = options;
  const now = (): string => toInstant(clock.now());
  const startedAt = now();
  const token = randomBytes(32).toString("base64url");
  await using opened = new AsyncDisposableStack();

  const journal = await openLogged(paths.database, logger);
  opened.defer(() => journal.close());
  const backups = opened.use(openBackups(journal.path));
  const { crashed } = recover(journal, startedAt);
  if (crashed > 0) logger.warn({ attempts: crashed }, "Attempts of a process that died wait again");

  const bus = openBus(journal);
  opened.defer(() => bus.close());
  const progress = startProgress({ journal, clock, logger });
  opened.defer(() => progress.close());

  const pauses = startPauses(journal, clock, () => {
    state.look();
    pool.wake();
  });
  opened.defer(() => pauses.close());

  succeed(journal, config, pauses.rename, startedAt);
  const roster = createRoster(journal, config, now);
  opened.defer(() => roster.close());
  const isolate = opened.use(openIsolate());

  const pool = startPool({
    journal,
    clock,
    logger,
    workers: () =>
      roster
        .all()
        .filter(({ agent }) => agent.enabled && pauses.of(agent.id) === undefined)
        .map(toWorker),
    onSettled: ({ run_id, agent_id }) => finish(run_id, agent_id),
  });
  opened.defer(() => pool.stop(GRACE_MS));

  const starter = createRunStarter({
    journal,
    clock,
    logger,
    places: paths,
    unreadableEndings: UNREADABLE_ENDINGS,
    onReverted: (of, at) => reapply(journal, of, at),
    onCopied: (of, at) => revive(journal, of, at),
    onDeleted: (of, at) => retire(journal, of, at),
    onListed(runId, agentId) {
      state.look();
      finish(runId, agentId);
      pool.wake();
    },
  });
  opened.defer(() => starter.stop());

  const lookQueue = createLookQueue({
    starter,
    ready(agentId) {
      const enlisted = roster.find(agentId);
      const isFree = findRunningRun(journal, agentId) === undefined;
      return isFree && enlisted?.agent.enabled ? enlisted : undefined;
    },
    onFault: (agent_id, err) => logger.error({ agent_id, err }, "An agent could not look"),
  });

  function toWorker(enlisted: Enlisted): Worker {
    const { agent, recipe, base_recipe, allowances } = enlisted;
    const { provider, base_url, concurrency } = agent.model;
    return {
      agent_id: agent.id,
      lane: provider === "openai" ? base_url : provider,
      places: concurrency,
      work: (job, signals) =>
        runJob(job, {
          journal,
          clock,
          agent,
          recipe,
          base_recipe,
          allowances,
          isolate,
          model: () => roster.model(enlisted),
          ...signals,
        }),
    };
  }

  function finish(runId: string, agentId: string): void {
    // Files of directories that went out of the config while they were listed or worked on.
    const directories = roster.find(agentId)?.agent.directories ?? [];
    leaveDirectories(
      journal,
      agentId,
      directories.map(({ path }) => path),
    );
    progress.note(runId);
    const status = finishIfComplete(journal, runId, now());
    if (status === undefined) return;
    progress.end(runId);
    logger.info({ run_id: runId, agent_id: agentId, status }, "A run ended");
    lookQueue.attend(agentId);
  }

  /** @param why what its files wait for */
  function cancel(run: RunRow, why: string): void {
    const { run_id, agent_id } = run;
    // What a dry run had still to do is done by no run that nobody asks for.
    const reason = run.dry_run === 1 ? CANCELLED : why;
    starter.abandon(agent_id);
    progress.end(run_id);
    journal.transaction(() => {
      endRun(journal, run, "cancelled", now());
      putOffRun(journal, run_id, { reason, next_attempt_at: null, error: null });
    });
    pool.interrupt(run_id, reason);
  }

  /** A run waits for no consent that its agent, as it is now, does not ask for: its model may be on this machine. */
  function releaseRuns(): void {
    for (const { run_id, agent_id, awaits_confirmation } of listRunningRuns(journal)) {
      const enlisted = roster.find(agent_id);
      if (awaits_confirmation === 0 || enlisted === undefined) continue;
      const { asks_above } = enlisted;
      const asks = asks_above !== null && sumWaiting(journal, run_id).files > asks_above;
      if (!asks) confirmRun(journal, run_id);
    }
  }

  function resumeRuns(): void {
    releaseRuns();
    for (const run of listRunningRuns(journal)) {
      const enlisted = roster.find(run.agent_id);
      if (enlisted !== undefined) starter.resume(run, enlisted);
      else cancel(run, "interrupted");
    }
  }

  const live = createLiveConfig({
    first: config,
    read: options.readConfig,
    onConfig: options.onConfig,
    paths,
    journal,
    clock,
    logger,
    roster,
    lookQueue,
    endWork(agentId) {
      starter.abandon(agentId);
      const run = findRunningRun(journal, agentId);
      if (run !== undefined) cancel(run, "interrupted");
    },
    onRenamed: pauses.rename,
    onProblems: () => state.look(),
    onApplied() {
      releaseRuns();
      pool.hold((id) => roster.find(id)?.agent.enabled === false);
      pool.wake();
    },
  });
  opened.defer(() => live.stop());

  const status = createStatus({
    startedAt,
    journal,
    clock,
    config: () => live.config(),
    configProblems: () => live.problems(),
    watchers: () => live.watchers(),
    roster,
    starter,
    pauses,
  });
  const state = watchState({ journal, clock, logger, readState: status.state });
  opened.defer(() => state.close());

  const control = createControl({
    version: options.version,
    status,
    journal,
    clock,
    backups,
    roster,
    starter,
    pauses,
    pause(agentId, minutes) {
      pauses.pause(agentId, minutes);
      state.look();
      pool.hold((id) => pauses.of(id) !== undefined);
    },
    resume(agentId) {
      pauses.resume(agentId);
      state.look();
      pool.wake();
    },
    confirm(runId) {
      confirmRun(journal, runId);
      state.look();
      pool.wake();
    },
    cancelRun(runId) {
      const run = findRunRow(journal, runId);
      if (run !== undefined) cancel(run, CANCELLED);
    },
    async verify(agents) {
      const lists = await Promise.all(agents.map(({ agent }) => starter.readCoverage(agent)));
      const directories = lists.flat();
      const complete = directories.every(
        ({ online, unaccounted, ignored }) =>
          online &&
          unaccounted.length === 0 &&
          ignored.every(({ reason }) => reason !== "unreadable"),
      );
      return { complete, directories };
    },
    configFile: options.configFile,
    stop: options.onStopAsked,
  });

  const server = await startServer({
    host: config.config.server.host,
    port: mode === "one-run" ? 0 : config.config.server.port,
    control,
    journal,
    events: bus,
    token,
    logger,
    clock,
    page: options.page,
  });
  opened.defer(() => server.close());

  const upkeep = startEventUpkeep({ journal, clock, logger });
  opened.defer(() => upkeep.close());
  state.look();
  resumeRuns();
  if (mode === "daemon") {
    live.start();
    opened.use(
      startUpkeep({
        journal,
        clock,
        conversationDays: () => live.config().config.retention.conversation_days,
        onFault: (err) => logger.error({ err }, "Old conversations could not be removed"),
      }),
    );
    for (const { agent } of roster.configured()) {
      // A dry run that goes on is to be looked at before the start takes up what it leaves.
      const isLooking = findRunningRun(journal, agent.id)?.dry_run === 1;
      const trigger = isLooking ? "watch" : "startup";
      lookQueue.want(agent.id, { trigger, paths: null });
    }
  }

  const everything = opened.move();
  const { upgraded } = journal;
  return { url: server.url, token, startedAt, upgraded, stop: () => everything.disposeAsync() };
}

/** At once: whatever stops the start after the upgrade, the log names the backup. */
async function openLogged(database: string, logger: Logger): Promise<Journal> {
  const journal = await openJournal(database);
  const { upgraded } = journal;
  if (upgraded !== undefined) {
    logger.info({ ...upgraded }, "The journal was upgraded; the backup has it as it was");
  }
  return journal;
}
