import { readFileSync } from "node:fs";

/*
 * inotify(7) keeps so many events for a process that does not read them, and then one that says that the
 * rest was dropped. Libuv, and so Node, passes over that one. But when all that were kept arrive at once,
 * some may have been dropped; there is one queue for all watches of the process.
 */
const QUEUE_SIZE = readQueueSize();

const listeners = new Set<() => void>();
let eventsOfTurn = 0;

/** To be called for each event of a watch, when it comes. */
export function countEvent(): void {
  eventsOfTurn += 1;
  if (eventsOfTurn > 1) return;
  // All that wait are read in one turn of the loop.
  setImmediate(() => {
    // Half of it: other watches of the process may have had their share.
    const isEventOverflow = eventsOfTurn >= QUEUE_SIZE / 2;
    eventsOfTurn = 0;
    if (isEventOverflow) for (const listener of listeners) listener();
  });
}

/** Calls back whenever events may have been dropped; gives what ends that. */
export function listenForEventOverflow(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function readQueueSize(): number {
  try {
    return Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));
  } catch {
    // Not Linux.
    return Infinity;
  }
}
