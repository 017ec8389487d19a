import type { RecordedChange } from "../journal/undos.ts";
import { ENTITY_DEFAULTS, type EntityType, type FieldsByType } from "../protocol/entity.ts";

/**
 * The fields of an entity that result from the changes in force, one after the other, over those it was
 * created with. The order in which changes were undone therefore does not matter.
 *
 * @param changes every change of the entity, oldest first
 */
export function replayFields<T extends EntityType>(
  type: T,
  changes: readonly RecordedChange[],
): FieldsByType[T] {
  const counted = changes.filter(({ op, state }) => op === "create" || state === "applied");
  return Object.assign({}, ENTITY_DEFAULTS[type], ...counted.map(readAfter)) as FieldsByType[T];
}

/** The names of the fields that a change set. */
export function namesOf(change: RecordedChange): string[] {
  return Object.keys(readAfter(change));
}

/** The change in force that set a field last. */
export function findLastSetter(
  changes: readonly RecordedChange[],
  field: string,
): RecordedChange | undefined {
  return changes.findLast(
    (change) => change.state === "applied" && namesOf(change).includes(field),
  );
}

/** Whether a change is in force and came from a file, which is a reason for its entity to exist. */
export function isSaidByFile({ state, job_id }: RecordedChange): boolean {
  return state === "applied" && job_id !== null;
}

function readAfter({ after }: RecordedChange): object {
  return after === null ? {} : (JSON.parse(after) as object);
}
