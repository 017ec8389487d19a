import { findAlive } from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";
import { isRenewedSince, isRetired, listStatementsOf, saveSource } from "../journal/sources.ts";
import { difference } from "./commit.ts";
import { changeAfterScan } from "./record.ts";

/** A file that has the content for which a job was done. */
export interface Returned {
  job_id: string;
  file_id: string;
  agent_id: string;
  /** The run that found it; null: it was found outside a run. */
  run_id: string | null;
}

/**
 * Applies again what a job recorded, for a file that has the content of that job again. No model is asked.
 * The user's edits and deletions win. Does nothing if no later job, and no deletion, changed it since.
 */
export function reapply(journal: Journal, returned: Returned, now: string): void {
  const { job_id, file_id, run_id } = returned;
  journal.transaction(() => {
    if (!isRenewedSince(journal, job_id, file_id)) return;
    for (const statement of listStatementsOf(journal, job_id)) {
      if (!applyAgain(journal, statement, returned, now)) continue;
      const { entity_type, entity_id } = statement;
      const source = {
        entity_type,
        entity_id,
        file_id,
        job_id,
        run_id: run_id ?? statement.run_id,
      };
      saveSource(journal, { ...source, quote: null, verified: false }, now);
    }
  });
}

/**
 * Restores the retired entities of a job for another file that has its content now. Leaves out the entities
 * that something else changed after they were retired.
 */
export function revive(journal: Journal, returned: Returned, now: string): void {
  journal.transaction(() => {
    for (const statement of listStatementsOf(journal, returned.job_id)) {
      if (isRetired(journal, statement.entity_id)) applyAgain(journal, statement, returned, now);
    }
  });
}

/** Returns false if the entity is deleted. */
function applyAgain(
  journal: Journal,
  { entity_type, entity_id, fields }: ReturnType<typeof listStatementsOf>[number],
  by: Returned,
  now: string,
): boolean {
  const stored = findAlive(journal, entity_type, entity_id);
  if (stored === undefined) return false;
  const { before, after } = difference(stored.fields, fields, stored.user_edited);
  if (Object.keys(after).length > 0) {
    changeAfterScan(journal, { op: "update", entity_type, entity_id, before, after }, by, now);
  }
  return true;
}
