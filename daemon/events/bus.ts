import { findNewestEventId, listEvents, onAppended, type StoredEvent } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";

/*
 * What happened, for every reader that follows it. Each reader gets every committed event once and in order,
 * and never an uncommitted one. The bus knows of a reader only that it waits: what a slow reader has not read
 * yet stays in the journal. A crash costs nothing, because events are rows of the transactions that they
 * report.
 */

export interface EventBus {
  /** The id of the newest event; 0: there never was one. */
  newest(): number;
  /** The events after an id, in order; at most 100. */
  read(after: number): readonly StoredEvent[];
  /** Resolves once there is an event after an id. Rejects with the signal's reason. */
  wait(after: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

const PAGE = 100;

export function openBus(journal: Journal): EventBus {
  let newest = findNewestEventId(journal);
  // Readers that are up to date ask for the same page at the same time.
  let last: { after: number; newest: number; page: readonly StoredEvent[] } | undefined;
  const waiting = new Set<() => void>();
  const leave = onAppended(journal, ({ event_id }) => {
    newest = event_id;
    for (const wake of waiting) wake();
    waiting.clear();
  });

  return {
    newest: () => newest,
    read(after) {
      if (after >= newest) return [];
      if (last?.after === after && last.newest === newest) return last.page;
      const page = listEvents(journal, after, PAGE);
      last = { after, newest, page };
      return page;
    },
    wait: (after, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        if (after < newest) {
          resolve();
          return;
        }
        const abort = (): void => {
          waiting.delete(wake);
          reject(signal.reason as Error);
        };
        const wake = (): void => {
          signal.removeEventListener("abort", abort);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener("abort", abort, { once: true });
      }),
    close() {
      leave();
      last = undefined;
    },
  };
}
