import type { EntityType } from "../protocol/entity.ts";
import type { Staged } from "./staged-entity.ts";

/** The result of a staged write. A model reads the reason of a refusal. */
export type Written<T extends EntityType> =
  | {
      outcome: "created" | "updated" | "already_recorded";
      entity: Staged<T>;
      /** The fields that stay as they are because the user edited them. */
      kept: readonly string[];
    }
  | Refusal;

export interface Refusal {
  outcome: "refused";
  reason: string;
}

export function refused(reason: string): Refusal {
  return { outcome: "refused", reason };
}

export function atLimit(maxChanges: number): Refusal {
  return refused(`The limit of ${maxChanges} changes per file is reached.`);
}

export function deletedByUser(type: EntityType, title: string): Refusal {
  return refused(`The user deleted the ${type} ${JSON.stringify(title)}; it is not made again.`);
}
