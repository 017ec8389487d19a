import { type RawBuilder, sql } from "kysely";
import { MOST_TOKENS, MOST_USD } from "../protocol/plausible.ts";

const most = sql.lit(MOST_TOKENS);
const isCounted = sql`(
  coalesce(input_tokens, 0) BETWEEN 0 AND ${most}
  AND coalesce(cached_input_tokens, 0) BETWEEN 0 AND ${most}
  AND coalesce(output_tokens, 0) BETWEEN 0 AND ${most}
)`;

function counted(): RawBuilder<unknown> {
  return sql`iif(${isCounted}, input_tokens, NULL) AS input_tokens,
  iif(${isCounted}, cached_input_tokens, NULL) AS cached_input_tokens,
  iif(${isCounted}, output_tokens, NULL) AS output_tokens,
  iif(${isCounted} AND cost_usd BETWEEN 0 AND ${sql.lit(MOST_USD)}, cost_usd, NULL) AS cost_usd`;
}

/**
 * The table of requests for all that shows or sums them. Numbers that no request can have, as older versions
 * stored them when an endpoint reported them, count as not reported, so that one row spoils no sum.
 */
export const BOOKED = sql`(SELECT seq, job_id, attempt_id, run_id, agent_id, iteration, state, provider, model,
  sent_at, answered_at, reply, tool_results, error, reserved_tokens, reserved_usd,
  host, loopback, bytes, file_id, path, ${codeOf()} AS error_code, ${counted()}
  FROM requests)`;

/** Requests of jobs and those that tested a model, which belong to no run. */
export const BOOKED_WITH_TESTS = withTests(
  sql`seq, run_id, reserved_tokens, host, loopback, bytes, file_id, path, `,
  sql`seq, NULL, reserved_tokens, host, loopback, bytes, NULL, NULL, `,
);

/** The same for sums, with the columns of the index by day alone. */
export const BOOKED_BY_DAY = withTests(sql``, sql``);

/** The code of a request's error, as the index of requests by day has it; null: none, or no JSON. */
export const ERROR_CODE = codeOf();

/** Whether a request of one of these left this machine: where nothing listens, nothing was asked. */
export const WAS_SENT = sql<boolean>`NOT (state = 'failed' AND coalesce(error_code, '') = 'endpoint_unreachable')`;

function codeOf(): RawBuilder<string | null> {
  return sql`CASE WHEN json_valid(error) THEN error ->> '$.code' END`;
}

function withTests(ofJobs: RawBuilder<unknown>, ofTests: RawBuilder<unknown>): RawBuilder<unknown> {
  const both = sql`agent_id, state, provider, model, sent_at, reserved_usd, ${codeOf()} AS error_code,
    ${counted()}`;
  return sql`(SELECT ${ofJobs} ${both} FROM requests UNION ALL SELECT ${ofTests} ${both} FROM trials)`;
}
