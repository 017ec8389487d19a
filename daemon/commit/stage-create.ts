import { listEntitiesOfFiles, listGivenTitles } from "../journal/entities.ts";
import type { EntityType, FieldsByType } from "../protocol/entity.ts";
import { type Candidates, dueOf, matchCreate, projectOf, type Said } from "./match.ts";
import type { Staged } from "./staged-entity.ts";
import { placeInProject } from "./place-in-project.ts";
import { isMade, isMadeBy, isShared } from "./file-rights.ts";
import {
  findProjectNamed,
  isHidden,
  nextId,
  overlay,
  stageAgain,
  stageCreate,
  stageFields,
  type Staging,
} from "./staging.ts";
import { deletedByUser, type Written } from "./written.ts";

/** Creates a task or note, or updates the one that the job's files made before. */
export function createInProject<T extends "task" | "note">(
  staging: Staging,
  type: T,
  fields: Partial<FieldsByType[T]> & { title: string },
  quote: string | null,
): Written<T> {
  const id = nextId(staging, type);
  const placed = placeInProject(staging, fields);
  if (placed.outcome === "refused") return placed;
  const { title } = fields;
  const earlier = findEarlier(staging, type, { title, fields: placed.fields, quote });
  if (earlier === "deleted") return deletedByUser(type, title);
  if (earlier === undefined) return stageCreate(staging, type, id, placed.fields, quote);
  staging.aliases.set(id, earlier.id);
  const isRepeated = staging.staged.has(earlier.id);
  return stageFields(
    staging,
    earlier,
    fieldsForExisting(earlier, placed.fields, isRepeated),
    quote,
  );
}

/**
 * The fields of a create that count for an entity that exists. A create does not reopen what is closed. If
 * the document says a thing twice and the second time without date or project, the first ones stay.
 */
function fieldsForExisting<T extends "task" | "note">(
  { fields: { status } }: Staged<T>,
  said: Partial<FieldsByType[T]>,
  isRepeated: boolean,
): Partial<FieldsByType[T]> {
  const isReopened = said.status === "open" && status !== "open";
  return {
    ...said,
    ...(isReopened && { status: undefined }),
    ...(isRepeated && dueOf(said) === null && { due_date: undefined }),
    ...(isRepeated && projectOf(said) === null && { project_id: undefined }),
  };
}

/**
 * Creates a project, unless an active one has the name or the job's files made it before. The file becomes a source
 * of one that another file made only if its document names it.
 */
export function createProject(
  staging: Staging,
  fields: Partial<FieldsByType["project"]> & { name: string },
  quote: string | null,
  id = nextId(staging, "project"),
): Written<"project"> {
  const { name } = fields;
  const earlier =
    findProjectNamed(staging, name) ??
    findEarlier(staging, "project", { title: name, fields: {}, quote });
  if (earlier === "deleted") return deletedByUser("project", name);
  if (earlier === undefined) {
    return stageCreate(staging, "project", id, { ...fields, status: "active" }, quote);
  }
  staging.aliases.set(id, earlier.id);
  // Its name in the document is evidence as good as a quote.
  const evidence = [quote, name].find((passage) => isShared(staging, earlier, passage));
  if (isMade(staging, earlier) || evidence !== undefined) {
    const said = "name" in earlier.set ? {} : { name };
    return stageAgain(staging, earlier, said, evidence ?? quote);
  }
  return { outcome: "already_recorded", entity: earlier, kept: [] };
}

/** The entity that a create means, as this job sees it. */
function findEarlier<T extends EntityType>(
  staging: Staging,
  type: T,
  said: Said,
): Staged<T> | "deleted" | undefined {
  const match = matchCreate(type, said, readCandidates(staging, type));
  return typeof match === "object" ? overlay(staging, type, match) : match;
}

/**
 * The entities that a create may mean. Of what other files made, these are projects, which it does not change, and
 * what the user deleted, which it does not make again.
 */
export function readCandidates<T extends EntityType>(staging: Staging, type: T): Candidates<T> {
  const { journal, job, quotes } = staging;
  // What this job staged on another file's entity is no reason to match it either.
  const staged = new Map([...staging.staged].filter(([, entity]) => isMade(staging, entity)));
  const of_files = listEntitiesOfFiles(journal, type, job.file_ids)
    .filter(({ id }) => !isHidden(staging, id))
    .filter(
      (entity) =>
        type === "project" || entity.deleted_at !== null || isMadeBy(staging, type, entity),
    );
  const ids = of_files.map(({ id }) => id);
  return { of_files, given_titles: listGivenTitles(journal, ids), quotes, staged };
}
