import type { RecordedChange } from "../journal/undos.ts";
import { ENTITY_DEFAULTS, type EntityType, type FieldsByType } from "../protocol/entity.ts";

/**
 * What an entity's fields are by the changes that are in force, one after the other, over what it was created
 * with. So it does not matter in which order changes are taken back.
 *
 * @param changes all that the entity met, oldest first
 */
export function replayFields<T extends EntityType>(
  type: T,
  changes: readonly RecordedChange[],
): FieldsByType[T] {
  const words = changes.filter(({ op, state }) => op === "create" || state === "applied");
  return Object.assign({}, ENTITY_DEFAULTS[type], ...words.map(readAfter)) as FieldsByType[T];
}

/** The fields that a change set. */
export function namesOf(change: RecordedChange): string[] {
  return Object.keys(readAfter(change));
}

/** The change in force that set a field last. */
export function findLastWord(
  changes: readonly RecordedChange[],
  field: string,
): RecordedChange | undefined {
  return changes.findLast(
    (change) => change.state === "applied" && namesOf(change).includes(field),
  );
}

/** Whether an entity rests on this change: a file says it, and that is in force. */
export function isWordOfFile({ state, job_id }: RecordedChange): boolean {
  return state === "applied" && job_id !== null;
}

function readAfter({ after }: RecordedChange): object {
  return after === null ? {} : (JSON.parse(after) as object);
}
