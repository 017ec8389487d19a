import type { EntityType, FieldsByType } from "../protocol/entity.ts";
import { placeInProject } from "./place-in-project.ts";
import { isMade, isSupported, refuseForeign } from "./file-rights.ts";
import { findProjectNamed, findStaged, resolveId, stageFields, type Staging } from "./staging.ts";
import { refused, type Written } from "./written.ts";

/** Updates an entity; refuses what its file has no right to, and all of what another agent or the user created. */
export function updateOwn<T extends EntityType>(
  staging: Staging,
  type: T,
  id: string,
  fields: Partial<FieldsByType[T]>,
  quote: string | null,
): Written<T> {
  const entity = findStaged(staging, type, id);
  if (entity === undefined)
    return refused(`There is no ${type} with the id ${JSON.stringify(id)}.`);
  if (entity.created_by !== staging.job.agent_id) {
    return refused(`This ${type} was made by someone else; only its maker changes it.`);
  }
  if (!isMade(staging, entity)) {
    const evidence = isSupported(staging, entity, quote) ? quote : null;
    return (
      refuseForeign(staging, entity, fields, quote) ??
      stageFields(staging, entity, fields, evidence)
    );
  }
  const placed = placeInProject(staging, fields);
  return placed.outcome === "refused" ? placed : stageFields(staging, entity, placed.fields, quote);
}

/** Updates a project; refuses a name that another active project has. */
export function updateProject(
  staging: Staging,
  id: string,
  fields: Partial<FieldsByType["project"]>,
  quote: string | null,
): Written<"project"> {
  const { name, status } = { ...findStaged(staging, "project", id)?.fields, ...fields };
  const taken = status === "active" ? findProjectNamed(staging, name ?? "") : undefined;
  if (taken !== undefined && taken.id !== resolveId(staging, id)) {
    return refused(`There is an active project of that name already: ${taken.id}.`);
  }
  return updateOwn(staging, "project", id, fields, quote);
}
