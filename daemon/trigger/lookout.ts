import { z } from "zod";
import { type Clock, toInstant } from "../core/clock.ts";
import { isAbort } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { listDueFiles } from "../journal/files.ts";
import type { Journal } from "../journal/open.ts";
import { readSetting, tickSetting, writeSetting } from "../journal/settings.ts";
import type { Agent } from "../protocol/agent.ts";
import type { Attendant } from "./attendant.ts";
import { type Schedule, startSchedule } from "./schedule.ts";

/*
 * Everything that gives an agent a reason to look: changes, ticks, sweeps, files that are due, waking
 * from sleep. It promises that a reason that was lost costs time and never a file, since the next sweep
 * looks at everything. It only gives reasons; what there is to do, a scan finds out.
 */

export interface LookoutOptions {
  agents: readonly Agent[];
  journal: Journal;
  clock: Clock;
  logger: Logger;
  attendant: Attendant;
}

export interface Lookout {
  /** The next tick of an agent's schedule; null where it has none. */
  nextRunAt(agentId: string): string | null;
  close(): Promise<void>;
}

// How often to look for files that are due, and at the clock.
const LOOK_MS = 1_000;
// Files that are due and are not settled by a look are not looked for again at once.
const DUE_PAUSE_MS = 30_000;
// A look at the clock that comes so late shows that the machine slept, or the clock was set.
const SLEPT_MS = 30_000;
// How often each agent looks at everything again.
const SWEEP_MS = 60_000;

export function startLookout(options: LookoutOptions): Lookout {
  const { journal, clock, logger, attendant } = options;
  const posts = options.agents
    .filter((agent) => agent.enabled)
    .map((agent) => startPost(agent, options));
  const stopping = new AbortController();
  const looking = keepLooking(stopping.signal);

  async function keepLooking(signal: AbortSignal): Promise<void> {
    const dueSince = new Map<string, number>();
    let lookedAt = clock.now();
    try {
      for (;;) {
        await clock.sleep(LOOK_MS, signal);
        const now = clock.now();
        const hasSlept = Math.abs(now - lookedAt - LOOK_MS) > SLEPT_MS;
        lookedAt = now;
        for (const post of posts) post.sweepIfDue(hasSlept);
        wantDueFiles(dueSince, now);
      }
    } catch (error) {
      if (!isAbort(error)) logger.error({ err: error }, "Nothing is looked for any more");
    }
  }

  function wantDueFiles(wantedAt: Map<string, number>, now: number): void {
    const due = Map.groupBy(listDueFiles(journal, toInstant(now)), ({ agent_id }) => agent_id);
    for (const [agentId, files] of due) {
      if (now - (wantedAt.get(agentId) ?? -Infinity) < DUE_PAUSE_MS) continue;
      wantedAt.set(agentId, now);
      attendant.want(agentId, { trigger: "retry", paths: files.map(({ path }) => path) });
    }
  }

  return {
    nextRunAt: (agentId) =>
      posts.find((post) => post.agentId === agentId)?.schedule?.nextRunAt() ?? null,
    async close() {
      stopping.abort();
      await looking;
      for (const post of posts) post.close();
    },
  };
}

interface Post {
  readonly agentId: string;
  readonly schedule: Schedule | undefined;
  sweepIfDue(hasSlept: boolean): void;
  close(): void;
}

function startPost(agent: Agent, { journal, clock, logger, attendant }: LookoutOptions): Post {
  const watched = agent.directories.filter(({ watch }) => watch !== false);
  let sweptAt = clock.now();

  return {
    agentId: agent.id,
    schedule: startAgentSchedule(agent, { journal, clock, logger, attendant }),
    sweepIfDue(hasSlept) {
      if (watched.length === 0) return;
      if (!hasSlept && clock.now() - sweptAt < SWEEP_MS) return;
      sweptAt = clock.now();
      attendant.want(agent.id, { trigger: "watch", paths: null });
    },
    close() {
      this.schedule?.stop();
    },
  };
}

function startAgentSchedule(
  agent: Agent,
  { journal, clock, logger, attendant }: Omit<LookoutOptions, "agents">,
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
      // In this order: a tick that is answered twice finds nothing to do, one that is lost is lost.
      attendant.want(agent.id, { trigger: "cron", paths: null });
      keep(at);
    },
  });
}

const keptTick = z.object({ pattern: z.string(), timezone: z.string().nullable(), at: z.string() });
