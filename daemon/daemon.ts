import { randomBytes } from "node:crypto";
import type { Model } from "./agent/model/model.ts";
import { startServer } from "./api/server.ts";
import type { ConfigFile } from "./config/config-file.ts";
import type { LoadedConfig } from "./config/load.ts";
import { reapply, revive } from "./commit/reapply.ts";
import { retire } from "./commit/retire.ts";
import { type Clock, toInstant } from "./core/clock.ts";
import type { Logger } from "./core/logger.ts";
import { createSignal } from "./core/signal.ts";
import type { Paths } from "./core/paths.ts";
import { removeSignInFile } from "./core/sign-in-file.ts";
import { openBus } from "./events/bus.ts";
import { startProgress } from "./events/progress.ts";
import { watchState } from "./events/state-watch.ts";
import { startEventUpkeep } from "./events/upkeep.ts";
import type { CreateModel } from "./agents/create-model.ts";
import { createAdmission, createServerWords, type ServerWords } from "./agents/admission.ts";
import { foreseeEntities } from "./agents/foresee.ts";
import { createLiveConfig, type LiveConfig } from "./agents/live-config.ts";
import { createControl } from "./control/control.ts";
import { openBackups } from "./journal/backup.ts";
import { type Journal, openJournal } from "./journal/open.ts";
import { startHealthWatch } from "./journal/health-watch.ts";
import { startUpkeep } from "./journal/upkeep.ts";
import { recover } from "./journal/recover.ts";
import { findRunningRun, type RunRow } from "./journal/runs.ts";
import { runJob } from "./pipeline.ts";
import { UNREADABLE_ENDINGS } from "./preprocess/formats.ts";
import { type Isolate, openIsolate } from "./preprocess/isolate.ts";
import { createRuns } from "./runs/runs.ts";
import {
  accountOf,
  type EndpointAccount,
  type EndpointHolds,
  openEndpointHolds,
} from "./queue/endpoint-holds.ts";
import { type Pauses, startPauses } from "./queue/pauses.ts";
import { startPool } from "./queue/pool.ts";
import { laneOf, type Worker } from "./queue/work.ts";
import type { Enlisted } from "./agents/enlist.ts";
import { createRoster, type Roster } from "./agents/roster.ts";
import { createStatus } from "./control/status.ts";
import { succeed } from "./agents/succession.ts";
import { createLookQueue, type LookQueue } from "./trigger/look-queue.ts";
import { openScanner, type Scanner } from "./scan/scan.ts";
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
  /** For several daemons in one process; left out: a scanner of its own. */
  scanner?: Scanner;
  /** What a simulation puts in the place of the disk and the endpoints; left out: the real ones. */
  edges?: Edges;
  /** Called once when somebody asks the daemon to stop. */
  onStopAsked(): void;
}

export interface Edges {
  openJournal(file: string): Promise<Journal>;
  createModel: CreateModel;
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

type RunOfAgent = Pick<RunRow, "run_id" | "agent_id">;

/**
 * Opens the rooms in the order in which a file walks through them, and releases them in reverse. The caller
 * holds the lock on the home.
 *
 * @throws {RunnerError} journal_newer, journal_damaged, backup_failed, home_unusable, port_in_use
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { paths, config, clock, logger, mode } = options;
  const startedAt = toInstant(clock.now());
  const token = randomBytes(32).toString("base64url");
  // What an early room reports to a later one; they are connected below, when both exist.
  const settled = createSignal<RunOfAgent>();
  const listed = createSignal<RunOfAgent>();
  const pauseEnded = createSignal<void>();
  const problemsChanged = createSignal<void>();
  await using opened = new AsyncDisposableStack();
  /** Closes the room when the daemon stops, before those that were opened earlier. */
  const keep = <T extends { close(): unknown }>(room: T): T =>
    opened.adopt(room, async () => void (await room.close()));

  const journal = keep(await openLogged(options));
  const base = { journal, clock, logger };
  const backups = opened.use(openBackups(journal.path));
  recoverLogged(base, startedAt);
  const events = keep(openBus(journal));
  const progress = keep(startProgress(base));

  const pauses = keep(startPauses(journal, clock, pauseEnded.emit));
  succeed(journal, config, pauses.rename, startedAt);
  const now = (): string => toInstant(clock.now());
  const roster = keep(createRoster(journal, config, now, options.edges?.createModel));
  const isolate = opened.use(openIsolate());
  const servers = createServerWords(clock);
  const endpoints = openEndpointHolds({ ...base, agentsAt: (one) => listAgentsAt(roster, one) });
  const pool = startPool({
    ...base,
    endpoints,
    workers: () => listWorkers({ journal, clock, roster, pauses, isolate, endpoints, servers }),
    onSettled: settled.emit,
  });
  opened.defer(() => pool.stop(GRACE_MS));
  const starter = createRunStarter({
    ...base,
    places: paths,
    scanner: options.scanner ?? opened.use(openScanner()),
    unreadableEndings: UNREADABLE_ENDINGS,
    onReverted: (of, at) => reapply(journal, of, at),
    onCopied: (of, at) => revive(journal, of, at),
    onDeleted: (of, at) => retire(journal, of, at),
    foresee: (of, signal) => foreseeEntities({ journal, clock, isolate }, of, signal),
    isRead: roster.isRead,
    onListed: (run_id, agent_id) => listed.emit({ run_id, agent_id }),
  });
  opened.defer(() => starter.stop());
  const lookQueue = createLookQueue({
    starter,
    ready: (agentId) => findFree(journal, roster, agentId),
    onFault: (agent_id, err) => logger.error({ agent_id, err }, "An agent could not look"),
  });
  const runs = createRuns({ ...base, roster, starter, pool, progress, lookQueue });

