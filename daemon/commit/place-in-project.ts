import { findEntity } from "../journal/entities.ts";
import { findStaged, isHidden, resolveId, type Staging } from "./staging.ts";
import { type Refusal, refused } from "./written.ts";

/**
 * Fields with the project that the job's calls mean by their `project_id`. A deleted project is left out
 * without a refusal: the model named it before it was deleted, and the other fields still count.
 */
export function placeInProject<Fields extends object>(
  staging: Staging,
  fields: Fields,
): Refusal | { outcome: "placed"; fields: Fields } {
  if (!("project_id" in fields) || typeof fields.project_id !== "string") {
    return { outcome: "placed", fields };
  }
  const project_id = resolveId(staging, fields.project_id);
  if (findStaged(staging, "project", project_id) !== undefined) {
    return { outcome: "placed", fields: { ...fields, project_id } };
  }
  const known = findEntity(staging.journal, "project", project_id);
  if (known !== undefined && !isHidden(staging, known.id)) {
    return { outcome: "placed", fields: { ...fields, project_id: undefined } };
  }
  return refused(
    `There is no project with the id ${JSON.stringify(fields.project_id)}. Use an id from list_projects or create_project.`,
  );
}
