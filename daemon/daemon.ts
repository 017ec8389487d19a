import { randomBytes } from "node:crypto";
import { startServer } from "./api/server.ts";
import type { LoadedConfig } from "./config/load.ts";
import { type Clock, toInstant } from "./core/clock.ts";
import { isAbort } from "./core/errors.ts";
import type { Logger } from "./core/logger.ts";
import type { Paths } from "./core/paths.ts";
import { createControl } from "./control.ts";
import { findEntityView, listEntityViews } from "./journal/entity-views.ts";
import { findFile, findFileHistory, listFiles } from "./journal/file-views.ts";
import { listDueFiles } from "./journal/files.ts";
import { type Journal, openJournal } from "./journal/open.ts";
import { recover } from "./journal/recover.ts";
import { findRun, listRuns } from "./journal/run-views.ts";
import { findRunRow, listRunningRuns } from "./journal/runs.ts";
import { runJob } from "./pipeline.ts";
import { FORMATS } from "./preprocess/formats.ts";
import { putOffRun } from "./journal/jobs.ts";
import { endRun, finishIfComplete } from "./queue/finish-run.ts";
import { startPool, type Worker } from "./queue/pool.ts";
import { createRoster, type Enlisted } from "./roster.ts";
import { createRunStarter } from "./trigger/start-run.ts";
import type { Views } from "./api/control.ts";

export interface DaemonOptions {
  paths: Paths;
  config: LoadedConfig;
  version: string;
  clock: Clock;
  logger: Logger;
  /** one-run: no watching, no schedules, any port; for a command that needs no daemon. */
  mode: "daemon" | "one-run";
  /** Called once when somebody asks the daemon to stop. */
  onStopAsked(): void;
}

export interface Daemon {
  readonly url: string;
  /** Lets in whoever holds it; new at every start. */
  readonly token: string;
  readonly startedAt: string;
  /** Door closed, triggers off, queue drained, journal closed last. Within five seconds. */
  stop(): Promise<void>;
}

// A reply that is paid for may still come in; the whole stop must take no more than five seconds.
const GRACE_MS = 3_500;
// How often to look for files that were put off and are due, and how long one look counts for an agent.
const RETRY_LOOK_MS = 1_000;
const RETRY_PAUSE_MS = 30_000;

