import { sql } from "kysely";
import type { Journal } from "./open.ts";

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
