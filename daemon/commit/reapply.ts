import { findEntity, updateEntity } from "../journal/entities.ts";
import { appendEvent } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";
import {
  appendChange,
  isRenewedSince,
  isRetired,
  listSaidOf,
  saveSource,
} from "../journal/sources.ts";
import { difference } from "./commit.ts";

/**
 * Applies again what a job recorded, for a file whose content is what it was when the job was done. No
 * model is asked. The user's edits and deletions stand; where no later job said otherwise since, nothing
 * is done.
 */
export function reapply(journal: Journal, of: Returned, now: string): void {
  const { job_id, file_id, run_id } = of;
  journal.transaction(() => {
    if (!isRenewedSince(journal, job_id, file_id)) return;
    for (const said of listSaidOf(journal, job_id)) {
      if (!sayAgain(journal, said, of, now)) continue;
      const { entity_type, entity_id } = said;
      const source = { entity_type, entity_id, file_id, job_id, run_id: run_id ?? said.run_id };
      saveSource(journal, { ...source, quote: null, verified: false }, now);
    }
  });
}

/**
 * Takes back into use what was retired of that which a job said, for another file that has its content now.
 * What is said by others meanwhile is theirs.
 */
export function revive(journal: Journal, of: Returned, now: string): void {
  journal.transaction(() => {
    for (const said of listSaidOf(journal, of.job_id)) {
      if (isRetired(journal, said.entity_id)) sayAgain(journal, said, of, now);
    }
  });
}

/** A file that has the content for which a job was done. */
export interface Returned {
  job_id: string;
  file_id: string;
  agent_id: string;
  /** The run that found it; null where there is none. */
  run_id: string | null;
}

/** Gives false where the entity is no more. */
function sayAgain(
  journal: Journal,
  said: ReturnType<typeof listSaidOf>[number],
  { agent_id: actor, run_id }: Returned,
  now: string,
): boolean {
  const { entity_type, entity_id, fields } = said;
  const stored = findEntity(journal, entity_type, entity_id);
  if (stored === undefined || stored.deleted_at !== null) return false;
  const { before, after } = difference(stored.fields, fields, stored.user_edited);
  if (Object.keys(after).length > 0) {
    const change = { op: "update", entity_type, entity_id, before, after } as const;
    updateEntity(journal, entity_type, entity_id, after, now);
    appendChange(journal, { actor, run_id, job_id: null, position: null, ...change }, now);
    appendEvent(journal, { type: "entity.changed", entity_type, id: entity_id, op: "update" }, now);
  }
  return true;
}
