import { RunnerError } from "../core/errors.ts";
import { createId } from "../core/id.ts";
import { notFound } from "../core/not-found.ts";
import {
  deleteEntity,
  findAlive,
  insertEntity,
  listMembers,
  type StoredEntity,
  updateEntity,
} from "../journal/entities.ts";
import { findEntityView } from "../journal/entity-views.ts";
import type { Journal } from "../journal/open.ts";
import type { Entity, EntityType, FieldsByType } from "../protocol/entity.ts";
import { difference } from "./commit.ts";
import { findNamesake } from "./project-name.ts";
import { recordChange } from "./record.ts";

const USER = { actor: "user", run_id: null, job_id: null, position: null } as const;

/**
 * Creates an entity for the user. Every given field counts as edited by the user.
 *
 * @throws {RunnerError} project_name_taken; invalid_request if its project does not exist
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
    const change = { op: "create", entity_type: type, entity_id: id } as const;
    recordChange(journal, { ...USER, ...change, before: null, after: fields }, now);
    return getView(journal, type, id);
  });
}

/**
 * Changes an entity for the user. Each field that changes counts as edited by the user from then on.
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
    const change = { op: "update", entity_type: type, entity_id: id } as const;
    recordChange(journal, { ...USER, ...change, before, after }, now);
    return getView(journal, type, id);
  });
}

/**
 * Deletes an entity for the user and leaves a tombstone, so that its file does not create it again. The
 * tasks and notes of a deleted project stay, without a project.
 *
 * @throws {RunnerError} entity_not_found
 */
export function deleteByUser(journal: Journal, type: EntityType, id: string, now: string): void {
  journal.transaction(() => {
    const stored = getAlive(journal, type, id);
    if (type === "project") releaseMembers(journal, id, now);
    deleteEntity(journal, type, id, "user", now);
    const change = { op: "delete", entity_type: type, entity_id: id } as const;
    recordChange(journal, { ...USER, ...change, before: stored.fields, after: null }, now);
  });
}

function releaseMembers(journal: Journal, projectId: string, now: string): void {
  for (const type of ["task", "note"] as const) {
    for (const entity_id of listMembers(journal, type, projectId)) {
      const [before, after] = [{ project_id: projectId }, { project_id: null }];
      updateEntity(journal, type, entity_id, after, now);
      const change = { op: "update", entity_type: type, entity_id } as const;
      recordChange(journal, { ...USER, ...change, before, after }, now);
    }
  }
}

function assertPossible(journal: Journal, fields: object, ownId?: string): void {
  if ("project_id" in fields && typeof fields.project_id === "string") {
    if (findAlive(journal, "project", fields.project_id) === undefined) {
      throw new RunnerError(
        "invalid_request",
        `There is no project ${JSON.stringify(fields.project_id)} for project_id.`,
        { hint: "List the projects to see their ids." },
      );
    }
  }
  if ("name" in fields && typeof fields.name === "string") {
    const status = "status" in fields ? String(fields.status) : "active";
    const taken = findNamesake(journal, { name: fields.name, status }, ownId);
    if (taken !== undefined) {
      throw new RunnerError(
        "project_name_taken",
        `There is an active project ${JSON.stringify(taken.fields.name)} already (${taken.id}).`,
        { hint: "Use that project, archive it, or choose another name.", data: { id: taken.id } },
      );
    }
  }
}

/** A project's name and status are checked together: the name of an archived project may be taken by now. */
function pickName(fields: object): object {
  return "name" in fields && "status" in fields ? { name: fields.name, status: fields.status } : {};
}

function getAlive<T extends EntityType>(journal: Journal, type: T, id: string): StoredEntity<T> {
  const stored = findAlive(journal, type, id);
  if (stored === undefined) throw notFound(type, id);
  return stored;
}

function getView<T extends EntityType>(journal: Journal, type: T, id: string): Entity<T> {
  const view = findEntityView(journal, type, id);
  if (view === undefined) throw notFound(type, id);
  return view;
}
