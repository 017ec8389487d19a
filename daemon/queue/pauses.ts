import { type Clock, toInstant } from "../core/clock.ts";
import type { Journal } from "../journal/open.ts";
import { readSetting, writeSetting } from "../journal/settings.ts";

/** A pause: until an instant (ISO 8601), or null for until it is resumed. */
export interface Pause {
  until: string | null;
}

/**
 * The pauses of the daemon and of single agents, kept across restarts. The daemon's outranks an agent's:
 * resuming one agent does not end it.
 */
export interface Pauses {
  /** The daemon's pause, or undefined. */
  all(): Pause | undefined;
  /** The pause that holds an agent: the daemon's, else its own. */
  of(agentId: string): Pause | undefined;
  /** @param agentId null: the daemon. @param minutes null: until it is resumed */
  pause(agentId: string | null, minutes: number | null): void;
  resume(agentId: string | null): void;
  /** Lets an agent's own pause hold it under another id. */
  rename(from: string, to: string): void;
  /** Waits no longer for pauses to end. */
  close(): void;
}

const NAME = "pauses";
const ALL = "*";
// Timers stand still while a machine sleeps, so the clock is looked at this often.
const LOOK_MS = 30_000;

/** @param onEnd called when the time of a pause has come */
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
        // Resumed, or paused anew, meanwhile.
        if (kept.get(name) !== pause) return;
        if (!isOver(pause)) {
          waitOut(name, pause);
          return;
        }
        // Nothing is written: one that is over holds nobody, wherever it stands.
        kept.delete(name);
        onEnd();
      },
      () => {
        // Closing: the next start waits for the rest.
      },
    );
  }
}
