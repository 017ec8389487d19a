import { sql } from "kysely";
import { startOfDay, startOfLocalDay, toInstant, toLocalDay } from "../core/clock.ts";
import type { UsageBy, UsageItem, UsagePage } from "../protocol/usage.ts";
import { fromCursor, toPage } from "./cursor.ts";
import type { Journal } from "./open.ts";

type Sum = Omit<UsageItem, "key" | "cost_usd">;

const NOTHING: Sum = {
  requests: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  priced_usd: 0,
  unpriced_requests: 0,
};

// Quarters of an hour, in which the days of every time zone begin and end: `2026-11-20T10:4`.
const QUARTER = sql`substr(sent_at, 1, 14) || (substr(sent_at, 15, 2) / 15)`;

/** What was sent to endpoints, put together; of those still under way no price is known yet, nor missed. */
export function listUsage(
  journal: Journal,
  query: {
    by: UsageBy;
    from?: string;
    to?: string;
    limit: number;
    cursor?: string | undefined;
  },
): UsagePage {
  const { by, limit } = query;
  const keys = { day: QUARTER, agent: sql`agent_id`, model: sql`model` };
  const conditions = [sql`provider <> 'rules'`];
  if (query.from !== undefined) {
    conditions.push(sql`sent_at >= ${toInstant(startOfDay(query.from))}`);
  }
  if (query.to !== undefined) {
    conditions.push(sql`sent_at < ${toInstant(startOfLocalDay(startOfDay(query.to), 1))}`);
  }
  const rows = journal.all(
    sql<Sum & { key: string }>`SELECT ${keys[by]} AS key, count(*) AS requests,
        coalesce(sum(input_tokens), 0) AS input_tokens,
        coalesce(sum(cached_input_tokens), 0) AS cached_input_tokens,
        coalesce(sum(output_tokens), 0) AS output_tokens,
        coalesce(sum(cost_usd), 0.0) AS priced_usd,
        coalesce(sum(cost_usd IS NULL AND state <> 'sent'), 0) AS unpriced_requests
      FROM requests WHERE ${sql.join(conditions, sql` AND `)} GROUP BY 1`,
  );
  const groups = Map.groupBy(rows, ({ key }) => (by === "day" ? dayOf(key) : key));
  const sums = [...groups].map(([key, parts]) => ({ key, ...parts.reduce(add, NOTHING) }));
  const ordered = sums.toSorted((one, other) =>
    by === "day"
      ? other.key.localeCompare(one.key)
      : other.requests - one.requests || one.key.localeCompare(other.key),
  );
  const start = query.cursor === undefined ? 0 : fromCursor(query.cursor);
  const shown = ordered.slice(start, start + limit + 1);
  return {
    ...toPage(shown, limit, (item) => ordered.indexOf(item) + 1, priced),
    total: priced(ordered.reduce<Sum>(add, NOTHING)),
  };
}

function dayOf(quarter: string): string {
  const minutes = Number(quarter.slice(14)) * 15;
  return toLocalDay(Date.parse(`${quarter.slice(0, 14)}${String(minutes).padStart(2, "0")}:00Z`));
}

function add(one: Sum, other: Sum): Sum {
  return {
    requests: one.requests + other.requests,
    input_tokens: one.input_tokens + other.input_tokens,
    cached_input_tokens: one.cached_input_tokens + other.cached_input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
    priced_usd: one.priced_usd + other.priced_usd,
    unpriced_requests: one.unpriced_requests + other.unpriced_requests,
  };
}

function priced<Of extends Sum>(sum: Of): Of & { cost_usd: number | null } {
  return { ...sum, cost_usd: sum.unpriced_requests > 0 ? null : sum.priced_usd };
}
