import type { Clock } from "../../daemon/core/clock.ts";

/** A clock that stands still until it is turned. Sleepers wake when their time has come. */
export interface FakeClock extends Clock {
  advance(ms: number): Promise<void>;
}

export function fakeClock(at: string): FakeClock {
  let now = Date.parse(at);
  let sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        sleepers.push({ until: now + ms, wake: resolve });
      }),
    async advance(ms) {
      now += ms;
      const due = sleepers.filter((sleeper) => sleeper.until <= now);
      sleepers = sleepers.filter((sleeper) => sleeper.until > now);
      for (const sleeper of due) sleeper.wake();
      // Lets what they woke run up to its next wait.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
