import type { RunnerEvent } from "../protocol/event.ts";
import type { Journal } from "./open.ts";

/** An event as it is stored. Ids rise by one; a gap means that older events were pruned. */
export type StoredEvent = RunnerEvent & {
  event_id: number;
  /** ISO 8601. */
  created_at: string;
};

type Listener = (event: StoredEvent) => void;
const listeners = new WeakMap<Journal, Set<Listener>>();

/** Appends an event. Call it in the transaction of the change that it reports. */
export function appendEvent(journal: Journal, event: RunnerEvent, now: string): void {
  const row = journal.get(
    journal.build
      .insertInto("events")
      .values({ created_at: now, event: JSON.stringify(event) })
      .returning("event_id"),
  );
  if (row === undefined) return;
  const stored = { ...event, event_id: row.event_id, created_at: now };
  journal.afterCommit(() => {
    for (const listener of listeners.get(journal) ?? []) listener(stored);
  });
}

/** Calls `listener`, which must not throw, with each event once it is committed. Returns how to stop that. */
export function onAppended(journal: Journal, listener: Listener): () => void {
  const all = listeners.get(journal) ?? new Set();
  listeners.set(journal, all.add(listener));
  return () => void all.delete(listener);
}

/** The events after an id, in order. */
export function listEvents(journal: Journal, after: number, limit: number): StoredEvent[] {
  const rows = journal.all(
    journal.build
      .selectFrom("events")
      .selectAll()
      .where("event_id", ">", after)
      .orderBy("event_id")
      .limit(limit),
  );
  return rows.map(({ event_id, created_at, event }) => ({
    ...(JSON.parse(event) as RunnerEvent),
    event_id,
    created_at,
  }));
}

/** The id of the newest event; 0 if there never was one. */
export function findNewestEventId(journal: Journal): number {
  const row = journal.get(
    journal.build.selectFrom("events").select((eb) => eb.fn.max("event_id").as("newest")),
  );
  return row?.newest ?? 0;
}

/**
 * Removes the oldest events: all that were created before an instant (ISO 8601), and all but the newest
 * `keep`. Never removes the newest one, because ids continue from it. Returns how many it removed, at most
 * `limit`.
 */
export function pruneEvents(
  journal: Journal,
  { before, keep, limit }: { before: string; keep: number; limit: number },
): number {
  const newest = findNewestEventId(journal);
  const oldest = journal.all(
    journal.build
      .selectFrom("events")
      .select(["event_id", "created_at"])
      .where("event_id", "<", newest)
      .orderBy("event_id")
      .limit(limit),
  );
  // In the order of ids, because the clock may have been set back.
  const kept = oldest.findIndex(
    ({ event_id, created_at }) => created_at >= before && event_id > newest - keep,
  );
  const last = (kept === -1 ? oldest : oldest.slice(0, kept)).at(-1);
  if (last === undefined) return 0;
  return journal.run(journal.build.deleteFrom("events").where("event_id", "<=", last.event_id));
}
