import { updateEntity } from "../journal/entities.ts";
import { appendEvent } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";
import { appendChange } from "../journal/sources.ts";
import type { EntityType, FieldsByType } from "../protocol/entity.ts";

type RecordableChange<T extends EntityType> = Parameters<typeof appendChange<T>>[1] & {
  op: "create" | "update" | "retire" | "delete";
};

/** Records a change that was made to an entity, and the event that reports it. */
export function recordChange<T extends EntityType>(
  journal: Journal,
  change: RecordableChange<T>,
  now: string,
): void {
  appendChange(journal, change, now);
  const { entity_type, entity_id, op } = change;
  appendEntityEvent(journal, entity_type, entity_id, op === "retire" ? "update" : op, now);
}

/** Changes an entity because of what a scan found: no job is behind the change. */
export function changeAfterScan<T extends EntityType>(
  journal: Journal,
  change: {
    op: "update" | "retire";
    entity_type: T;
    entity_id: string;
    before: Partial<FieldsByType[T]>;
    after: Partial<FieldsByType[T]>;
  },
  by: {
    agent_id: string;
    /** null: a scan outside a run found it. */
    run_id: string | null;
  },
  now: string,
): void {
  updateEntity(journal, change.entity_type, change.entity_id, change.after, now);
  const { agent_id: actor, run_id } = by;
  recordChange(journal, { actor, run_id, job_id: null, position: null, ...change }, now);
}

export function appendEntityEvent(
  journal: Journal,
  entity_type: EntityType,
  id: string,
  op: "create" | "update" | "delete",
  now: string,
): void {
  appendEvent(journal, { type: "entity.changed", entity_type, id, op }, now);
}
