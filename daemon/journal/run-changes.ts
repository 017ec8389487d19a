import { sql } from "kysely";
import type { Page } from "../protocol/api.ts";
import type { RunChange } from "../protocol/run-changes.ts";
import { fromCursor, toPage } from "./cursor.ts";
import type { Journal } from "./open.ts";

type Row = Omit<RunChange, "before" | "after"> & {
  seq: number;
  before: string | null;
  after: string | null;
};

/** What a run changed, or a dry run would change; latest first. */
export function listRunChanges(
  journal: Journal,
  runId: string,
  query: { limit: number; cursor?: string | undefined },
): Page<RunChange> {
  const from =
    query.cursor === undefined ? sql`` : sql`AND changes.seq < ${fromCursor(query.cursor)}`;
  const rows = journal.all(
    sql<Row>`SELECT changes.seq, changes.entity_type, changes.entity_id, changes.op, changes.state,
        changes.before, changes.after, changes.quote, files.file_id, files.path,
        coalesce(changes.after ->> '$.title', changes.after ->> '$.name',
          projects.name, tasks.title, notes.title) AS title
      FROM changes
      LEFT JOIN files ON files.file_id = (
        SELECT origins.file_id FROM origins JOIN files AS one USING (file_id)
        WHERE origins.job_id = changes.job_id ORDER BY one.seq LIMIT 1)
      LEFT JOIN projects ON projects.id = changes.entity_id
      LEFT JOIN tasks ON tasks.id = changes.entity_id
      LEFT JOIN notes ON notes.id = changes.entity_id
      WHERE changes.run_id = ${runId} ${from}
      ORDER BY changes.seq DESC LIMIT ${query.limit + 1}`,
  );
  return toPage(
    rows,
    query.limit,
    ({ seq }) => seq,
    ({ seq: _seq, before, after, ...change }) => ({
      ...change,
      before: parseFields(before),
      after: parseFields(after),
    }),
  );
}

function parseFields(text: string | null): RunChange["before"] {
  return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
}
