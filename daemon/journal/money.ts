import { sql } from "kysely";
import { MOST_USD } from "../protocol/plausible.ts";

/**
 * The three sums of money over rows of `requests`. Requests in flight are reserved, and not unknown yet. The
 * cost of a request that reached no endpoint is known: nothing.
 */
export const MONEY = sql`coalesce(sum(cost_usd), 0.0) AS spent_usd,
  coalesce(sum(
    CASE WHEN cost_usd IS NULL AND reserved_usd BETWEEN 0 AND ${sql.lit(MOST_USD)} THEN reserved_usd END), 0.0) AS reserved_usd,
  coalesce(sum(cost_usd IS NULL AND state <> 'sent'), 0) AS unknown_requests`;
