import { sql } from "kysely";
import { MOST_TOKENS, MOST_USD } from "../protocol/plausible.ts";

const most = sql.lit(MOST_TOKENS);
const isCounted = sql`(
  coalesce(input_tokens, 0) BETWEEN 0 AND ${most}
  AND coalesce(cached_input_tokens, 0) BETWEEN 0 AND ${most}
  AND coalesce(output_tokens, 0) BETWEEN 0 AND ${most}
)`;

/**
 * The table of requests for all that shows or sums them. Numbers that no request can have, as older versions
 * stored them when an endpoint reported them, count as not reported, so that one row spoils no sum.
 */
export const BOOKED = sql`(SELECT seq, job_id, attempt_id, run_id, agent_id, iteration, state, provider, model,
  sent_at, answered_at, reply, tool_results, error, reserved_tokens, reserved_usd,
  host, loopback, bytes, file_id, path,
  iif(${isCounted}, input_tokens, NULL) AS input_tokens,
  iif(${isCounted}, cached_input_tokens, NULL) AS cached_input_tokens,
  iif(${isCounted}, output_tokens, NULL) AS output_tokens,
  iif(${isCounted} AND cost_usd BETWEEN 0 AND ${sql.lit(MOST_USD)}, cost_usd, NULL) AS cost_usd
  FROM requests)`;

/** The code of a request's error, as the index of requests by day has it; null: none, or no JSON. */
export const ERROR_CODE = sql<
  string | null
>`CASE WHEN json_valid(error) THEN error ->> '$.code' END`;

/** Whether a request of the table left this machine: where nothing listens, nothing was asked. */
export const WAS_SENT = sql<boolean>`NOT (state = 'failed' AND coalesce(${ERROR_CODE}, '') = 'endpoint_unreachable')`;
