import { findEntity, updateEntity } from "../journal/entities.ts";
import { appendEvent } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";
import { appendChange, listOrphans } from "../journal/sources.ts";

const RETIRED = { project: "archived", task: "cancelled", note: "archived" } as const;

/**
 * Retires what rests on a deleted file alone: a status, never a deletion. What the user made, closed or
 * decided the status of stays as it is.
 *
 * @param run_id the run that found it; null where there is none
 */
export function retire(
  journal: Journal,
  of: { file_id: string; agent_id: string; run_id: string | null },
  now: string,
): void {
  const { file_id, agent_id, run_id } = of;
  journal.transaction(() => {
    for (const { entity_type, entity_id } of listOrphans(journal, file_id)) {
      const stored = findEntity(journal, entity_type, entity_id);
      if (stored === undefined || stored.deleted_at !== null) continue;
      const { status } = stored.fields;
      const isOpen = status === "open" || status === "active";
      if (!isOpen || stored.created_by !== agent_id || stored.user_edited.includes("status"))
        continue;
      const after = { status: RETIRED[entity_type] };
      updateEntity(journal, entity_type, entity_id, after, now);
      const change = { entity_type, entity_id, before: { status }, after } as const;
      appendChange(
        journal,
        { actor: agent_id, run_id, job_id: null, position: null, op: "retire", ...change },
        now,
      );
      appendEvent(
        journal,
        { type: "entity.changed", entity_type, id: entity_id, op: "update" },
        now,
      );
    }
  });
}
