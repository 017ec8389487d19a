import type { Clock } from "../../daemon/core/clock.ts";

/** A clock that moves only when the simulation moves it. */
export interface VirtualClock extends Clock {
  /** How often anyone began to wait or woke: shows whether something goes on. */
  readonly activity: number;
  /** The milliseconds until the next sleeper wakes; Infinity: all are awake. */
  untilNext(): number;
  /** Moves on, and wakes those who are due. */
  advance(ms: number): void;
  /** Sets the wall clock ahead or back, unnoticed by sleepers. */
  jump(ms: number): void;
  /** Ends the error of the wall clock. */
  correct(): void;
  /** Whether the wall clock was ever wrong. */
  readonly wasWrong: boolean;
}

interface Sleeper {
  until: number;
  wake(): void;
}

export function createVirtualClock(start: number): VirtualClock {
  let elapsed = 0;
  let wrong = 0;
  let wasWrong = false;
  let activity = 0;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => start + elapsed + wrong,
    elapsed: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        activity += 1;
        const leave = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        const sleeper: Sleeper = {
          until: elapsed + Math.max(ms, 0),
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", leave);
            activity += 1;
            resolve();
          },
        };
        signal?.addEventListener("abort", leave, { once: true });
        sleepers.add(sleeper);
      }),
    get activity() {
      return activity;
    },
    untilNext: () => Math.min(...Array.from(sleepers, ({ until }) => until)) - elapsed,
    advance(ms) {
      elapsed += ms;
      for (const sleeper of [...sleepers].toSorted((one, other) => one.until - other.until)) {
        if (sleeper.until <= elapsed) sleeper.wake();
      }
    },
    jump(ms) {
      wrong += ms;
      wasWrong = true;
    },
    get wasWrong() {
      return wasWrong;
    },
    correct() {
      wrong = 0;
    },
  };
}
