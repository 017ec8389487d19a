import { createId } from "../core/id.ts";
import {
  deleteEntity,
  findActiveProject,
  findEntity,
  listMembers,
  reviveEntity,
  type StoredEntity,
  updateEntity,
} from "../journal/entities.ts";
import { appendEvent } from "../journal/events.ts";
import type { Journal } from "../journal/open.ts";
import {
  countReverted,
  dropOrigin,
  followSources,
  hasOtherOrigin,
  insertUndo,
  listChangesOf,
  listDoneJobs,
  listEntitiesOfJob,
  listInForce,
  markUndone,
  type RecordedChange,
  type UndoneFile,
  type UndoScope,
  undoFile,
  undoJob,
} from "../journal/undos.ts";
import type { EntityType, FieldsByType, ProjectFields } from "../protocol/entity.ts";
import type { Kept, KeptReason, UndoAnswer } from "../protocol/undo.ts";
import { difference } from "./commit.ts";
import { findLastWord, isWordOfFile, namesOf, replayFields } from "./field-history.ts";

/*
 * Takes back what agents did, in one transaction: entities, sources, jobs and files together. What the user
 * edited since, and what another job said since or besides, stands and is named. An entity is removed when
 * nothing speaks for it any more; what is left is what the changes still in force make of it, so the order
 * of undos does not matter. The files cost nothing again until they change or are asked for. A crash before
 * the end of the transaction leaves everything as it was.
 */
export function undo(journal: Journal, scope: UndoScope, now: string): UndoAnswer {
  return journal.transaction(() => {
    const undo_id = createId("undo");
    insertUndo(journal, undo_id, scope, now);
    const { whole, shared } = divideJobs(journal, scope);
    const changes = listInForce(journal, scope, whole);
    const byEntity = Map.groupBy(changes, ({ entity_id }) => entity_id);
    const entities = new Map<string, EntityType>();
    for (const { entity_id, entity_type } of changes) entities.set(entity_id, entity_type);
    const kept: Kept[] = [];

    const files = whole.flatMap((jobId) => undoJob(journal, jobId));
    if ("file_id" in scope) {
      for (const jobId of shared) {
        dropOrigin(journal, jobId, scope.file_id);
        files.push(...undoFile(journal, scope.file_id, jobId));
        for (const { entity_id, entity_type } of listEntitiesOfJob(journal, jobId)) {
          if (!entities.has(entity_id)) {
            kept.push({ id: entity_id, field: null, reason: "other_source" });
          }
          entities.set(entity_id, entity_type);
        }
      }
    }
    tellOfFiles(journal, files, now);

    for (const change of changes) {
      if (isTaken(journal, change)) markUndone(journal, change.seq, undo_id);
    }

    const jobIds = new Set([...whole, ...shared]);
    let reverted = 0;
    // Projects last: one that only had what is removed here is removed, too.
    for (const [id, type] of projectsLast(journal, entities)) {
      const asked = byEntity.get(id) ?? [];
      const result = settleEntity(journal, { id, type, asked }, now);
      reverted += result.reverted;
      kept.push(...result.kept);
      if (entities.has(id)) followSources(journal, id, jobIds);
    }
    countReverted(journal, undo_id, reverted);
    return { undo_id, reverted, kept };
  });
}

/** Jobs that are taken back whole, and those of a file that other files have the content of. */
function divideJobs(journal: Journal, scope: UndoScope): { whole: string[]; shared: string[] } {
  const jobs = listDoneJobs(journal, scope);
  if (!("file_id" in scope)) return { whole: jobs, shared: [] };
  const isShared = (jobId: string): boolean => hasOtherOrigin(journal, jobId, scope.file_id);
  return { whole: jobs.filter((id) => !isShared(id)), shared: jobs.filter(isShared) };
}

/**
 * Whether a change is taken back at all. What the user deleted stays deleted, and keeps what it is known by;
 * what the user edited stays, and with it that it came of its files.
 */
function isTaken(journal: Journal, { entity_type, entity_id, op }: RecordedChange): boolean {
  const entity = findEntity(journal, entity_type, entity_id);
  if (entity?.deleted_by === "user") return false;
  return isChange(op) || entity?.user_edited.length === 0;
}

/** The entities that may look different now; of projects, those that may lose members as well. */
function projectsLast(
  journal: Journal,
  entities: ReadonlyMap<string, EntityType>,
): Map<string, EntityType> {
  const others = [...entities].filter(([, type]) => type !== "project");
  const projects = [...entities].filter(([, type]) => type === "project");
  const placed = others.flatMap(([id, type]): [string, EntityType][] => {
    const fields = findEntity(journal, type, id)?.fields ?? {};
    const isPlaced = "project_id" in fields && fields.project_id !== null;
    return isPlaced ? [[String(fields.project_id), "project"]] : [];
  });
  return new Map([...others, ...projects, ...placed]);
}

interface Result {
  reverted: number;
  kept: Kept[];
}

/**
 * Makes an entity what the changes in force say of it.
 *
 * @param asked the changes that were to be taken back, newest first
 */
