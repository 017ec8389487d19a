import type { Change, ChangeSet } from "../protocol/change-set.ts";
import type { AnyStaged } from "./staged-entity.ts";
import type { Staging } from "./staging.ts";

/**
 * The change set of a job: projects first, because tasks and notes may refer to them; otherwise in the order
 * of the calls.
 *
 * @param of.isVerified whether the document has a quote
 */
export function toChangeSet(
  staged: readonly AnyStaged[],
  { isVerified, gone }: Pick<Staging, "isVerified" | "gone">,
): ChangeSet {
  const changes: Change[] = [];
  const confirmed: ChangeSet["confirmed"][number][] = [];
  const projectsFirst = staged.toSorted(
    (left, right) => Number(right.type === "project") - Number(left.type === "project"),
  );
  for (const { type: entity_type, id: entity_id, op, set: fields, said, quote } of projectsFirst) {
    const verified = isVerified(quote);
    if (op === "confirm") confirmed.push({ entity_type, entity_id, said, quote, verified });
    else changes.push({ op, entity_type, entity_id, fields, said, quote, verified } as Change);
  }
  return { changes, confirmed, ...(gone.size > 0 && { gone: [...gone] }) };
}
