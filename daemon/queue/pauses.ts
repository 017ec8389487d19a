import { type Clock, toInstant } from "../core/clock.ts";
import type { Journal } from "../journal/open.ts";
import { readSetting, writeSetting } from "../journal/settings.ts";

/** A pause until an instant (ISO 8601); null: until it is resumed. */
export interface Pause {
  until: string | null;
}

/**
 * The pauses of the daemon and of single agents, kept across restarts. Resuming one agent does not end a pause
 * of the daemon.
 */
export interface Pauses {
  /** The daemon's pause, or undefined. */
  all(): Pause | undefined;
  /** The pause that holds an agent: the daemon's, otherwise its own. */
  of(agentId: string): Pause | undefined;
  /** @param agentId null: the daemon. @param minutes null: until it is resumed */
  pause(agentId: string | null, minutes: number | null): void;
  resume(agentId: string | null): void;
  /** Moves an agent's own pause to its new id. */
  rename(from: string, to: string): void;
  /** Stops waiting for pauses to end. */
  close(): void;
}

const NAME = "pauses";
const ALL = "*";
// How often to compare with the clock: timers stop while a machine sleeps.
const LOOK_MS = 30_000;

/** @param onEnd called when a pause has ended by itself */
export function startPauses(journal: Journal, clock: Clock, onEnd: () => void): Pauses {
  const kept = new Map(Object.entries((readSetting(journal, NAME) ?? {}) as Record<string, Pause>));
  const closing = new AbortController();
  for (const [name, pause] of kept) waitOut(name, pause);

  function keep(): void {
    writeSetting(journal, NAME, kept.size === 0 ? undefined : Object.fromEntries(kept));
  }

  function find(name: string): Pause | undefined {
    const pause = kept.get(name);
    return pause === undefined || isOver(pause) ? undefined : pause;
  }

  function isOver({ until }: Pause): boolean {
    return until !== null && Date.parse(until) <= clock.now();
  }

  return {
    all: () => find(ALL),
    of: (agentId) => find(ALL) ?? find(agentId),
    pause(agentId, minutes) {
      const until = minutes === null ? null : toInstant(clock.now() + minutes * 60_000);
      const pause = { until };
      kept.set(agentId ?? ALL, pause);
      keep();
      waitOut(agentId ?? ALL, pause);
    },
    resume(agentId) {
      kept.delete(agentId ?? ALL);
      keep();
    },
    rename(from, to) {
      const pause = kept.get(from);
      if (pause === undefined) return;
      kept.delete(from);
      kept.set(to, pause);
      keep();
      waitOut(to, pause);
    },
    close: () => closing.abort(),
  };

  function waitOut(name: string, pause: Pause): void {
    const { until } = pause;
    if (until === null) return;
    const restMs = Date.parse(until) - clock.now();
    clock.sleep(Math.min(Math.max(restMs, 0), LOOK_MS), closing.signal).then(
      () => {
        // It was resumed or paused again meanwhile.
        if (kept.get(name) !== pause) return;
        if (!isOver(pause)) {
          waitOut(name, pause);
          return;
        }
        // The settings keep it, which does no harm: a pause that is over holds no agent.
        kept.delete(name);
        onEnd();
      },
      () => {
        // Closing: the next start waits for the remaining time.
      },
    );
  }
}