/**
 * Opens the rooms in the order in which a file walks through them, and releases them in reverse. The
 * caller holds the lock on the home.
 *
 * @throws {RunnerError} journal_newer, journal_damaged, home_unusable, port_in_use
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { paths, config, clock, logger, mode } = options;
  const now = (): string => toInstant(clock.now());
  const startedAt = now();
  const token = randomBytes(32).toString("base64url");
  await using opened = new AsyncDisposableStack();

  const journal = await openJournal(paths.database);
  opened.defer(() => journal.close());
  const { crashed } = recover(journal, startedAt);
  if (crashed > 0) logger.warn({ attempts: crashed }, "Attempts of a process that died wait again");

  const roster = createRoster(journal, config, now);
  opened.defer(() => roster.close());

  const pool = startPool({
    journal,
    clock,
    logger,
    workers: () => roster.all().map(toWorker),
    onSettled: (job) => finish(job.run_id),
  });
  opened.defer(() => pool.stop(GRACE_MS));

  const starter = createRunStarter({
    journal,
    clock,
    logger,
    places: paths,
    unreadableEndings: FORMATS.filter((format) => format.extract === null).flatMap((format) =>
      format.extensions.map((extension) => `.${extension}`),
    ),
    onListed(runId) {
      finish(runId);
      pool.wake();
    },
  });
  opened.defer(() => starter.stop());

  // Agents whose directories are still to be caught up with, once the run they are in has ended.
  const behind = new Set<string>();

  function toWorker(enlisted: Enlisted): Worker {
    const { agent, recipe } = enlisted;
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
          model: () => roster.model(enlisted),
          ...signals,
        }),
    };
  }

  function finish(runId: string): void {
    const status = finishIfComplete(journal, runId, now());
    if (status === undefined) return;
    const agentId = findRunRow(journal, runId)?.agent_id ?? "";
    logger.info({ run_id: runId, agent_id: agentId, status }, "A run ended");
    if (behind.delete(agentId)) catchUp(agentId);
  }

  /** Looks for what changed while no daemon was there. */
  function catchUp(agentId: string): void {
    const enlisted = roster.get(agentId);
    const watched = enlisted.agent.directories.filter(({ watch }) => watch !== false);
    if (!enlisted.agent.enabled || watched.length === 0) return;
    const isAll = watched.length === enlisted.agent.directories.length;
    const watchedPaths = isAll ? null : watched.map(({ path }) => path);
    void starter.startIfNeeded({
      ...enlisted,
      trigger: "startup",
      by_hand: false,
      force: false,
      paths: watchedPaths,
    });
  }

  function resumeRuns(): void {
    for (const run of listRunningRuns(journal)) {
      const enlisted = roster.find(run.agent_id);
      if (enlisted !== undefined) starter.resume(run, enlisted);
      else endRun(journal, run, "cancelled", now());
    }
  }

  const control = createControl({
    version: options.version,
    startedAt,
    journal,
    clock,
    config,
    roster,
    starter,
    cancelRun(runId) {
      const run = findRunRow(journal, runId);
      if (run === undefined) return;
      starter.abandon(run.agent_id);
      journal.transaction(() => {
        endRun(journal, run, "cancelled", now());
        putOffRun(journal, runId, { reason: "cancelled", next_attempt_at: null, error: null });
      });
      pool.interrupt(runId);
    },
    async verify(agents) {
      const lists = await Promise.all(agents.map(({ agent }) => starter.readCoverage(agent)));
      const directories = lists.flat();
      const complete = directories.every((each) => each.online && each.unaccounted.length === 0);
      return { complete, directories };
    },
    stop: options.onStopAsked,
  });

  const server = await startServer({
    host: config.config.server.host,
    port: mode === "one-run" ? 0 : config.config.server.port,
    control,
    views: createViews(journal),
    token,
    logger,
    clock,
  });
  opened.defer(() => server.close());

  resumeRuns();
  const retrying = new AbortController();
  if (mode === "daemon") {
    for (const { agent } of roster.configured()) {
      const isRunning = listRunningRuns(journal).some((run) => run.agent_id === agent.id);
      if (isRunning) behind.add(agent.id);
      else catchUp(agent.id);
    }
    const retries = retryWhenDue(retrying.signal);
    opened.defer(async () => {
      retrying.abort();
      await retries;
    });
  }

  async function retryWhenDue(signal: AbortSignal): Promise<void> {
    const lookedAt = new Map<string, number>();
    try {
      for (;;) {
        await clock.sleep(RETRY_LOOK_MS, signal);
        const due = Map.groupBy(listDueFiles(journal, now()), ({ agent_id }) => agent_id);
        for (const [agentId, files] of due) {
          const enlisted = roster.find(agentId);
          const isRecent = clock.now() - (lookedAt.get(agentId) ?? 0) < RETRY_PAUSE_MS;
          if (enlisted === undefined || !enlisted.agent.enabled || isRecent) continue;
          lookedAt.set(agentId, clock.now());
          const filePaths = files.map(({ path }) => path);
          void starter.startIfNeeded({
            ...enlisted,
            trigger: "retry",
            by_hand: false,
            force: false,
            paths: filePaths,
          });
        }
      }
    } catch (error) {
      if (!isAbort(error))
        logger.error({ err: error }, "Files that were put off are not looked for");
    }
  }

  const everything = opened.move();
  return { url: server.url, token, startedAt, stop: () => everything.disposeAsync() };
}

function createViews(journal: Journal): Views {
  return {
    listRuns: (query) => listRuns(journal, query),
    findRun: (runId) => findRun(journal, runId),
    listFiles: (query) => listFiles(journal, query),
    findFile: (fileId) => findFile(journal, fileId),
    findFileHistory: (fileId) => findFileHistory(journal, fileId),
    listEntities: (type, query) => listEntityViews(journal, type, query),
    findEntity: (type, id) => findEntityView(journal, type, id),
  };
}
