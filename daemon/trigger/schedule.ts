import { Cron } from "croner";
import { type Clock, toInstant } from "../core/clock.ts";
import { isAbort } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";

/*
 * When the time of a cron pattern comes. Every tick is answered once: on time while the process runs,
 * else once together with all that were missed, at the next start or wake. Of croner only the calendar
 * is used: its timers are late by as long as a machine slept and know nothing of the time before a start.
 * Keeps nothing; a crash before the caller stored `at` has that tick answered again as missed.
 */

export interface Tick {
  /** The time of the tick, or of the last one if several were missed. Hand it in as `lastTick` at the next start. */
  at: string;
  /** It is late: the process was down, the machine asleep, or the clock set ahead. It may answer several ticks. */
  missed: boolean;
}

export interface ScheduleOptions {
  /** A cron pattern that the config has checked. */
  pattern: string;
  /** IANA name; null: the system's. */
  timezone: string | null;
  clock: Clock;
  logger: Logger;
  /**
   * The instant up to which ticks are answered: `at` of the last one, or else when the schedule was first
   * started. null: it is new, and nothing is missed.
   */
  lastTick: string | null;
  /** Never called before `startSchedule` returned, nor after `stop`. */
  onTick(tick: Tick): void;
}

export interface Schedule {
  /** The next tick; null: no tick will ever come. */
  nextRunAt(): string | null;
  stop(): void;
}

// Timers stop while a machine sleeps, so the clock is checked this often.
const LOOK_MS = 30_000;
// A busy process may be this late without having missed a tick.
const LATE_MS = 5_000;
// A last tick further in the future than this was answered under a wrong clock, however rare the ticks are.
const TRUST_MS = 2 * 86_400_000;

/**
 * Starts to answer the ticks of a pattern. If the clock is set back past the last tick alone, that tick is not answered
 * twice; if it is set back further, the schedule starts anew, because the last tick may be years ahead.
 */
export function startSchedule(options: ScheduleOptions): Schedule {
  const { clock, logger, pattern, timezone } = options;
  const cron = new Cron(pattern, {
    // As Vixie cron has it: a time that is written out comes once on the days when clocks change, after
    // the gap in spring and at its first pass in autumn; patterns with * or a step follow the clock.
    fixedTimeRule: "no-wildcard",
    ...(timezone === null ? {} : { timezone }),
  });
  const stopping = new AbortController();
  let seenTo = options.lastTick === null ? clock.now() : Date.parse(options.lastTick);
  let next = nextAfter(seenTo);

  function nextAfter(ms: number): number | null {
    return cron.nextRun(new Date(ms))?.getTime() ?? null;
  }

  /** Whether at most one tick lies between now and the last tick. */
  function isTrusted(tick: number, now: number): boolean {
    return tick <= now || (tick - now <= TRUST_MS && tick <= (nextAfter(now) ?? tick));
  }

  function seeTo(ms: number): void {
    seenTo = ms;
    next = nextAfter(ms);
  }

  /** Answers what is due. Gives how long to wait before the next look, or null if no tick is left. */
  function look(): number | null {
    const now = clock.now();
    if (!isTrusted(seenTo, now)) seeTo(now);
    if (next !== null && next <= now) {
      const missed = now - next > LATE_MS;
      // One millisecond on, because croner takes only what lies before.
      const [newest] = cron.previousRuns(1, new Date(now + 1));
      seeTo(newest?.getTime() ?? next);
      answer({ at: toInstant(seenTo), missed });
    }
    return next === null ? null : Math.min(Math.max(next - clock.now(), 0), LOOK_MS);
  }

  function answer(tick: Tick): void {
    try {
      options.onTick(tick);
    } catch (error) {
      logger.error({ err: error, pattern, ...tick }, "A tick of a schedule came to nothing");
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    try {
      for (let waitMs: number | null = 0; waitMs !== null; waitMs = look()) {
        await clock.sleep(waitMs, signal);
        signal.throwIfAborted();
      }
    } catch (error) {
      if (!isAbort(error)) logger.error({ err: error, pattern }, "A schedule ended");
    }
  }

  void run(stopping.signal);
  return {
    nextRunAt() {
      const now = clock.now();
      const coming = next !== null && next <= now ? nextAfter(now) : next;
      return coming === null ? null : toInstant(coming);
    },
    stop: () => stopping.abort(),
  };
}
