import type { RecordedChange } from "../journal/undos.ts";
import { ENTITY_DEFAULTS, type EntityType, type FieldsByType } from "../protocol/entity.ts";

/**
 * The fields of an entity that result from the changes in force, one after the other, over those it was
 * created with. The order in which changes were undone therefore does not matter.
 *
 * @param changes every change of the entity, oldest first
 * @param userEdited the fields that the user edited: what a job confirmed does not count for them
 */
export function replayFields<T extends EntityType>(
  type: T,
  changes: readonly RecordedChange[],
  userEdited: readonly string[],
): FieldsByType[T] {
  const said = changes.flatMap((change) => {
    if (change.op !== "create" && change.state !== "applied") return [];
    return [readConfirmed(change, userEdited), parse(change.after)];
  });
  return Object.assign({}, ENTITY_DEFAULTS[type], ...said) as FieldsByType[T];
}

/** The names of the fields that a change set. */
export function namesOf(change: RecordedChange): string[] {
  return Object.keys(parse(change.after));
}

/** The change in force that set a field last, or confirmed its value. */
export function findLastSetter(
  changes: readonly RecordedChange[],
  field: string,
  userEdited: readonly string[],
): RecordedChange | undefined {
  return changes.findLast(
    (change) =>
      change.state === "applied" &&
      (field in parse(change.after) || field in readConfirmed(change, userEdited)),
  );
}

/** Whether a change is in force and came from a file, which is a reason for its entity to exist. */
export function isSaidByFile({ state, job_id }: RecordedChange): boolean {
  return state === "applied" && job_id !== null;
}

/** What a job said and was so already. */
function readConfirmed(
  { state, confirmed }: RecordedChange,
  userEdited: readonly string[],
): object {
  if (state !== "applied") return {};
  const said = Object.entries(parse(confirmed)).filter(([name]) => !userEdited.includes(name));
  return Object.fromEntries(said);
}

function parse(json: string | null): object {
  return json === null ? {} : (JSON.parse(json) as object);
}
