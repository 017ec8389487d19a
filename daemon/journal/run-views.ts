import { sql } from "kysely";
import type { Page } from "../protocol/api.ts";
import type { Run, RunStatus, Usage } from "../protocol/run.ts";
import { BOOKED, BOOKED_BY_DAY, ERROR_CODE, WAS_SENT } from "./booked.ts";
import { fromCursor, toPage } from "./cursor.ts";
import { MONEY } from "./money.ts";
import type { Journal } from "./open.ts";
import { countOutcomes } from "./outcomes.ts";
import { findRunRow, type RunRow } from "./runs.ts";

/** Runs, newest first. */
export function listRuns(
  journal: Journal,
  query: {
    limit: number;
    cursor?: string | undefined;
    agent_id?: string | undefined;
    status?: RunStatus | undefined;
  },
): Page<Run> {
  let select = journal.build
    .selectFrom("runs")
    .selectAll()
    .orderBy("seq", "desc")
    .limit(query.limit + 1);
  if (query.agent_id !== undefined) select = select.where("agent_id", "=", query.agent_id);
  if (query.status !== undefined) select = select.where("status", "=", query.status);
  if (query.cursor !== undefined) {
    select = select.where("seq", "<", fromCursor(query.cursor));
  }
  return toPage(
    journal.all(select),
    query.limit,
    (row) => row.seq,
    (row) => toRun(journal, row),
  );
}

export function findRun(journal: Journal, runId: string): Run | undefined {
  const row = findRunRow(journal, runId);
  return row && toRun(journal, row);
}

/** The counts of a run's files by their result so far. */
export function toFileCounts(row: RunRow): Run["files"] {
  const files = {
    unchanged: row.files_unchanged,
    processed: row.files_processed,
    failed: row.files_failed,
    skipped: row.files_skipped,
    pending: row.files_pending,
  };
  return { found: Object.values(files).reduce((sum, count) => sum + count, 0), ...files };
}

function toRun(journal: Journal, row: RunRow): Run {
  return {
    run_id: row.run_id,
    agent_id: row.agent_id,
    trigger: row.trigger,
    status: row.status,
    dry_run: row.dry_run === 1,
    awaits_confirmation: row.awaits_confirmation === 1 && row.status === "running",
    started_at: row.started_at,
    finished_at: row.finished_at,
    files: toFileCounts(row),
    outcomes: countOutcomes(journal, row),
    warned: row.files_warned ?? 0,
    entities: countEntities(journal, row),
    usage: sumUsage(journal, { run_id: row.run_id }),
    error: row.error === null ? null : (JSON.parse(row.error) as Run["error"]),
  };
}

/** For a dry run, the entities that it would create and update. */
function countEntities(journal: Journal, run: RunRow): Run["entities"] {
  const rows = journal.all(
    journal.build
      .selectFrom("changes")
      .select((eb) => ["op", eb.fn.count<number>("entity_id").distinct().as("count")])
      .where("run_id", "=", run.run_id)
      .where("state", "=", run.dry_run === 1 ? "proposed" : "applied")
      .groupBy("op"),
  );
  const byOp = new Map(rows.map((row) => [row.op, row.count]));
  return {
    created: byOp.get("create") ?? 0,
    updated: byOp.get("update") ?? 0,
    retired: byOp.get("retire") ?? 0,
  };
}

/**
 * The requests to endpoints of a run, or from an instant until another (ISO 8601), summed. The cost is null if the price of
 * any request is not known; requests in flight do not count for that.
 */
export function sumUsage(
  journal: Journal,
  of: { run_id: string } | { since: string; before: string },
): Usage {
  const where =
    "run_id" in of
      ? sql<boolean>`run_id = ${of.run_id}`
      : sql<boolean>`sent_at >= ${of.since} AND sent_at < ${of.before}`;
  const row = journal.get(
    sql<{
      requests: number;
      input_tokens: number;
      cached_input_tokens: number;
      output_tokens: number;
      spent_usd: number;
      reserved_usd: number;
      unknown_requests: number;
    }>`SELECT coalesce(sum(${WAS_SENT}), 0) AS requests,
        coalesce(sum(input_tokens), 0) AS input_tokens,
        coalesce(sum(cached_input_tokens), 0) AS cached_input_tokens,
        coalesce(sum(output_tokens), 0) AS output_tokens,
        ${MONEY}
      FROM ${"run_id" in of ? BOOKED : BOOKED_BY_DAY} WHERE provider <> 'rules' AND ${where}`,
  );
  return {
    requests: row?.requests ?? 0,
    input_tokens: row?.input_tokens ?? 0,
    cached_input_tokens: row?.cached_input_tokens ?? 0,
    output_tokens: row?.output_tokens ?? 0,
    cost_usd: row === undefined || row.unknown_requests > 0 ? null : row.spent_usd,
    spent_usd: row?.spent_usd ?? 0,
    reserved_usd: row?.reserved_usd ?? 0,
    unknown_requests: row?.unknown_requests ?? 0,
  };
}

/** The last request of these agents that ended since an instant (ISO 8601); undefined if none ended. */
export function findLastRequest(
  journal: Journal,
  agentIds: readonly string[],
  since: string,
): { error_code: string | null } | undefined {
  return journal.get(
    sql<{ error_code: string | null }>`SELECT ${ERROR_CODE} AS error_code FROM requests
      WHERE provider <> 'rules' AND state IN ('answered', 'failed') AND sent_at >= ${since}
        AND agent_id IN (${sql.join(agentIds)})
      ORDER BY sent_at DESC, seq DESC LIMIT 1`,
  );
}
