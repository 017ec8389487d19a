import type { Clock } from "../core/clock.ts";

/** How long to wait before the journal is tried again when it could not be written. */
export const JOURNAL_PAUSE_MS = 5_000;

/**
 * Repeats a write until the journal takes it, with a pause after each failure. For what must not be dropped
 * while the disk is full, such as a reply that is paid for.
 *
 * @param write may write some of it only once; it is called again as a whole
 * @returns whether it was written; false when `signal` was aborted first
 * @throws what `onFault` throws, for a fault that waiting does not cure
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
