import { sql } from "kysely";
import type { Journal } from "./open.ts";

// So many of the last requests of all agents are looked through, and so many of the last files count.
const LOOKED_THROUGH = 5_000;
const MEASURED = 50;

/** How many requests the last files took that a model read for an agent; 1 before it read any. */
export function measureRequests(journal: Journal, agentId: string, model: string): number {
  const row = journal.get(
    sql<{ requests: number; files: number }>`
      SELECT coalesce(sum(requests), 0) AS requests, count(*) AS files FROM (
        SELECT count(*) AS requests FROM (
          SELECT seq, job_id, agent_id, model FROM requests
          WHERE provider <> 'rules' ORDER BY seq DESC LIMIT ${LOOKED_THROUGH}
        ) AS last JOIN jobs USING (job_id)
        WHERE last.agent_id = ${agentId} AND last.model = ${model} AND jobs.state = 'done'
        GROUP BY job_id ORDER BY max(last.seq) DESC LIMIT ${MEASURED}
      )`,
  );
  return row === undefined || row.files === 0 ? 1 : row.requests / row.files;
}
