import { sql } from "kysely";
import type { Journal } from "./open.ts";
import { tickSetting } from "./settings.ts";

/** Notes an agent as it is now; its rows refer to this. `config` must hold no secret. */
export function saveAgent(
  journal: Journal,
  agent: { agent_id: string; config: string; recipe: string; ad_hoc: boolean },
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
            sql<boolean>`agents.config <> excluded.config OR agents.recipe <> excluded.recipe`,
          ),
      ),
  );
}

/** The stored config (JSON) of an ad-hoc agent, or undefined. */
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
 * Gives all that is known under one agent's id to another id that nothing is known under yet. Gives
 * false, with nothing changed, where something is.
 */
export function renameAgent(journal: Journal, from: string, to: string, now: string): boolean {
  return journal.transaction(() => {
    const known = journal.get(
      journal.build.selectFrom("files").select("file_id").where("agent_id", "=", to).limit(1),
    );
    const row = journal.get(
      journal.build.selectFrom("agents").selectAll().where("agent_id", "=", from),
    );
    if (known !== undefined || row === undefined) return false;
    saveAgent(journal, { ...row, agent_id: to, ad_hoc: row.ad_hoc === 1 }, now);
    for (const table of ["directories", "runs", "jobs", "files", "requests"]) {
      journal.run(sql`UPDATE ${sql.table(table)} SET agent_id = ${to} WHERE agent_id = ${from}`);
    }
    for (const table of ["projects", "tasks", "notes"]) {
      journal.run(
        sql`UPDATE ${sql.table(table)} SET created_by = ${to} WHERE created_by = ${from}`,
      );
    }
    journal.run(sql`UPDATE changes SET actor = ${to} WHERE actor = ${from}`);
    journal.run(
      journal.build
        .updateTable("settings")
        .set({ name: tickSetting(to) })
        .where("name", "=", tickSetting(from)),
    );
    journal.run(journal.build.deleteFrom("agents").where("agent_id", "=", from));
    return true;
  });
}
