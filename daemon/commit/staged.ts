import type { Change, ChangeSet } from "../protocol/change-set.ts";
import type { EntityType, FieldsByType } from "../protocol/entity.ts";

/** An entity with one job's changes laid over it. */
export interface Staged<T extends EntityType> {
  type: T;
  /** confirm: it stands already, and the file says it again. */
  op: "create" | "update" | "confirm";
  id: string;
  fields: FieldsByType[T];
  user_edited: readonly string[];
  /** The fields this job sets; of a create, all of them. */
  set: Partial<FieldsByType[T]>;
  quote: string | null;
  created_by: string;
  /** Whether it rests on the job's file. */
  of_this_file: boolean;
}

export type AnyStaged = { [T in EntityType]: Staged<T> }[EntityType];

/**
 * What a job wants: projects first, since the others may refer to them; else as it named them.
 *
 * @param text the document's text, to verify quotes against
 */
export function toChangeSet(staged: readonly AnyStaged[], text: string): ChangeSet {
  const evenText = evenSpaces(text);
  const changes: Change[] = [];
  const confirmed: ChangeSet["confirmed"][number][] = [];
  const projectsFirst = staged.toSorted(
    (left, right) => Number(right.type === "project") - Number(left.type === "project"),
  );
  for (const { type: entity_type, id: entity_id, op, set: fields, quote } of projectsFirst) {
    const passage = evenSpaces(quote ?? "");
    const verified = passage !== "" && evenText.includes(passage);
    if (op === "confirm") confirmed.push({ entity_type, entity_id, quote, verified });
    else changes.push({ op, entity_type, entity_id, fields, quote, verified } as Change);
  }
  return { changes, confirmed };
}

/** A text with all white space evened out, to find passages by. */
export function evenSpaces(text: string): string {
  return text.replaceAll(/\s+/gu, " ").trim();
}
