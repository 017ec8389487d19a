import { readFileSync } from "node:fs";

/*
 * inotify(7) queues at most this many unread events for a process, drops the rest, and adds an event that says
 * so. Libuv, and so Node, ignores that event. But when a full queue arrives at once, events may have been
 * dropped. All watches of the process share one queue.
 */
const QUEUE_SIZE = readQueueSize();

const listeners = new Set<() => void>();
let eventsOfTurn = 0;

/** Call this for each event of a watch, when it arrives. */
export function countEvent(): void {
  eventsOfTurn += 1;
  if (eventsOfTurn > 1) return;
  // All waiting events are read in one turn of the event loop.
  setImmediate(() => {
    // Half, since other watches of the process may have had a share of the queue.
    const isEventOverflow = eventsOfTurn >= QUEUE_SIZE / 2;
    eventsOfTurn = 0;
    if (isEventOverflow) for (const listener of listeners) listener();
  });
}

/** Calls the listener whenever events may have been dropped. Returns a function that ends this. */
export function listenForEventOverflow(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function readQueueSize(): number {
  try {
    return Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));
  } catch {
    // Other systems than Linux have no such limit.
    return Infinity;
  }
}
