import { type Clock, toInstant } from "../core/clock.ts";
import type { Journal } from "../journal/open.ts";
import { type HeldPause, openKeptPauses, type Pause } from "./kept-pauses.ts";

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

const ALL = "*";
// How often to compare with the clock: timers stop while a machine sleeps.
const LOOK_MS = 30_000;

/** @param onEnd called when a pause has ended by itself */
export function startPauses(journal: Journal, clock: Clock, onEnd: () => void): Pauses {
  const pauses = openKeptPauses(journal, clock);
  const { keep, tryKeep, isOver, restMs } = pauses;
  const closing = new AbortController();
  for (const [name, pause] of pauses.held) waitOut(name, pause);

  function find(name: string): Pause | undefined {
    const pause = pauses.held.get(name);
    if (pause === undefined || isOver(pause)) return undefined;
    const { until } = pause.kept;
    return { until: until === null ? null : toInstant(clock.now() + restMs(pause)) };
  }

  return {
    all: () => find(ALL),
    of: (agentId) => find(ALL) ?? find(agentId),
    pause(agentId, minutes) {
      const pause = pauses.begin(minutes);
      keep((next) => next.set(agentId ?? ALL, pause));
      waitOut(agentId ?? ALL, pause);
    },
    resume(agentId) {
      keep((next) => next.delete(agentId ?? ALL));
    },
    rename(from, to) {
      const pause = pauses.held.get(from);
      if (pause === undefined) return;
      keep((next) => {
        next.delete(from);
        next.set(to, pause);
      });
      waitOut(to, pause);
    },
    close: () => closing.abort(),
  };

  function waitOut(name: string, pause: HeldPause): void {
    if (pause.kept.until === null) return;
    clock.sleep(Math.min(Math.max(restMs(pause), 0), LOOK_MS), closing.signal).then(
      () => {
        // It was resumed or paused again meanwhile.
        if (pauses.held.get(name) !== pause) return;
        if (!isOver(pause)) {
          waitOut(name, shorten(name, pause));
          return;
        }
        tryKeep((next) => next.delete(name));
        onEnd();
      },
      () => {
        // Closing: the next start waits for the remaining time.
      },
    );
  }

  /** If the clock was set back since, `until` is too late: keeps what is left by the clock as it is now. */
  function shorten(name: string, pause: HeldPause): HeldPause {
    const until = toInstant(clock.now() + restMs(pause));
    if (Date.parse(pause.kept.until ?? until) - Date.parse(until) <= LOOK_MS) return pause;
    const shorter = { ...pause, kept: { until, since: toInstant(clock.now()) } };
    tryKeep((next) => next.set(name, shorter));
    return shorter;
  }
}
