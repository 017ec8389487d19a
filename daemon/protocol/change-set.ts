import type { EntityType, FieldsByType } from "./entity.ts";

/**
 * One write that a job wants. Field values are whole and valid; `project_id` may name a project that an
 * earlier change of the same set creates.
 */
export type Change = { [T in EntityType]: ChangeOf<T> }[EntityType];

interface ChangeOf<T extends EntityType> {
  op: "create" | "update";
  entity_type: T;
  entity_id: string;
  /** create: every field. update: only the fields that are to change, with their new values. */
  fields: Partial<FieldsByType[T]>;
  /** Fields that the job said as they are already; left out: none. */
  said?: Partial<FieldsByType[T]>;
  quote: string | null;
  verified: boolean;
}

/**
 * The writes of one job in their order, and the entities it found that exist already and come from its file too.
 */
export interface ChangeSet {
  changes: readonly Change[];
  /** Entities that this file says again without changing them: it becomes their source. */
  confirmed: readonly {
    entity_type: EntityType;
    entity_id: string;
    /** The fields that the job said; left out: it said that the entity is there, and no more. */
    said?: Partial<FieldsByType[EntityType]>;
    quote: string | null;
    verified: boolean;
  }[];
  /** The ids of what the job said its document no longer has; left out: nothing. */
  gone?: readonly string[];
}
