import type { Clock } from "../../daemon/core/clock.ts";

/** A clock that stands still until it is turned. Sleepers wake when their time has come. */
export interface FakeClock extends Clock {
  /** Turns the clock in one step: who should have woken on the way wakes late, as on a busy machine. */
  advance(ms: number): Promise<void>;
  /** Lets time pass: every sleeper wakes at its own instant. */
  pass(ms: number): Promise<void>;
  /** Sets the wall clock ahead or back, unnoticed by sleepers; so a machine's sleep looks, too. */
  jump(ms: number): void;
  /** How many sleep now. */
  sleepers(): number;
}

interface Sleeper {
  until: number;
  wake(): void;
}

export function fakeClock(at: string): FakeClock {
  // Sleepers go by the time since the start, which only `advance` turns.
  let elapsed = 0;
  let set = Date.parse(at);
  const sleepers = new Set<Sleeper>();
  const clock: FakeClock = {
    now: () => set + elapsed,
    elapsed: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const leave = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        const sleeper = {
          until: elapsed + ms,
          wake() {
            signal?.removeEventListener("abort", leave);
            resolve();
          },
        };
        signal?.addEventListener("abort", leave, { once: true });
        sleepers.add(sleeper);
      }),
    async advance(ms) {
      elapsed += ms;
      const due = [...sleepers].filter((sleeper) => sleeper.until <= elapsed);
      for (const sleeper of due) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
      // Lets what they woke run up to its next wait.
      await new Promise((resolve) => setImmediate(resolve));
    },
    async pass(ms) {
      const end = elapsed + ms;
      const next = (): number => Math.min(...[...sleepers].map(({ until }) => until));
      while (next() <= end) await clock.advance(Math.max(0, next() - elapsed));
      await clock.advance(end - elapsed);
    },
    jump(ms) {
      set += ms;
    },
    sleepers: () => sleepers.size,
  };
  return clock;
}
