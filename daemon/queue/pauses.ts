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

/** A pause as the settings keep it. */
interface Kept extends Pause {
  /** When `until` was set, so that a clock that is set back makes it no longer. Older homes lack it. */
  since?: string;
}

interface Held {
  kept: Kept;
  /** The elapsed time at which it ends at the latest; Infinity: not by itself. */
  endsAtElapsed: number;
}

const NAME = "pauses";
const ALL = "*";
// How often to compare with the clock: timers stop while a machine sleeps.
const LOOK_MS = 30_000;

/**
 * A pause ends when the clock says so, as it does after a machine slept, but lasts no longer than was asked, whatever
 * the clock is set to.
 *
 * @param onEnd called when a pause has ended by itself
 */
export function startPauses(journal: Journal, clock: Clock, onEnd: () => void): Pauses {
  let held = new Map(
    Object.entries((readSetting(journal, NAME) ?? {}) as Record<string, Kept>).map(
      ([name, kept]) => [name, hold(kept)],
    ),
  );
  const closing = new AbortController();
  for (const [name, pause] of held) waitOut(name, pause);

  function hold(kept: Kept): Held {
    const { until, since } = kept;
    if (until === null) return { kept, endsAtElapsed: Infinity };
    const restMs = Date.parse(until) - clock.now();
    const longestMs = since === undefined ? Infinity : Date.parse(until) - Date.parse(since);
    return { kept, endsAtElapsed: clock.elapsed() + Math.min(restMs, longestMs) };
  }

  /** Writes them before they count: what cannot be kept across a restart is not promised. */
  function keep(change: (next: Map<string, Held>) => void): void {
    const next = new Map(held);
    change(next);
    const kept = [...next].map(([name, pause]) => [name, pause.kept] as const);
    writeSetting(journal, NAME, kept.length === 0 ? undefined : Object.fromEntries(kept));
    held = next;
  }

  function find(name: string): Pause | undefined {
    const pause = held.get(name);
    if (pause === undefined || isOver(pause)) return undefined;
    const { until } = pause.kept;
    if (until === null) return { until };
    const latestMs = clock.now() + pause.endsAtElapsed - clock.elapsed();
    return { until: toInstant(Math.min(Date.parse(until), latestMs)) };
  }

  function isOver({ kept: { until }, endsAtElapsed }: Held): boolean {
    return until !== null && (Date.parse(until) <= clock.now() || endsAtElapsed <= clock.elapsed());
  }

  return {
    all: () => find(ALL),
    of: (agentId) => find(ALL) ?? find(agentId),
    pause(agentId, minutes) {
      const now = clock.now();
      const until = minutes === null ? null : toInstant(now + minutes * 60_000);
      const pause = hold({ until, since: toInstant(now) });
      keep((next) => next.set(agentId ?? ALL, pause));
      waitOut(agentId ?? ALL, pause);
    },
    resume(agentId) {
      keep((next) => next.delete(agentId ?? ALL));
    },
    rename(from, to) {
      const pause = held.get(from);
      if (pause === undefined) return;
      keep((next) => {
        next.delete(from);
        next.set(to, pause);
      });
      waitOut(to, pause);
    },
    close: () => closing.abort(),
  };

  /** Whether the clock was set back since the pause began, so that `until` is too late. */
  function isSetBack(name: string, { kept }: Held): boolean {
    const until = find(name)?.until;
    return Date.parse(kept.until ?? "") - Date.parse(until ?? "") > LOOK_MS;
  }

  /** Keeps what is left of a pause by the clock as it is now, for a restart. */
  function shorten(name: string, pause: Held): Held {
    const until = find(name)?.until ?? null;
    const shorter = { ...pause, kept: { until, since: toInstant(clock.now()) } };
    try {
      keep((next) => next.set(name, shorter));
      return shorter;
    } catch {
      // The journal cannot be written. The pause ends in time all the same, unless the daemon restarts before.
      return pause;
    }
  }

  function end(name: string): void {
    try {
      keep((next) => next.delete(name));
    } catch {
      // The journal cannot be written. A pause that is over holds no agent.
      held.delete(name);
    }
  }

  function waitOut(name: string, pause: Held): void {
    const { until } = pause.kept;
    if (until === null) return;
    const restMs = Math.min(Date.parse(until) - clock.now(), pause.endsAtElapsed - clock.elapsed());
    clock.sleep(Math.min(Math.max(restMs, 0), LOOK_MS), closing.signal).then(
      () => {
        // It was resumed or paused again meanwhile.
        if (held.get(name) !== pause) return;
        if (!isOver(pause)) {
          waitOut(name, isSetBack(name, pause) ? shorten(name, pause) : pause);
          return;
        }
        end(name);
        onEnd();
      },
      () => {
        // Closing: the next start waits for the remaining time.
      },
    );
  }
}
