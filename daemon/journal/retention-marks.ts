import { sql } from "kysely";
import { toInstant } from "../core/clock.ts";
import type { Journal } from "./open.ts";
import { readSetting, writeSetting } from "./settings.ts";

/*
 * How far the journal had come on each day. A row that was written while the clock was behind has an old time and is
 * young all the same: only what was there already on a day long ago may be purged as old.
 */

/** The highest number of each kind of row that is purged by its age. */
export interface Reach {
  texts: number;
  requests: number;
  changes: number;
}

interface Mark extends Reach {
  /** An instant; empty for what was there before marks were kept, which goes by its own times. */
  at: string;
}

const NAME = "retention_marks";
const DAY_MS = 24 * 60 * 60_000;

/** Makes the mark of the day, once, and returns what was there before an instant (ISO 8601). */
export function readReach(journal: Journal, now: number, before: string): Reach {
  const kept = (readSetting(journal, NAME) ?? []) as Mark[];
  // A mark of a future that was taken back would hold up nothing, but stay for years.
  const marks = kept.filter(({ at }) => at <= toInstant(now + DAY_MS));
  const last = marks.at(-1);
  if (last === undefined || last.at <= toInstant(now - DAY_MS)) {
    marks.push({ at: last === undefined ? "" : toInstant(now), ...reachOf(journal) });
    const first = marks.findLastIndex(({ at }) => at < before);
    writeSetting(journal, NAME, marks.slice(Math.max(0, first)));
  }
  return marks.findLast(({ at }) => at < before) ?? { texts: 0, requests: 0, changes: 0 };
}

function reachOf(journal: Journal): Reach {
  const highest = (column: string, table: string) =>
    sql`(SELECT coalesce(max(${sql.ref(column)}), 0) FROM ${sql.table(table)})`;
  const reach = journal.get(
    sql<Reach>`SELECT ${highest("number", "search_documents")} AS texts,
      ${highest("seq", "requests")} AS requests, ${highest("seq", "changes")} AS changes`,
  );
  return reach ?? { texts: 0, requests: 0, changes: 0 };
}
