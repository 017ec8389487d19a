import { findEntity, updateEntity } from "../journal/entities.ts";
import { appendEvent } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";
import { appendChange, isRenewedSince, listSaidOf, saveSource } from "../journal/sources.ts";
import { difference } from "./commit.ts";

/**
 * Applies again what a job recorded, for a file whose content is what it was when the job was done. No
 * model is asked. The user's edits and deletions stand; where no later job said otherwise since, nothing
 * is done.
 *
 * @param run_id the run that found it; null where there is none
 */
export function reapply(
  journal: Journal,
  of: { job_id: string; file_id: string; agent_id: string; run_id: string | null },
  now: string,
): void {
  const { job_id, file_id, agent_id, run_id } = of;
  journal.transaction(() => {
    if (!isRenewedSince(journal, job_id, file_id)) return;
    for (const change of listSaidOf(journal, job_id)) {
      const { entity_type, entity_id, fields, run_id: first_run } = change;
      const stored = findEntity(journal, entity_type, entity_id);
      if (stored === undefined || stored.deleted_at !== null) continue;
      const { before, after } = difference(stored.fields, fields, stored.user_edited);
      if (Object.keys(after).length > 0) {
        const op = "update" as const;
        updateEntity(journal, entity_type, entity_id, after, now);
        appendChange(
          journal,
          {
            actor: agent_id,
            run_id,
            job_id: null,
            position: null,
            op,
            entity_type,
            entity_id,
            before,
            after,
          },
          now,
        );
        appendEvent(journal, { type: "entity.changed", entity_type, id: entity_id, op }, now);
      }
      const source = { entity_type, entity_id, file_id, job_id, run_id: run_id ?? first_run };
      saveSource(journal, { ...source, quote: null, verified: false }, now);
    }
  });
}
