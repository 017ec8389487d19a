import { type Clock, toInstant } from "../core/clock.ts";
import { isAbort } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { readBelievedTime } from "../journal/believed-time.ts";
import { pruneEvents } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";

const KEPT = { ms: 7 * 24 * 60 * 60_000, events: 100_000 };
const EVERY_MS = 60 * 60_000;
// Few enough to take milliseconds, and far enough apart that other work gets its turn.
const STEP = { events: 500, pauseMs: 20 };

/** Keeps the events of the last seven days, at most 100,000. Prunes at the start and every hour. */
export function startEventUpkeep(options: { journal: Journal; clock: Clock; logger: Logger }): {
  close(): void;
} {
  const { journal, clock, logger } = options;
  const closing = new AbortController();

  function prune(): number {
    try {
      const before = toInstant(readBelievedTime(journal, clock) - KEPT.ms);
      return pruneEvents(journal, { before, keep: KEPT.events, limit: STEP.events });
    } catch (error) {
      logger.warn({ err: error }, "Old events could not be removed");
      return 0;
    }
  }

  async function keepPruning(signal: AbortSignal): Promise<void> {
    for (;;) {
      await clock.sleep(STEP.pauseMs, signal);
      if (prune() < STEP.events) await clock.sleep(EVERY_MS, signal);
    }
  }

  keepPruning(closing.signal).catch((error: unknown) => {
    if (!isAbort(error)) logger.error({ err: error }, "Old events are no longer removed");
  });
  return { close: () => closing.abort() };
}
