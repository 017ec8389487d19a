import type { EntityType, FieldsByType } from "../protocol/entity.ts";

/** An entity with one job's changes laid over it. */
export interface Staged<T extends EntityType> {
  type: T;
  /** confirm: the file says again what is committed. */
  op: "create" | "update" | "confirm";
  id: string;
  fields: FieldsByType[T];
  user_edited: string[];
  /** The fields that this job sets; all of them for a create. */
  set: Partial<FieldsByType[T]>;
  /** The fields that this job said as they were already, or as the user had edited them. */
  said: Partial<FieldsByType[T]>;
  quote: string | null;
  created_by: string;
  /** Whether its text came from the job's file; only then the model may read it. */
  of_this_file: boolean;
}

export type AnyStaged = { [T in EntityType]: Staged<T> }[EntityType];
