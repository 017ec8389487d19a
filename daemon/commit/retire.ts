import { findAlive, updateEntity } from "../journal/entities.ts";
import { type EntityRef, isDropped } from "../journal/evidence.ts";
import type { Journal } from "../journal/open.ts";
import { findRetiredStatus, listOrphans } from "../journal/sources.ts";
import type { Agent } from "../protocol/agent.ts";
import type { ProjectFields } from "../protocol/entity.ts";
import type { Judged } from "./evidence.ts";
import { findNamesake } from "./project-name.ts";
import { changeAfterScan, recordChange } from "./record.ts";

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
    retireAll(journal, listOrphans(journal, of.file_id), of, now);
  });
}

/** Retires entities, under the same conditions as {@link retire}. */
function retireAll(
  journal: Journal,
  entities: readonly EntityRef[],
  of: { agent_id: string; run_id: string | null },
  now: string,
): void {
  for (const { entity_type, entity_id } of entities) {
    const stored = findAlive(journal, entity_type, entity_id);
    if (stored === undefined || stored.created_by !== of.agent_id) continue;
    const { status } = stored.fields;
    const isOpen = status === "open" || status === "active";
    if (!isOpen || stored.user_edited.includes("status")) continue;
    const change = { before: { status }, after: { status: RETIRED[entity_type] } };
    changeAfterScan(journal, { op: "retire", entity_type, entity_id, ...change }, of, now);
  }
}

/** What an agent does with what a file no longer contains, and with what only deleted files had; left out: keep. */
export interface Retiring {
  on_drop: NonNullable<Agent["on_drop"]>;
  on_delete?: Agent["on_delete"];
}

/**
 * Does to entities what a reading of their files calls for: opens those again that are in a file again, and retires, if
 * the agent does that, those that are in none.
 */
export function followReading(
  journal: Journal,
  { dropped, found }: Judged,
  of: { agent_id: string; run_id: string | null } & Retiring,
  now: string,
): void {
  // Without a job: none of them says these things.
  for (const entity of found) reopen(journal, entity, { ...of, job_id: null }, now);
  if (of.on_drop !== "retire") return;
  const isInNone = ({ entity_id }: EntityRef) =>
    isDropped(journal, entity_id, of.on_delete !== "retire");
  retireAll(journal, dropped.filter(isInNone), of, now);
}

/**
 * Opens an entity again that was retired and that nothing changed since, because it is in its file again. If a job
 * says so, call it before the job's own changes: the last of them must be the one with the passage.
 */
export function reopen(
  journal: Journal,
  { entity_type, entity_id }: EntityRef,
  of: { job_id: string | null; run_id: string | null; agent_id: string },
  now: string,
): void {
  const stored = findAlive(journal, entity_type, entity_id);
  if (stored === undefined || stored.created_by !== of.agent_id) return;
  if (stored.fields.status !== RETIRED[entity_type] || stored.user_edited.includes("status"))
    return;
  const status = findRetiredStatus(journal, entity_id);
  if (status === undefined) return;
  const [before, after] = [{ status: stored.fields.status }, { status }];
  if (
    entity_type === "project" &&
    findNamesake(journal, { ...stored.fields, status } as ProjectFields, entity_id)
  )
    return;
  updateEntity(journal, entity_type, entity_id, after as object, now);
  const by = { actor: of.agent_id, run_id: of.run_id, job_id: of.job_id, position: null };
  recordChange(
    journal,
    { ...by, op: "update", entity_type, entity_id, before, after: after as object },
    now,
  );
}
