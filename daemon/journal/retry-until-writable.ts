import type { Clock } from "../core/clock.ts";

/** How long to wait, after a failed write, before the journal is tried again. */
export const JOURNAL_PAUSE_MS = 5_000;

/**
 * Repeats a write until it succeeds, with a pause after each failure. Use it for what must not be lost while
 * the disk is full, such as a reply that is paid for.
 *
 * @param write called again as a whole, so a repetition must not write anything twice
 * @returns whether it was written; false when `signal` was aborted first
 * @throws what `onFault` throws; it throws if waiting does not help
 */
export async function retryUntilWritable(
  write: () => unknown,
  { clock, signal, onFault }: { clock: Clock; signal: AbortSignal; onFault(thrown: unknown): void },
): Promise<boolean> {
  for (;;) {
    try {
      await write();
      return true;
    } catch (thrown) {
      onFault(thrown);
    }
    try {
      await clock.sleep(JOURNAL_PAUSE_MS, signal);
    } catch {
      return false;
    }
  }
}
