import { toInstant } from "../../daemon/core/clock.ts";
import { silentLogger } from "../../daemon/core/logger.ts";
import { type Schedule, startSchedule } from "../../daemon/trigger/schedule.ts";
import { type FakeClock, fakeClock } from "../helper/fake-clock.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

interface Answer {
  at: string;
  missed: boolean;
  answered_at: string;
}

/** A schedule on a clock turned by hand, which is stopped and started again as its process would be. */
export interface Scheduled {
  clock: FakeClock;
  answers: Answer[];
  /** The times of the answered ticks since this was last asked, each with `missed` before it where it was. */
  take(): string[];
  start(): Schedule;
  stop(): void;
}

export function schedule(pattern: string, at: string, timezone: string | null = "UTC"): Scheduled {
  const clock = fakeClock(at);
  const answers: Answer[] = [];
  let running: Schedule | undefined;
  let taken = 0;
  let lastTick: string | null = null;
  return {
    clock,
    answers,
    take() {
      const fresh = answers.slice(taken);
      taken = answers.length;
      return fresh.map((answer) => (answer.missed ? `missed ${answer.at}` : answer.at));
    },
    start() {
      running = startSchedule({
        pattern,
        timezone,
        clock,
        logger: silentLogger,
        lastTick,
        onTick(tick) {
          lastTick = tick.at;
          answers.push({ ...tick, answered_at: toInstant(clock.now()) });
        },
      });
      lastTick ??= toInstant(clock.now());
      return running;
    },
    stop() {
      running?.stop();
      running = undefined;
    },
  };
}
