import { sql } from "kysely";
import type { Journal } from "./open.ts";
import { listTwins, mergeFile } from "./files.ts";
import { readSetting, tickSetting, writeSetting } from "./settings.ts";

/** Saves an agent as it is now; other rows refer to this one. `config` must hold no secret. */
export function saveAgent(
  journal: Journal,
  agent: { agent_id: string; config: string; base_recipe: string; ad_hoc: boolean },
  now: string,
): void {
  const values = { ...agent, ad_hoc: agent.ad_hoc ? (1 as const) : (0 as const) };
  journal.run(
    journal.build
      .insertInto("agents")
      .values({ ...values, created_at: now, updated_at: now })
      .onConflict((conflict) =>
        conflict
          .column("agent_id")
          .doUpdateSet({ ...values, updated_at: now })
          .where(
            sql<boolean>`agents.config <> excluded.config OR agents.base_recipe <> excluded.base_recipe`,
          ),
      ),
  );
}

/** An agent that is or was in the config. */
export interface KnownAgent {
  agent_id: string;
  /** JSON, as it was written. */
  config: string;
  base_recipe: string;
  /** Whether it has a directory that was scanned and that it still watches. */
  is_watched: 0 | 1;
}

/** The agents that are or were in the config, the first known first; ad-hoc agents are left out. */
export function listAgents(journal: Journal): KnownAgent[] {
  return journal.all(
    sql<KnownAgent>`SELECT agent_id, config, base_recipe, EXISTS (
        SELECT 1 FROM directories
        WHERE directories.agent_id = agents.agent_id AND scanned_at IS NOT NULL
      ) AS is_watched
      FROM agents WHERE ad_hoc = 0 ORDER BY agents.rowid`,
  );
}

/** Whether an agent has or had this id. */
export function hasAgent(journal: Journal, agentId: string): boolean {
  return journal.get(sql`SELECT 1 FROM agents WHERE agent_id = ${agentId}`) !== undefined;
}

/** The stored config (JSON) of an ad-hoc agent; undefined if there is no such agent. */
export function findAdHocAgent(journal: Journal, agentId: string): string | undefined {
  return journal.get(
    journal.build
      .selectFrom("agents")
      .select("config")
      .where("agent_id", "=", agentId)
      .where("ad_hoc", "=", 1),
  )?.config;
}

/**
 * Moves everything known under one agent's id to another id, in one transaction. If both know a file, what
 * the first one knows of it is kept.
 */
export function renameAgent(journal: Journal, from: string, to: string, now: string): void {
  journal.transaction(() => {
    const row = journal.get(
      journal.build.selectFrom("agents").selectAll().where("agent_id", "=", from),
    );
    if (row === undefined) return;
    saveAgent(journal, { ...row, agent_id: to, ad_hoc: row.ad_hoc === 1 }, now);
    for (const twin of listTwins(journal, from, to)) mergeFile(journal, twin);
    journal.run(
      sql`DELETE FROM directories WHERE agent_id = ${to}
        AND path IN (SELECT path FROM directories WHERE agent_id = ${from})`,
    );
    // If both have a job for a content and recipe, the moved one becomes a later generation.
    journal.run(
      sql`UPDATE jobs SET agent_id = ${to}, generation = generation + (
          SELECT coalesce(max(other.generation) + 1, 0) FROM jobs AS other
          WHERE other.agent_id = ${to} AND other.hash = jobs.hash AND other.recipe = jobs.recipe
        ) WHERE agent_id = ${from}`,
    );
    journal.run(sql`UPDATE OR REPLACE mounts SET agent_id = ${to} WHERE agent_id = ${from}`);
    journal.run(sql`UPDATE OR REPLACE places SET agent_id = ${to} WHERE agent_id = ${from}`);
    for (const table of ["directories", "runs", "files", "requests", "trials"]) {
      journal.run(sql`UPDATE ${sql.table(table)} SET agent_id = ${to} WHERE agent_id = ${from}`);
    }
    for (const table of ["projects", "tasks", "notes"]) {
      journal.run(
        sql`UPDATE ${sql.table(table)} SET created_by = ${to} WHERE created_by = ${from}`,
      );
    }
    journal.run(sql`UPDATE changes SET actor = ${to} WHERE actor = ${from}`);
    writeSetting(journal, tickSetting(to), readSetting(journal, tickSetting(from)));
    writeSetting(journal, tickSetting(from), undefined);
    journal.run(journal.build.deleteFrom("agents").where("agent_id", "=", from));
  });
}
