import { sql } from "kysely";
import type { Page } from "../protocol/api.ts";
import type { SentRequest } from "../protocol/sent.ts";
import { BOOKED_WITH_TESTS, WAS_SENT } from "./booked.ts";
import { fromCursor, toPage } from "./cursor.ts";
import type { Journal } from "./open.ts";

type SentRow = Omit<SentRequest, "loopback"> & { seq: number; loopback: 0 | 1 | null };

/** The requests whose bytes left the daemon, newest first. */
export function listSent(
  journal: Journal,
  query: {
    limit: number;
    cursor?: string | undefined;
    agent_id?: string | undefined;
    host?: string | undefined;
  },
): Page<SentRequest> {
  const conditions = [sql`provider <> 'rules'`, sql`${WAS_SENT}`];
  if (query.agent_id !== undefined) conditions.push(sql`agent_id = ${query.agent_id}`);
  if (query.host !== undefined) conditions.push(sql`host = ${query.host}`);
  if (query.cursor !== undefined) conditions.push(sql`seq < ${fromCursor(query.cursor)}`);
  const rows = journal.all(
    sql<SentRow>`SELECT seq, sent_at, agent_id, file_id, path, host, loopback, model, bytes, input_tokens,
        output_tokens, cost_usd,
        CASE state WHEN 'failed' THEN coalesce(error_code, 'failed') ELSE state END AS outcome
      FROM ${BOOKED_WITH_TESTS} WHERE ${sql.join(conditions, sql` AND `)}
      ORDER BY seq DESC LIMIT ${query.limit + 1}`,
  );
  return toPage(
    rows,
    query.limit,
    ({ seq }) => seq,
    ({ seq: _, loopback, ...row }) => ({
      ...row,
      loopback: loopback === null ? null : loopback === 1,
    }),
  );
}
