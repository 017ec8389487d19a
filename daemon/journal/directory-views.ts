import { sql } from "kysely";
import type { Page } from "../protocol/api.ts";
import type { DirectoryView } from "../protocol/directory-view.ts";
import { fromDirectoryCursor, toPage } from "./cursor.ts";
import type { Journal } from "./open.ts";

type DirectoryRow = Omit<DirectoryView, "files"> & DirectoryView["files"];

/** Directories that hold files, by agent and path. The query walks the index on both and sorts nothing. */
export function listDirectories(
  journal: Journal,
  query: { limit: number; cursor?: string | undefined; agent_id?: string | undefined },
): Page<DirectoryView> {
  const conditions = [sql`state <> 'gone'`];
  if (query.agent_id !== undefined) conditions.push(sql`agent_id = ${query.agent_id}`);
  if (query.cursor !== undefined) {
    const [agentId, path] = fromDirectoryCursor(query.cursor);
    conditions.push(sql`(agent_id, parent) > (${agentId}, ${path})`);
  }
  const rows = journal.all(
    sql<DirectoryRow>`SELECT agent_id, parent AS path, MAX(root) AS root,
      SUM(state = 'pending') AS pending, SUM(state = 'working') AS working, SUM(state = 'done') AS done,
      SUM(state = 'failed') AS failed, SUM(state = 'skipped') AS skipped
      FROM files WHERE ${sql.join(conditions, sql` AND `)}
      GROUP BY agent_id, parent ORDER BY agent_id, parent LIMIT ${query.limit + 1}`,
  );
  return toPage(
    rows,
    query.limit,
    (row) => [row.agent_id, row.path],
    ({ agent_id, path, root, ...files }) => ({ agent_id, path, root, files }),
  );
}
