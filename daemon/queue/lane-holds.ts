import type { Clock } from "../core/clock.ts";

/** Lanes that wait out a short fault: nothing of them is begun meanwhile. */
export interface LaneHolds {
  has(lane: string): boolean;
  /** Holds a lane for some milliseconds, and calls `onFree` when they are over. */
  hold(lane: string, ms: number): void;
}

/** @param signal aborted: the waits end, and `onFree` is not called */
export function createLaneHolds(clock: Clock, signal: AbortSignal, onFree: () => void): LaneHolds {
  // How many holds a lane has, not until when: the clock may jump.
  const held = new Map<string, number>();
  return {
    has: (lane) => held.has(lane),
    hold(lane, ms) {
      held.set(lane, (held.get(lane) ?? 0) + 1);
      clock.sleep(ms, signal).then(
        () => {
          const left = (held.get(lane) ?? 1) - 1;
          if (left === 0) held.delete(lane);
          else held.set(lane, left);
          onFree();
        },
        () => {
          // The daemon stops: nothing waits for the lane.
        },
      );
    },
  };
}
