import type { Clock } from "../core/clock.ts";

/** Lanes that wait out a short fault. No job of such a lane starts meanwhile. */
export interface LaneHolds {
  has(lane: string): boolean;
  /** Holds a lane for some milliseconds, then calls `onFree`. */
  hold(lane: string, ms: number): void;
}

/** @param signal aborting it ends the waits without a call of `onFree` */
export function createLaneHolds(clock: Clock, signal: AbortSignal, onFree: () => void): LaneHolds {
  // The number of holds of a lane, not an end time, because the clock may jump.
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
