import { type Clock, toInstant } from "../core/clock.ts";
import { startLoop } from "../core/loop.ts";
import { readBelievedTime } from "./believed-time.ts";
import type { Journal } from "./open.ts";
import { purgeOlder } from "./retention.ts";
import { readReach } from "./retention-marks.ts";

const DAY_MS = 24 * 60 * 60_000;
// More often than daily, because a machine that sleeps may miss the time. A pass without old rows is cheap.
const PAUSE_MS = 60 * 60_000;

export interface UpkeepOptions {
  journal: Journal;
  clock: Clock;
  /** How many days to keep conversations and texts, from the current config; null: forever. */
  conversationDays(): number | null;
  /** Called if the journal could not be written; the next pass tries again. */
  onFault(thrown: unknown): void;
}

/**
 * Purges what is older than the config allows, now and every hour. It purges a little at a time, so that
 * everything else gets its turn in between. A crash costs nothing: the next pass continues.
 */
export function startUpkeep(options: UpkeepOptions): AsyncDisposable {
  const { journal, clock } = options;

  async function pass(signal: AbortSignal): Promise<void> {
    const days = options.conversationDays();
    if (days === null) return;
    const now = readBelievedTime(journal, clock);
    const before = toInstant(now - days * DAY_MS);
    const reach = readReach(journal, now, before);
    let purged = 0;
    for (let some = -1; some !== 0 && !signal.aborted; purged += some) {
      some = purgeOlder(journal, before, reach);
      await new Promise(setImmediate);
    }
    // Otherwise the log would still hold what was purged.
    if (purged > 0) journal.emptyLog();
  }

  return startLoop(async (signal) => {
    for (;;) {
      try {
        await pass(signal);
      } catch (thrown) {
        options.onFault(thrown);
      }
      await clock.sleep(PAUSE_MS, signal);
    }
  });
}
