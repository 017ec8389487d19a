import type { RunnerEvent } from "../protocol/event.ts";
import type { Journal } from "./open.ts";

/** Appends an event, in the transaction of what it tells of; gives its id, which rises. */
export function appendEvent(journal: Journal, event: RunnerEvent, now: string): number {
  const row = journal.get(
    journal.build
      .insertInto("events")
      .values({ created_at: now, event: JSON.stringify(event) })
      .returning("event_id"),
  );
  return row?.event_id ?? 0;
}
