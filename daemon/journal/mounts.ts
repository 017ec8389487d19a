import { sql } from "kysely";
import type { Journal } from "./open.ts";

/** Where other file systems were mounted below the directories of an agent, by directory. */
export function listMounts(journal: Journal, agentId: string): Map<string, string[]> {
  const rows = journal.all(
    sql<{ root: string; path: string }>`SELECT root, path FROM mounts WHERE agent_id = ${agentId}`,
  );
  const ofRoot = Map.groupBy(rows, ({ root }) => root);
  return new Map([...ofRoot].map(([root, of]) => [root, of.map(({ path }) => path)]));
}

/** Replaces what is known of the mounts below a directory. */
export function saveMounts(
  journal: Journal,
  { agent_id, root }: { agent_id: string; root: string },
  mounts: readonly string[],
): void {
  const list = sql`(SELECT value FROM json_each(${JSON.stringify(mounts)}))`;
  journal.run(
    sql`DELETE FROM mounts WHERE agent_id = ${agent_id} AND root = ${root} AND path NOT IN ${list}`,
  );
  journal.run(
    sql`INSERT OR IGNORE INTO mounts (agent_id, root, path)
      SELECT ${agent_id}, ${root}, value FROM json_each(${JSON.stringify(mounts)})`,
  );
}