function settleEntity(
  journal: Journal,
  { id, type, asked }: { id: string; type: EntityType; asked: readonly RecordedChange[] },
  now: string,
): Result {
  const stored = findEntity(journal, type, id);
  if (stored?.deleted_by === "user") {
    return { reverted: 0, kept: [{ id, field: null, reason: "deleted_by_user" }] };
  }
  if (stored === undefined || stored.deleted_at !== null) return { reverted: 0, kept: [] };
  const changes = listChangesOf(journal, id);
  const hasMembers =
    type === "project" &&
    (["task", "note"] as const).some((kind) => listMembers(journal, kind, id).length > 0);
  const isUsers = stored.created_by === "user" || stored.user_edited.length > 0;
  if (!hasMembers && !isUsers && !changes.some(isWordOfFile)) {
    deleteEntity(journal, type, id, "undo", now);
    appendEvent(journal, { type: "entity.changed", entity_type: type, id, op: "delete" }, now);
    return { reverted: asked.filter(({ op }) => op !== "confirm").length, kept: [] };
  }
  const kept = listKept(stored, asked, changes);
  kept.push(...restore(journal, type, stored, changes, now));
  const isKept = (field: string): boolean => kept.some((one) => one.field === field);
  const reverted = asked.filter(
    (change) => isChange(change.op) && !namesOf(change).every(isKept),
  ).length;
  return { reverted, kept };
}

function isChange(op: RecordedChange["op"]): boolean {
  return op === "update" || op === "retire";
}

/** What of the changes that were asked for stays, and why. */
function listKept(
  { id, user_edited }: Pick<StoredEntity<EntityType>, "id" | "user_edited">,
  asked: readonly RecordedChange[],
  changes: readonly RecordedChange[],
): Kept[] {
  const reasons = new Map<string | null, KeptReason>();
  for (const change of asked) {
    if (change.op === "create") {
      for (const field of user_edited) reasons.set(field, "edited_by_user");
      const isSaid = changes.some(isWordOfFile);
      if (user_edited.length === 0) reasons.set(null, isSaid ? "other_source" : "has_members");
    }
    if (!isChange(change.op)) continue;
    for (const field of namesOf(change)) {
      const last = findLastWord(changes, field);
      if (last === undefined || last.seq < change.seq) continue;
      reasons.set(field, last.actor === "user" ? "edited_by_user" : "changed_later");
    }
  }
  return [...reasons].map(([field, reason]) => ({ id, field, reason }));
}

/** Writes the fields as the changes in force have them. Gives what cannot be had back. */
function restore<T extends EntityType>(
  journal: Journal,
  type: T,
  stored: StoredEntity<T>,
  changes: readonly RecordedChange[],
  now: string,
): Kept[] {
  const { id } = stored;
  const replayed = withLivingProject(journal, replayFields(type, changes), now);
  const { after } = difference(stored.fields, replayed, []);
  const names = Object.keys(after);
  const kept: Kept[] = [];
  if (
    type === "project" &&
    isNameTaken(journal, id, { ...stored.fields, ...after } as ProjectFields)
  ) {
    for (const field of ["name", "status"] as const) {
      if (!(field in after)) continue;
      delete (after as Partial<ProjectFields>)[field];
      kept.push({ id, field, reason: "name_taken" });
    }
  }
  if (names.length > kept.length) {
    updateEntity(journal, type, id, after, now);
    appendEvent(journal, { type: "entity.changed", entity_type: type, id, op: "update" }, now);
  }
  return kept;
}

function withLivingProject<Fields extends FieldsByType[EntityType]>(
  journal: Journal,
  fields: Fields,
  now: string,
): Fields {
  if (!("project_id" in fields) || fields.project_id === null) return fields;
  const project = findEntity(journal, "project", fields.project_id);
  const isThere =
    project !== undefined && (project.deleted_at === null || revive(journal, project, now));
  return isThere ? fields : { ...fields, project_id: null };
}

/** Brings back a project that an undo removed because nothing was in it, for something is in it again. */
function revive(
  journal: Journal,
  { id, deleted_by }: StoredEntity<"project">,
  now: string,
): boolean {
  const fields = replayFields("project", listChangesOf(journal, id));
  const isForgotten = !Object.hasOwn(fields, "name");
  if (deleted_by !== "undo" || isForgotten || isNameTaken(journal, id, fields)) return false;
  updateEntity(journal, "project", id, fields, now);
  reviveEntity(journal, "project", id, now);
  appendEvent(journal, { type: "entity.changed", entity_type: "project", id, op: "create" }, now);
  return true;
}

function isNameTaken(journal: Journal, id: string, { name, status }: ProjectFields): boolean {
  if (status !== "active") return false;
  const active = findActiveProject(journal, name);
  return active !== undefined && active.id !== id;
}

function tellOfFiles(journal: Journal, files: readonly UndoneFile[], now: string): void {
  for (const file of files) {
    appendEvent(journal, { type: "file.skipped", ...file, reason: "undone" }, now);
  }
}
