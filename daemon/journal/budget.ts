import { sql } from "kysely";
import type { Allowance, Reservation } from "../protocol/budget.ts";
import { BOOKED_WITH_TESTS, WAS_SENT } from "./booked.ts";
import type { Journal } from "./open.ts";

/** What requests used. */
export interface Spent {
  requests: number;
  /** Tokens, in and out. */
  tokens: number;
  usd: number;
  /** The part of `usd` that is only reserved. */
  reserved_usd: number;
  /** The part of `tokens` that is only reserved. */
  reserved_tokens: number;
  /** Tokens whose price was not known; `usd` does not include them. */
  unpriced_tokens: number;
}

/** The agent and run whose requests count, and the day (two instants, ISO 8601) for daily allowances. */
export interface Spender {
  agent_id: string;
  /** undefined: there is no run yet. */
  run_id?: string | undefined;
  day_start: string;
  /** Not included. A request that a wrong clock dated later counts on its day. */
  day_end: string;
}

/** An allowance that does not cover the requested amount. */
export interface Shortage {
  allowance: Allowance;
  /** What is used up, with reservations. */
  spent: number;
  /** The part of it that is only reserved. */
  reserved: number;
  /** In the unit of the allowance; null: the price is not known. */
  asked: number | null;
}

/**
 * The first allowance that a request would exceed; undefined if all of them cover it. Call it in the
 * transaction that writes the request's row. A reservation counts as spent until the reply is booked; after a
 * crash or a lost connection it counts forever.
 */
export function findShortage(
  journal: Journal,
  allowances: readonly Allowance[],
  spender: Spender,
  asked: Reservation,
): Shortage | undefined {
  const sums = new Map<string, Spent>();
  for (const allowance of allowances) {
    const { of, per, unit, limit } = allowance;
    const spent = sums.get(`${of} ${per}`) ?? sumSpent(journal, allowance, spender);
    sums.set(`${of} ${per}`, spent);
    if (unit === "usd") {
      if (asked.usd === null) return { allowance, spent: spent.usd, reserved: 0, asked: null };
      // Tokens without a price count as much as a token of this request.
      const rate = asked.tokens > 0 ? asked.usd / asked.tokens : 0;
      const usd = spent.usd + spent.unpriced_tokens * rate;
      if (usd + asked.usd > limit) {
        // What a token without a price may have cost is no more than reserved.
        const reserved = usd - (spent.usd - spent.reserved_usd);
        return { allowance, spent: usd, reserved, asked: asked.usd };
      }
      continue;
    }
    const more = unit === "requests" ? 1 : asked.tokens;
    if (spent[unit] + more > limit) {
      return { allowance, spent: spent[unit], reserved: reservedOf(spent, unit), asked: more };
    }
  }
  return undefined;
}

/** What the requests of an allowance have used, including the reservations of requests in flight. */
export function sumSpent(
  journal: Journal,
  { of, per }: Pick<Allowance, "of" | "per">,
  { agent_id, run_id, day_start, day_end }: Spender,
): Spent {
  const within =
    per === "run"
      ? sql<boolean>`run_id = ${run_id ?? ""}`
      : of === "agent"
        ? sql<boolean>`sent_at >= ${day_start} AND sent_at < ${day_end} AND agent_id = ${agent_id}`
        : sql<boolean>`sent_at >= ${day_start} AND sent_at < ${day_end}`;
  const row = journal.get(
    sql<Spent>`SELECT
        count(*) AS requests,
        coalesce(sum(tokens), 0) AS tokens,
        coalesce(sum(usd), 0.0) AS usd,
        coalesce(sum(CASE WHEN cost_usd IS NULL THEN usd END), 0.0) AS reserved_usd,
        coalesce(sum(CASE WHEN input_tokens IS NULL THEN tokens END), 0) AS reserved_tokens,
        coalesce(sum(CASE WHEN usd IS NULL THEN tokens END), 0) AS unpriced_tokens
      FROM (
        SELECT
          CASE WHEN is_free THEN 0 ELSE coalesce(input_tokens + output_tokens, reserved_tokens, 0) END AS tokens,
          coalesce(cost_usd, reserved_usd) AS usd, cost_usd, input_tokens
        FROM (
          SELECT *, state = 'failed' AND cost_usd = 0 AS is_free
          FROM ${BOOKED_WITH_TESTS}
          WHERE provider <> 'rules' AND ${within}
            AND ${WAS_SENT}
        )
      )`,
  );
  return row ?? NOTHING;
}

const NOTHING: Spent = {
  requests: 0,
  tokens: 0,
  usd: 0,
  reserved_usd: 0,
  reserved_tokens: 0,
  unpriced_tokens: 0,
};

/** The part of what is used up that is only reserved, in the unit of an allowance. */
export function reservedOf(spent: Spent, unit: Allowance["unit"]): number {
  return unit === "requests" ? 0 : unit === "tokens" ? spent.reserved_tokens : spent.reserved_usd;
}
