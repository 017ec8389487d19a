import { sql } from "kysely";
import type { Journal } from "./open.ts";

/** The watched directories of an agent that a scan saw, each with its identity then; null: not known. */
export function listScannedDirectories(
  journal: Journal,
  agentId: string,
): Map<string, { device: number; inode: number } | null> {
  const rows = journal.all(
    journal.build
      .selectFrom("directories")
      .select(["path", "device", "inode"])
      .where("agent_id", "=", agentId),
  );
  return new Map(
    rows.map(({ path, device, inode }) => [
      path,
      device === null || inode === null ? null : { device, inode },
    ]),
  );
}

/** Saves the state in which a scan found a watched directory. Keeps the last identity while it is offline. */
export function saveDirectory(
  journal: Journal,
  directory: {
    agent_id: string;
    path: string;
    identity: { device: number; inode: number } | null;
    online: boolean;
  },
  now: string,
): void {
  const { agent_id, path, identity, online } = directory;
  const seen = identity === null ? {} : { ...identity, ...(online ? { scanned_at: now } : {}) };
  journal.run(
    journal.build
      .insertInto("directories")
      .values({
        agent_id,
        path,
        device: identity?.device ?? null,
        inode: identity?.inode ?? null,
        online: online ? 1 : 0,
        scanned_at: online ? now : null,
      })
      .onConflict((conflict) =>
        conflict.columns(["agent_id", "path"]).doUpdateSet({ online: online ? 1 : 0, ...seen }),
      ),
  );
}

/**
 * Marks an agent's files under directories that it no longer has as not watched. Keeps what is known of them,
 * so that adding a directory again costs nothing. Skips files that are `working`: a later call marks them. A
 * call with nothing to mark is cheap.
 *
 * @param paths the directories that the agent has; empty for a removed agent
 */
export function leaveDirectories(
  journal: Journal,
  agentId: string,
  paths: readonly string[],
): void {
  const seen = journal.all(
    journal.build
      .selectFrom("directories")
      .select("path")
      .where("agent_id", "=", agentId)
      .where("scanned_at", "is not", null),
  );
  for (const { path } of seen.filter((directory) => !paths.includes(directory.path))) {
    journal.run(
      journal.build
        .updateTable("files")
        .set({ state: "skipped", reason: "not_watched", next_attempt_at: null, error: null })
        .where("agent_id", "=", agentId)
        .where("root", "=", path)
        .where("state", "not in", ["gone", "working"]),
    );
    const working = journal.get(
      journal.build
        .selectFrom("files")
        .select("file_id")
        .where("state", "=", "working")
        .where("agent_id", "=", agentId)
        .where("root", "=", path)
        .limit(1),
    );
    if (working !== undefined) continue;
    journal.run(
      journal.build
        .updateTable("directories")
        .set({ scanned_at: null })
        .where("agent_id", "=", agentId)
        .where("path", "=", path),
    );
  }
}

/**
 * Marks an agent's waiting files that are under none of its directories as not watched, even if no scan ever
 * came to its end there. Reads all waiting files, so call it once for a config.
 *
 * @param paths the directories that the agent has; empty for a removed agent
 */
export function leaveWaiting(journal: Journal, agentId: string, paths: readonly string[]): void {
  journal.run(
    sql`UPDATE files SET state = 'skipped', reason = 'not_watched', next_attempt_at = NULL, error = NULL
      WHERE state = 'pending' AND +agent_id = ${agentId}
        AND root NOT IN (SELECT value FROM json_each(${JSON.stringify(paths)}))`,
  );
}
