import { isDeepStrictEqual } from "node:util";
import { listTouched } from "../config/difference.ts";
import { type ConfigWatch, watchConfig } from "../config/live-reload.ts";
import type { LoadedConfig } from "../config/load.ts";
import { type Clock, toInstant } from "../core/clock.ts";
import type { RunnerError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Paths } from "../core/paths.ts";
import { appendEvent } from "../journal/events.ts";
import { makeDue } from "../journal/files.ts";
import type { Journal } from "../journal/open.ts";
import { listRunningRuns } from "../journal/runs.ts";
import type { StatusProblem } from "../protocol/api.ts";
import type { Roster } from "./roster.ts";
import { succeed } from "./succession.ts";
import type { LookQueue } from "../trigger/look-queue.ts";
import { type AgentWatchers, watchAgents } from "../trigger/agent-watchers.ts";

export interface LiveConfigOptions {
  first: LoadedConfig;
  /** undefined: the config stays as it is. */
  read: (() => LoadedConfig) | undefined;
  onConfig: ((config: LoadedConfig) => void) | undefined;
  paths: Paths;
  journal: Journal;
  clock: Clock;
  logger: Logger;
  roster: Roster;
  lookQueue: LookQueue;
  /** Ends what an agent does: its listing, its run. */
  endWork(agentId: string): void;
  onRenamed(from: string, to: string): void;
  /** Called when what keeps directories from being watched has changed. */
  onProblems(): void;
  onApplied(): void;
}

export interface LiveConfig {
  /** What is in force. */
  config(): LoadedConfig;
  /** What of the text is not in force, and why. */
  problems(): readonly StatusProblem[];
  watchers(): AgentWatchers | undefined;
  /** Begins to look out for changes of files and of the config. */
  start(): void;
  stop(): Promise<void>;
}

/**
 * Keeps the agents at what the config says while the daemon runs. Jobs that are being worked on go on;
 * nothing is forgotten, so nothing is paid for again when an edit is taken back.
 */
export function createLiveConfig(options: LiveConfigOptions): LiveConfig {
  const { journal, clock, logger, lookQueue, paths } = options;
  let config = options.first;
  let invalid: StatusProblem | undefined;
  let watch: ConfigWatch | undefined;
  const watchers = createWatcherSlot(() => startWatchers(options));
  const now = (): string => toInstant(clock.now());

  function needsRestart(): boolean {
    return !isDeepStrictEqual(config.config.server, options.first.config.server);
  }

  function apply(next: LoadedConfig, previous: LoadedConfig): void {
    const touched = listTouched(previous, next);
    for (const { id } of previous.agents) {
      if (!next.agents.some((agent) => agent.id === id)) options.endWork(id);
    }
    putInForce(options, next, touched);
    options.onConfig?.(next);
    config = next;
    invalid = undefined;
    watchers.restart();
    for (const { id } of touched) lookQueue.want(id, { trigger: "watch", paths: null });
    logger.info({ agents: next.agents.length }, "The config was changed");
    options.onApplied();
  }

  function refuse({ code, message, hint }: RunnerError): void {
    invalid = { code, agent_id: null, message, hint };
    appendEvent(journal, { type: "config.invalid", message }, now());
    logger.warn({ code, error: message }, "The config is not valid; the one before stays in force");
  }

  return {
    config: () => config,
    problems: () => [
      ...(invalid === undefined ? [] : [invalid]),
      ...(needsRestart() ? [RESTART_REQUIRED] : []),
    ],
    watchers: watchers.current,
    start() {
      watchers.restart();
      if (options.read === undefined) return;
      watch = watchConfig({
        paths,
        read: options.read,
        current: config,
        clock,
        logger,
        onChange: apply,
        onInvalid: refuse,
        onValid() {
          invalid = undefined;
          appendEvent(journal, { type: "config.changed" }, now());
        },
      });
    },
    async stop() {
      await watch?.stop();
      await watchers.close();
    },
  };
}

/** Writes what a new config changes in the journal, and hands it to the roster. */
function putInForce(
  { journal, clock, roster, onRenamed, endWork }: LiveConfigOptions,
  next: LoadedConfig,
  touched: readonly { id: string }[],
): void {
  const now = toInstant(clock.now());
  journal.transaction(() => {
    succeed(journal, next, onRenamed, now);
    // Files that waited for a key or an endpoint may go on with the new ones.
    for (const { id } of touched) makeDue(journal, id, now);
    appendEvent(journal, { type: "config.changed" }, now);
  });
  roster.replace(next);
  // An ad-hoc agent may be a different agent under the new model.
  for (const { agent_id } of listRunningRuns(journal)) {
    if (roster.find(agent_id) === undefined) endWork(agent_id);
  }
}

function startWatchers({ roster, paths, ...options }: LiveConfigOptions): AgentWatchers {
  const agents = roster.configured().map(({ agent }) => agent);
  return watchAgents({ ...options, agents, places: paths });
}

interface WatcherSlot {
  current(): AgentWatchers | undefined;
  /** Starts watchers for the agents as they are now, and closes the earlier ones in the background. */
  restart(): void;
  close(): Promise<void>;
}

function createWatcherSlot(start: () => AgentWatchers): WatcherSlot {
  let watchers: AgentWatchers | undefined;
  const closing = new Set<Promise<void>>();
  return {
    current: () => watchers,
    restart() {
      if (watchers !== undefined) {
        const closed = watchers.close().finally(() => closing.delete(closed));
        closing.add(closed);
      }
      watchers = start();
    },
    async close() {
      await watchers?.close();
      await Promise.all(closing);
    },
  };
}

const RESTART_REQUIRED: StatusProblem = {
  code: "restart_required",
  agent_id: null,
  message: "The server settings were changed.",
  hint: "Restart the daemon for them to take effect.",
};
