import { type Selectable, sql } from "kysely";
import type { FileError } from "../protocol/file.ts";
import { BOOKED } from "./booked.ts";
import type { Journal } from "./open.ts";
import type { RequestsTable } from "./tables.ts";

/** One attempt at a job, with what is kept of its conversation. */
export interface AttemptHistory {
  attempt_id: string;
  run_id: string;
  number: number;
  started_at: string;
  finished_at: string | null;
  outcome: string | null;
  error: FileError | null;
  requests: ReturnType<typeof listRequests>;
}

/** Every attempt at a job, oldest first. */
export function listAttempts(journal: Journal, jobId: string): AttemptHistory[] {
  return journal
    .all(
      journal.build
        .selectFrom("attempts")
        .selectAll()
        .where("job_id", "=", jobId)
        .orderBy("number"),
    )
    .map(({ job_id: _job, error, ...attempt }) => ({
      ...attempt,
      error: error === null ? null : (JSON.parse(error) as FileError),
      requests: listRequests(journal, attempt.attempt_id),
    }));
}

type RequestRow = Pick<
  Selectable<RequestsTable>,
  | "iteration"
  | "state"
  | "model"
  | "sent_at"
  | "answered_at"
  | "reply"
  | "tool_results"
  | "input_tokens"
  | "cached_input_tokens"
  | "output_tokens"
  | "cost_usd"
>;

function listRequests(journal: Journal, attemptId: string) {
  const rows = journal.all(
    sql<RequestRow>`SELECT iteration, state, model, sent_at, answered_at, reply, tool_results,
        input_tokens, cached_input_tokens, output_tokens, cost_usd
      FROM ${BOOKED} WHERE attempt_id = ${attemptId} ORDER BY seq`,
  );
  return rows.map((row) => ({
    ...row,
    reply: row.reply === null ? null : (JSON.parse(row.reply) as unknown),
    tool_results: row.tool_results === null ? null : (JSON.parse(row.tool_results) as string[]),
  }));
}
