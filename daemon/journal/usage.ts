import { type RawBuilder, sql } from "kysely";
import { startOfDay, startOfLocalDay, toInstant, toLocalDay } from "../core/clock.ts";
import type { Activity, UsageBy, UsageItem, UsagePage } from "../protocol/usage.ts";
import { BOOKED_BY_DAY, WAS_SENT } from "./booked.ts";
import { MONEY } from "./money.ts";
import { fromCursor, toPage } from "./cursor.ts";
import type { Journal } from "./open.ts";

interface UsageQuery {
  by: UsageBy;
  /** The first and the last local day to count, `YYYY-MM-DD`. */
  from?: string;
  to?: string;
  limit: number;
  cursor?: string | undefined;
}

type Unpriced = Omit<UsageItem, "key" | "cost_usd">;
type Priced<Of extends Unpriced> = Of & { cost_usd: number | null };

const NOTHING: Unpriced = {
  requests: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  priced_usd: 0,
  unpriced_requests: 0,
  spent_usd: 0,
  reserved_usd: 0,
  unknown_requests: 0,
};

// Requests in flight have no price yet, and do not count as unpriced.
const SUMS = sql`coalesce(sum(${WAS_SENT}), 0) AS requests,
  coalesce(sum(input_tokens), 0) AS input_tokens,
  coalesce(sum(cached_input_tokens), 0) AS cached_input_tokens,
  coalesce(sum(output_tokens), 0) AS output_tokens,
  coalesce(sum(cost_usd), 0.0) AS priced_usd,
  coalesce(sum(cost_usd IS NULL AND state <> 'sent'), 0) AS unpriced_requests, ${MONEY}`;

// Sort before and after every instant in the journal.
const FIRST = "0000";
const LAST = "9999-12-31T23:59:59.999Z";

/** The requests to endpoints, summed by day, agent or model. The built-in rules send no request. */
export function listUsage(journal: Journal, query: UsageQuery): UsagePage {
  const from = query.from === undefined ? FIRST : toInstant(startOfDay(query.from));
  const to = query.to === undefined ? LAST : toInstant(startOfLocalDay(startOfDay(query.to), 1));
  return query.by === "day"
    ? listDays(journal, query, from, to)
    : listGroups(journal, query, between(from, to));
}

/** The days with requests, newest first. The index of instants finds and sums each of them. */
function listDays(
  journal: Journal,
  { limit, cursor }: UsageQuery,
  from: string,
  to: string,
): UsagePage {
  const days: (UsageItem & { start: number })[] = [];
  let before = cursor === undefined ? to : toInstant(fromCursor(cursor));
  while (days.length <= limit) {
    const newest = journal.get(
      sql<{
        at: string | null;
      }>`SELECT max(at) AS at FROM (
        SELECT max(sent_at) AS at FROM requests WHERE ${between(from, before)}
        UNION ALL SELECT max(sent_at) FROM trials WHERE ${between(from, before)})`,
    )?.at;
    if (newest === undefined || newest === null) break;
    const at = Date.parse(newest);
    const start = startOfLocalDay(at);
    const first = toInstant(start) > from ? toInstant(start) : from;
    days.push({ key: toLocalDay(at), ...sumOf(journal, between(first, before)), start });
    before = first;
  }
  const page = toPage(
    days,
    limit,
    (day) => day.start,
    ({ start: _start, ...item }) => item,
  );
  return { ...page, total: sumOf(journal, between(from, to)) };
}

/** What was done on each of the last local days, the day of `now` (milliseconds since 1970) first. */
export function listActivity(journal: Journal, days: number, now: number): Activity {
  const sumDay = (daysBack: number): Activity["days"][number] => {
    const start = startOfLocalDay(now, -daysBack);
    const from = toInstant(start);
    const before = toInstant(startOfLocalDay(start, 1));
    const done = journal.get(
      sql<{ files: number }>`SELECT count(*) AS files FROM attempts
        WHERE outcome = 'done' AND finished_at >= ${from} AND finished_at < ${before}`,
    );
    return {
      day: toLocalDay(start),
      files: done?.files ?? 0,
      ...sumOf(journal, between(from, before)),
    };
  };
  return { days: Array.from({ length: days }, (_, daysBack) => sumDay(daysBack)) };
}

/** Agents or models, most used first. There are few, so all of them are read, for the total. */
function listGroups(
  journal: Journal,
  { by, limit, cursor }: UsageQuery,
  range: RawBuilder<boolean>,
): UsagePage {
  const start = cursor === undefined ? 0 : fromCursor(cursor);
  const rows = journal.all(
    sql<Unpriced & { key: string }>`
      SELECT ${sql.ref(by === "agent" ? "agent_id" : "model")} AS key, ${SUMS}
      FROM ${BOOKED_BY_DAY} WHERE ${range} GROUP BY 1 ORDER BY requests DESC, key`,
  );
  const page = toPage(
    rows.slice(start, start + limit + 1),
    limit,
    (row) => rows.indexOf(row) + 1,
    priced,
  );
  return { ...page, total: priced(rows.reduce<Unpriced>(add, NOTHING)) };
}

function between(from: string, before: string): RawBuilder<boolean> {
  return sql`provider <> 'rules' AND sent_at >= ${from} AND sent_at < ${before}`;
}

function sumOf(journal: Journal, range: RawBuilder<boolean>): Priced<Unpriced> {
  return priced(
    journal.get(sql<Unpriced>`SELECT ${SUMS} FROM ${BOOKED_BY_DAY} WHERE ${range}`) ?? NOTHING,
  );
}

function add(one: Unpriced, other: Unpriced): Unpriced {
  return {
    requests: one.requests + other.requests,
    input_tokens: one.input_tokens + other.input_tokens,
    cached_input_tokens: one.cached_input_tokens + other.cached_input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
    priced_usd: one.priced_usd + other.priced_usd,
    unpriced_requests: one.unpriced_requests + other.unpriced_requests,
    spent_usd: one.spent_usd + other.spent_usd,
    reserved_usd: one.reserved_usd + other.reserved_usd,
    unknown_requests: one.unknown_requests + other.unknown_requests,
  };
}

function priced<Of extends Unpriced>(sum: Of): Priced<Of> {
  return { ...sum, cost_usd: sum.unpriced_requests > 0 ? null : sum.priced_usd };
}