  const live = createLiveConfig({
    first: config,
    read: options.readConfig,
    onConfig: options.onConfig,
    ...base,
    paths,
    roster,
    lookQueue,
    endWork: runs.endWork,
    onRenamed: pauses.rename,
    onProblems: problemsChanged.emit,
    onApplied() {
      runs.release();
      pool.hold((id) => roster.find(id)?.agent.enabled === false);
      pool.wake();
    },
  });
  opened.defer(() => live.stop());
  const { config: current, problems: configProblems, watchers } = live;
  const asked = { ...base, startedAt, config: current, configProblems, watchers };
  const status = createStatus({ ...asked, roster, starter, pauses });
  const state = keep(watchState({ ...base, readState: status.state }));

  for (const changed of [problemsChanged, pauseEnded]) {
    changed.on(state.look);
    changed.on(pool.wake);
  }
  settled.on(runs.finish);
  listed.on((of) => {
    state.look();
    runs.finish(of);
    pool.wake();
  });

  const { version, configFile, onStopAsked: stop } = options;
  const rooms = { ...base, roster, starter, pauses, pool, runs, endpoints, servers };
  const control = createControl({ ...rooms, version, status, backups, state, configFile, stop });
  const server = keep(
    await startServer({
      host: config.config.server.host,
      port: mode === "one-run" ? 0 : config.config.server.port,
      control,
      events,
      token,
      ...base,
      page: options.page,
      onCodeEnded: (code) => removeSignInFile(paths, code),
    }),
  );
  keep(startEventUpkeep(base));

  state.look();
  runs.resume();
  if (mode === "daemon") {
    live.start();
    opened.use(purgeOld(base, live));
    opened.use(startHealthWatch(base, problemsChanged.emit));
    lookAtStart(journal, roster, lookQueue);
  }

  const { upgraded } = journal;
  const everything = opened.move();
  return { url: server.url, token, startedAt, upgraded, stop: () => everything.disposeAsync() };
}

/** At once: whatever stops the start after the upgrade, the log names the backup. */
async function openLogged({ edges, paths, logger }: DaemonOptions): Promise<Journal> {
  const journal = await (edges?.openJournal ?? openJournal)(paths.database);
  const { upgraded } = journal;
  if (upgraded !== undefined) {
    logger.info({ ...upgraded }, "The journal was upgraded; the backup has it as it was");
  }
  return journal;
}

function recoverLogged(
  { journal, logger }: { journal: Journal; logger: Logger },
  now: string,
): void {
  const { crashed } = recover(journal, now);
  if (crashed > 0) logger.warn({ attempts: crashed }, "Attempts of a process that died wait again");
}

/** Removes what is older than the config keeps it. */
function purgeOld(
  base: { journal: Journal; clock: Clock; logger: Logger },
  live: Pick<LiveConfig, "config">,
): AsyncDisposable {
  return startUpkeep({
    ...base,
    conversationDays: () => live.config().config.retention.conversation_days,
    onFault: (err) => base.logger.error({ err }, "Old conversations could not be removed"),
  });
}

interface WorkerRooms {
  journal: Journal;
  clock: Clock;
  roster: Roster;
  pauses: Pauses;
  isolate: Isolate;
  endpoints: EndpointHolds;
  servers: ServerWords;
}

/** The agents whose jobs may be worked on now. */
function listWorkers({ roster, pauses, servers, ...rooms }: WorkerRooms): Worker[] {
  const active = roster
    .all()
    .filter(({ agent }) => agent.enabled && pauses.of(agent.id) === undefined);
  return active.map((enlisted) => {
    const { agent, recipe, base_recipe, allowances } = enlisted;
    const model = (by: "model" | "rules"): Model =>
      by === "model" ? roster.model(enlisted) : roster.rules(enlisted);
    const account = accountOf(agent.model);
    const admission = createAdmission(
      { journal: rooms.journal, privacy: roster.privacy, servers },
      agent.model,
    );
    const ways = { allowances, account, admission, model };
    const context = { ...rooms, agent, recipe, base_recipe, ...ways };
    return {
      agent_id: agent.id,
      account,
      lane: laneOf(agent.model),
      places: agent.model.concurrency,
      work: (job, signals) => runJob(job, { ...context, ...signals }),
    };
  });
}

function listAgentsAt(roster: Roster, { id }: EndpointAccount): string[] {
  const users = roster.all().filter(({ agent }) => accountOf(agent.model)?.id === id);
  return users.map(({ agent }) => agent.id);
}

/** The agent, unless it is disabled or has a run. */
function findFree(journal: Journal, roster: Roster, agentId: string): Enlisted | undefined {
  const enlisted = roster.find(agentId);
  const isFree = enlisted?.agent.enabled && findRunningRun(journal, agentId) === undefined;
  return isFree ? enlisted : undefined;
}

/** Finds what changed while no daemon ran. */
function lookAtStart(journal: Journal, roster: Roster, lookQueue: LookQueue): void {
  for (const { agent } of roster.configured()) {
    // A person looks at a dry run that is resumed before the start takes over what it leaves.
    const isDry = findRunningRun(journal, agent.id)?.dry_run === 1;
    lookQueue.want(agent.id, { trigger: isDry ? "watch" : "startup", paths: null });
  }
}
