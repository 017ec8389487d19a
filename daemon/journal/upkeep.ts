import { type Clock, toInstant } from "../core/clock.ts";
import { isAbort } from "../core/errors.ts";
import type { Journal } from "./open.ts";
import { purgeOlder } from "./retention.ts";

const DAY_MS = 24 * 60 * 60_000;
// More often than by day, since a machine that sleeps has few of those. Where nothing is old, it costs a look.
const PAUSE_MS = 60 * 60_000;

export interface UpkeepOptions {
  journal: Journal;
  clock: Clock;
  /** How long conversations and texts are kept, as the config has it now; null: for ever. */
  conversationDays(): number | null;
  /** The journal could not be written; it is tried again with the next pass. */
  onFault(thrown: unknown): void;
}

/**
 * Keeps the journal to what is wanted, now and every hour: a little at a time, between which everything else
 * has its turn. A crash costs nothing: the next pass goes on.
 */
export function startUpkeep(options: UpkeepOptions): AsyncDisposable {
  const { journal, clock } = options;
  const stopping = new AbortController();

  async function pass(): Promise<void> {
    const days = options.conversationDays();
    if (days === null) return;
    const before = toInstant(clock.now() - days * DAY_MS);
    let purged = 0;
    for (let some = -1; some !== 0 && !stopping.signal.aborted; purged += some) {
      some = purgeOlder(journal, before);
      await new Promise(setImmediate);
    }
    // The log still has what was purged.
    if (purged > 0) journal.emptyLog();
  }

  async function goOn(): Promise<void> {
    for (;;) {
      try {
        await pass();
      } catch (thrown) {
        options.onFault(thrown);
      }
      await clock.sleep(PAUSE_MS, stopping.signal);
    }
  }

  const ended = goOn().catch((thrown: unknown) => {
    if (!isAbort(thrown)) throw thrown;
  });
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await ended;
    },
  };
}
