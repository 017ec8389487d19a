import { z } from "zod";
import { type Clock, toInstant } from "../core/clock.ts";
import { isAbort } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Paths } from "../core/paths.ts";
import type { Journal } from "../journal/open.ts";
import { readSetting, tickSetting, writeSetting } from "../journal/settings.ts";
import type { Agent } from "../protocol/agent.ts";
import type { FileError } from "../protocol/file.ts";
import { createDueFiles } from "./due-files.ts";
import type { LookQueue } from "./look-queue.ts";
import { createBoundary } from "../scan/boundary.ts";
import { createDirtyDirectories } from "../watch/dirty-directories.ts";
import { type Schedule, startSchedule } from "./schedule.ts";
import { startWatcher } from "../watch/watcher.ts";

/*
 * Everything that gives an agent a reason to look: changes, ticks, sweeps, files that are due, waking
 * from sleep. It promises that a lost reason costs time and never a file, since the next sweep looks at
 * everything. It never decides what to do: a scan finds that out. A crash costs nothing.
 */

export interface AgentWatchersOptions {
  agents: readonly Agent[];
  journal: Journal;
  clock: Clock;
  logger: Logger;
  places: Pick<Paths, "own" | "inbox">;
  lookQueue: LookQueue;
  /** Called when {@link AgentWatchers.problems} has changed. */
  onProblems(): void;
}

export interface AgentWatchers {
  /** The next tick of an agent's schedule; null: it has no schedule. */
  nextRunAt(agentId: string): string | null;
  /** What keeps an agent's directories from being watched; they are swept instead. */
  problems(agentId: string): readonly FileError[];
  close(): Promise<void>;
}

// How often to look for files that are due, and at the clock.
const LOOK_MS = 1_000;
// If a look at the clock is this late, the machine slept or the clock was set.
const SLEPT_MS = 30_000;
// Watched directories are swept too, because events get lost; unwatched ones are swept often.
const SWEEP_WATCHED_MS = 15 * 60_000;
const SWEEP_UNWATCHED_MS = 60_000;
// The events of one change arrive within a few milliseconds.
const SHORTEST_QUIET_MS = 50;

export function watchAgents(options: AgentWatchersOptions): AgentWatchers {
  const { clock, logger } = options;
  const dueFiles = createDueFiles(options);
  const posts = options.agents
    .filter((agent) => agent.enabled)
    .map((agent) => startPost(agent, options));
  const stopping = new AbortController();
  const looking = keepLooking(stopping.signal);

  async function keepLooking(signal: AbortSignal): Promise<void> {
    let lookedAt = clock.now();
    // Kept until it is written, since the journal may be full.
    let isSetBack = false;
    try {
      for (;;) {
        await clock.sleep(LOOK_MS, signal);
        const now = clock.now();
        const hasSlept = Math.abs(now - lookedAt - LOOK_MS) > SLEPT_MS;
        isSetBack ||= lookedAt - now > SLEPT_MS;
        lookedAt = now;
        for (const post of posts) post.sweepIfDue(hasSlept);
        try {
          if (isSetBack) dueFiles.makeAllDue();
          isSetBack = false;
          dueFiles.want();
        } catch (error) {
          logger.error({ err: error }, "It is not known what is due");
        }
      }
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }

  return {
    nextRunAt: (agentId) =>
      posts.find((post) => post.agentId === agentId)?.schedule?.nextRunAt() ?? null,
    problems: (agentId) => posts.find((post) => post.agentId === agentId)?.problems() ?? [],
    async close() {
      stopping.abort();
      await looking;
      await Promise.all(posts.map((post) => post.close()));
    },
  };
}

interface Post {
  readonly agentId: string;
  readonly schedule: Schedule | undefined;
  problems(): readonly FileError[];
  sweepIfDue(hasSlept: boolean): void;
  close(): Promise<void>;
}

function startPost(agent: Agent, options: AgentWatchersOptions): Post {
  const { clock, logger, places, lookQueue } = options;
  const watched = agent.directories.filter(({ watch }) => watch !== false);
  const roots = agent.directories.map(({ path }) => path);
  const troubles = new Map<string, FileError>();
  const dirty = createDirtyDirectories({
    clock,
    // The scan waits no longer for a file that has been left alone for so long.
    quietMs: Math.max(agent.settle_seconds * 1000, SHORTEST_QUIET_MS),
    onQuiet({ roots: whole, directories }) {
      if (whole.length > 0) lookQueue.want(agent.id, { trigger: "watch", paths: null });
      else lookQueue.want(agent.id, { trigger: "watch", paths: directories });
    },
  });
  const watcher = startWatcher({
    directories: watched.map((directory) => ({
      boundary: createBoundary(directory, roots, places),
      mode: directory.watch === "poll" ? "poll" : "events",
    })),
    clock,
    onHint: dirty.add,
    onTrouble({ root, ...trouble }) {
      troubles.set(root, trouble);
      logger.warn({ agent_id: agent.id, root, code: trouble.code }, "A directory is not watched");
      options.onProblems();
    },
    onRecovered(root) {
      if (troubles.delete(root)) options.onProblems();
    },
  });
  let sweptAt = clock.now();

  return {
    agentId: agent.id,
    schedule: startAgentSchedule(agent, options),
    problems: () => [...troubles.values()],
    sweepIfDue(hasSlept) {
      if (watched.length === 0) return;
      const everyMs = troubles.size > 0 ? SWEEP_UNWATCHED_MS : SWEEP_WATCHED_MS;
      if (!hasSlept && clock.now() - sweptAt < everyMs) return;
      sweptAt = clock.now();
      void watcher.catchUp();
      lookQueue.want(agent.id, { trigger: "watch", paths: null });
    },
    async close() {
      this.schedule?.stop();
      dirty.close();
      await watcher.close();
    },
  };
}

function startAgentSchedule(
  agent: Agent,
  { journal, clock, logger, lookQueue }: AgentWatchersOptions,
): Schedule | undefined {
  if (agent.schedule === null) return undefined;
  const { schedule: pattern, timezone } = agent;
  const name = tickSetting(agent.id);
  const kept = keptTick.safeParse(readSetting(journal, name)).data;
  // A schedule that was changed is a new one, which has missed nothing.
  const isSame = kept?.pattern === pattern && kept.timezone === timezone;
  const keep = (at: string): void => writeSetting(journal, name, { pattern, timezone, at });
  if (!isSame) keep(toInstant(clock.now()));
  return startSchedule({
    pattern,
    timezone,
    clock,
    logger,
    lastTick: isSame ? kept.at : null,
    onTick({ at }) {
      // In this order: a tick that is answered twice finds nothing to do, but a lost tick would stay lost.
      lookQueue.want(agent.id, { trigger: "cron", paths: null });
      keep(at);
    },
  });
}

const keptTick = z.object({ pattern: z.string(), timezone: z.string().nullable(), at: z.string() });
