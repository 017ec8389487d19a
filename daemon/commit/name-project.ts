import { deriveId } from "../core/id.ts";
import { entityKey } from "../journal/entities.ts";
import type { FieldsByType } from "../protocol/entity.ts";
import { createInProject, createProject } from "./stage-create.ts";
import { findProjectNamed, findStaged, type Staging } from "./staging.ts";
import { type Refusal, refused, type Written } from "./written.ts";

interface InProject {
  project_id?: string | null | undefined;
}

/** Creates a task or note in the project of this name, which is made if no active one has it. */
export function createNamed<T extends "task" | "note">(
  staging: Staging,
  type: T,
  fields: Partial<FieldsByType[T]> & { title: string },
  quote: string | null,
  project: string | null,
): Written<T> {
  const named = nameProject(staging, fields, quote, project);
  return named.outcome === "refused" ? named : createInProject(staging, type, named.fields, quote);
}

function nameProject<Fields extends InProject>(
  staging: Staging,
  fields: Fields,
  quote: string | null,
  name: string | null,
): Refusal | { outcome: "named"; fields: Fields } {
  if (name === null) return { outcome: "named", fields };
  const { project_id } = fields;
  if (typeof project_id === "string") {
    const given = findStaged(staging, "project", project_id);
    const isSame = given !== undefined && entityKey(given.fields.name) === entityKey(name);
    return isSame
      ? { outcome: "named", fields }
      : refused("The arguments project and project_id mean different projects. Give one of them.");
  }
  if (staging.job.has_fixed_projects && findProjectNamed(staging, name) === undefined) {
    return refused(`There is no active project named ${JSON.stringify(name)}.`);
  }
  // Ids of other creates are counted, and stored replies repeat them: the count must not change.
  const id = deriveId("project", staging.job.job_id, "named", entityKey(name));
  const evidence = staging.isVerified(name) ? name : quote;
  const written = createProject(staging, { name }, evidence, id);
  if (written.outcome === "refused") return written;
  return { outcome: "named", fields: { ...fields, project_id: written.entity.id } };
}
