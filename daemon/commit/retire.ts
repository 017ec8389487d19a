import { findAlive } from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";
import { listOrphans } from "../journal/sources.ts";
import { changeAfterScan } from "./record.ts";

const RETIRED = { project: "archived", task: "cancelled", note: "archived" } as const;

/**
 * Retires the entities whose only source is a deleted file: they get a closed status and are never deleted.
 * An entity stays as it is if another creator made it, it is closed, or the user set its status.
 *
 * @param of.run_id the run that found the deletion; null: it was found outside a run
 */
export function retire(
  journal: Journal,
  of: { file_id: string; agent_id: string; run_id: string | null },
  now: string,
): void {
  journal.transaction(() => {
    for (const { entity_type, entity_id } of listOrphans(journal, of.file_id)) {
      const stored = findAlive(journal, entity_type, entity_id);
      if (stored === undefined || stored.created_by !== of.agent_id) continue;
      const { status } = stored.fields;
      const isOpen = status === "open" || status === "active";
      if (!isOpen || stored.user_edited.includes("status")) continue;
      const change = { before: { status }, after: { status: RETIRED[entity_type] } };
      changeAfterScan(journal, { op: "retire", entity_type, entity_id, ...change }, of, now);
    }
  });
}
