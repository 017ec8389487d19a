import { RunnerError } from "../core/errors.ts";
import { createId } from "../core/id.ts";
import {
  deleteEntity,
  findActiveProject,
  findEntity,
  insertEntity,
  listMembers,
  type StoredEntity,
  updateEntity,
} from "../journal/entities.ts";
import { findEntityView } from "../journal/entity-views.ts";
import { appendEvent } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";
import { appendChange } from "../journal/sources.ts";
import type { Entity, EntityType, FieldsByType } from "../protocol/entity.ts";
import { difference } from "./commit.ts";
import { notFound } from "../core/not-found.ts";

const USER = { actor: "user", run_id: null, job_id: null, position: null } as const;

/**
 * Creates an entity for the user; every field that is given is the user's.
 *
 * @throws {RunnerError} project_name_taken, invalid_request for a project that is not there
 */
export function createByUser<T extends EntityType>(
  journal: Journal,
  type: T,
  fields: Partial<FieldsByType[T]>,
  now: string,
): Entity<T> {
  return journal.transaction(() => {
    assertPossible(journal, fields);
    const id = createId(type);
    const entity = { id, fields, created_by: "user", user_edited: Object.keys(fields) };
    insertEntity(journal, type, entity, now);
    record(
      journal,
      { op: "create", entity_type: type, entity_id: id, before: null, after: fields },
      now,
    );
    return getView(journal, type, id);
  });
}

/**
 * Changes an entity for the user; each field that changes is the user's from then on.
 *
 * @throws {RunnerError} entity_not_found, project_name_taken, invalid_request
 */
export function editByUser<T extends EntityType>(
  journal: Journal,
  type: T,
  id: string,
  fields: Partial<FieldsByType[T]>,
  now: string,
): Entity<T> {
  return journal.transaction(() => {
    const stored = getAlive(journal, type, id);
    const { before, after } = difference(stored.fields, fields, []);
    const names = Object.keys(after);
    if (names.length === 0) return getView(journal, type, id);
    assertPossible(journal, { ...pickName(stored.fields), ...after }, id);
    const userEdited = [...new Set([...stored.user_edited, ...names])];
    updateEntity(journal, type, id, after, now, userEdited);
    record(journal, { op: "update", entity_type: type, entity_id: id, before, after }, now);
    return getView(journal, type, id);
  });
}

/**
 * Deletes an entity for the user and leaves a tombstone, so that the same file does not make it again.
 * What belonged to a deleted project belongs to none.
 *
 * @throws {RunnerError} entity_not_found
 */
export function deleteByUser(journal: Journal, type: EntityType, id: string, now: string): void {
  journal.transaction(() => {
    const stored = getAlive(journal, type, id);
    if (type === "project") releaseMembers(journal, id, now);
    deleteEntity(journal, type, id, "user", now);
    record(
      journal,
      { op: "delete", entity_type: type, entity_id: id, before: stored.fields, after: null },
      now,
    );
  });
}

function releaseMembers(journal: Journal, projectId: string, now: string): void {
  for (const type of ["task", "note"] as const) {
    for (const entity_id of listMembers(journal, type, projectId)) {
      updateEntity(journal, type, entity_id, { project_id: null }, now);
      record(
        journal,
        {
          op: "update",
          entity_type: type,
          entity_id,
          before: { project_id: projectId },
          after: { project_id: null },
        },
        now,
      );
    }
  }
}

function record<T extends EntityType>(
  journal: Journal,
  change: {
    op: "create" | "update" | "delete";
    entity_type: T;
    entity_id: string;
    before: Partial<FieldsByType[T]> | null;
    after: Partial<FieldsByType[T]> | null;
  },
  now: string,
): void {
  appendChange(journal, { ...USER, ...change }, now);
  const { entity_type, entity_id: id, op } = change;
  appendEvent(journal, { type: "entity.changed", entity_type, id, op }, now);
}

function assertPossible(journal: Journal, fields: object, ownId?: string): void {
  if ("project_id" in fields && typeof fields.project_id === "string") {
    const project = findEntity(journal, "project", fields.project_id);
    if (project === undefined || project.deleted_at !== null) {
      throw new RunnerError(
        "invalid_request",
        `project_id: got ${JSON.stringify(fields.project_id)}, expected the id of a project.`,
        { hint: "List the projects to see their ids." },
      );
    }
  }
  if ("name" in fields && typeof fields.name === "string") {
    const isActive = !("status" in fields) || fields.status === "active";
    const taken = isActive ? findActiveProject(journal, fields.name) : undefined;
    if (taken !== undefined && taken.id !== ownId) {
      throw new RunnerError(
        "project_name_taken",
        `There is an active project ${JSON.stringify(taken.fields.name)} already (${taken.id}).`,
        { hint: "Use that one, archive it, or choose another name.", data: { id: taken.id } },
      );
    }
  }
}

/** A project's name and status count together: un-archiving one may meet a name that was taken since. */
function pickName(fields: object): object {
  return "name" in fields && "status" in fields ? { name: fields.name, status: fields.status } : {};
}

function getAlive<T extends EntityType>(journal: Journal, type: T, id: string): StoredEntity<T> {
  const stored = findEntity(journal, type, id);
  if (stored === undefined || stored.deleted_at !== null) throw notFound(type, id);
  return stored;
}

function getView<T extends EntityType>(journal: Journal, type: T, id: string): Entity<T> {
  const view = findEntityView(journal, type, id);
  if (view === undefined) throw notFound(type, id);
  return view;
}
