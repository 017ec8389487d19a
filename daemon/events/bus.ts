import { findNewestEventId, listEvents, onAppended, type StoredEvent } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";

/*
 * What happened, for whoever follows it. It promises that every committed event is told in order and once to
 * each reader, and none that is not committed. It keeps nothing of a reader but that it waits: what a slow
 * one has not read yet stays in the journal. A crash costs nothing, since the events are rows of the
 * transactions that they tell of.
 */

export interface EventBus {
  /** The id of the newest event; 0: nothing ever happened. */
  newest(): number;
  /** The events after an id, in order, at most a page of them. */
  read(after: number): readonly StoredEvent[];
  /** Resolves once there is an event after an id; rejects with the signal's reason. */
  wait(after: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

const PAGE = 100;

export function openBus(journal: Journal): EventBus {
  let newest = findNewestEventId(journal);
  // Readers that have read all ask for the same page at the same time.
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
