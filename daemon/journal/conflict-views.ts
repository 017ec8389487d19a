import { sql } from "kysely";
import type { Journal } from "./open.ts";

/** The conflict copies of an agent that are skipped. */
export interface Conflicts {
  agent_id: string;
  files: number;
  /** The first of them. */
  path: string;
}

/** The agents that skip conflict copies now. */
export function listConflicts(journal: Journal): Conflicts[] {
  return journal.all(
    sql<Conflicts>`SELECT agent_id, count(*) AS files, min(path) AS path
      FROM files INDEXED BY files_in_conflict
      WHERE state = 'skipped' AND reason = 'conflict_copy' GROUP BY agent_id`,
  );
}
