import { createId } from "../core/id.ts";
import {
  deleteEntity,
  findAlive,
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
  dropConfirmed,
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
import { restoreEvidence } from "./evidence.ts";
import { findLastSetter, isSaidByFile, namesOf, replayFields } from "./field-history.ts";
import { findNamesake } from "./project-name.ts";
import { appendEntityEvent } from "./record.ts";

/*
 * Undoes what agents did, in one transaction: entities, sources, jobs and files together. It keeps what the
 * user edited since and what another job also said or said later, and reports it. An entity is removed when
 * no file and no user edit is left to keep it; otherwise it becomes what the changes still in force make of
 * it, so the order of undos does not matter. The files are not sent to a model again until they change or a
 * person asks. A crash before the end of the transaction leaves everything as it was.
 */

/**
 * Undoes everything in a scope. Returns how many changes it reverted and what it kept, with the reasons.
 *
 * @param now ISO 8601
 */
export function undo(journal: Journal, scope: UndoScope, now: string): UndoAnswer {
  return journal.transaction(() => {
    const undo_id = createId("undo");
    insertUndo(journal, undo_id, scope, now);
    const { whole, shared } = divideJobs(journal, scope);
    const changes = listInForce(journal, scope, { whole, shared });
    const byEntity = Map.groupBy(changes, ({ entity_id }) => entity_id);
    const entities = new Map<string, EntityType>();
    for (const { entity_id, entity_type } of changes) entities.set(entity_id, entity_type);
    const kept: Kept[] = [];

    const files = whole.flatMap((jobId) => undoJob(journal, jobId));
    for (const jobId of whole) {
      for (const { entity_id, entity_type } of listEntitiesOfJob(journal, jobId)) {
        entities.set(entity_id, entity_type);
      }
    }
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
    reportFiles(journal, files, now);

    for (const change of changes) {
      if (isUndone(journal, change)) markUndone(journal, change.seq, undo_id);
      else if (!isDeletedByUser(journal, change)) dropConfirmed(journal, change.seq);
    }

    const jobIds = new Set([...whole, ...shared]);
    const fileIds = new Set("file_id" in scope ? [scope.file_id] : []);
    let reverted = 0;
    // Projects last: a project whose last members are removed here is removed, too.
    for (const [id, type] of projectsLast(journal, entities)) {
      const asked = byEntity.get(id) ?? [];
      const result = settleEntity(journal, { id, type, asked }, now);
      reverted += result.reverted;
      kept.push(...result.kept);
      if (entities.has(id)) for (const of of followSources(journal, id, jobIds)) fileIds.add(of);
    }
    const of_file = "file_id" in scope ? { file_id: scope.file_id, jobs: shared } : undefined;
    restoreEvidence(journal, { jobs: whole, of_file }, fileIds, now);
    countReverted(journal, undo_id, reverted);
    return { undo_id, reverted, kept };
  });
}

/** Jobs that are undone as a whole, and jobs of a file whose content other files still have. */
function divideJobs(journal: Journal, scope: UndoScope): { whole: string[]; shared: string[] } {
  const jobs = listDoneJobs(journal, scope);
  if (!("file_id" in scope)) return { whole: jobs, shared: [] };
  const isShared = (jobId: string): boolean => hasOtherOrigin(journal, jobId, scope.file_id);
  return { whole: jobs.filter((id) => !isShared(id)), shared: jobs.filter(isShared) };
}

/**
 * Whether a change is undone at all. An entity that the user deleted keeps its changes, by which it is
 * recognised; one that the user edited stays, and so do its create and its confirmations, without their values.
 */
function isUndone(journal: Journal, change: RecordedChange): boolean {
  if (isDeletedByUser(journal, change)) return false;
  const { entity_type, entity_id, op } = change;
  return isChange(op) || findEntity(journal, entity_type, entity_id)?.user_edited.length === 0;
}

function isDeletedByUser(
  journal: Journal,
  { entity_type, entity_id }: Pick<RecordedChange, "entity_type" | "entity_id">,
): boolean {
  return findEntity(journal, entity_type, entity_id)?.deleted_by === "user";
}

/** The entities that may change, and the projects that may lose members; projects come last. */
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
 * Brings an entity to what the changes in force make of it, or removes it.
 *
 * @param asked its changes in the scope of the undo, newest first
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
  if (!hasMembers && !isUsers && !changes.some(isSaidByFile)) {
    deleteEntity(journal, type, id, "undo", now);
    appendEntityEvent(journal, type, id, "delete", now);
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

/** The fields of the asked changes that stay, with the reasons. */
function listKept(
  { id, user_edited }: Pick<StoredEntity<EntityType>, "id" | "user_edited">,
  asked: readonly RecordedChange[],
  changes: readonly RecordedChange[],
): Kept[] {
  const reasons = new Map<string | null, KeptReason>();
  for (const change of asked) {
    if (change.op === "create") {
      for (const field of user_edited) reasons.set(field, "edited_by_user");
      const isSaid = changes.some(isSaidByFile);
      if (user_edited.length === 0) reasons.set(null, isSaid ? "other_source" : "has_members");
    }
    if (!isChange(change.op)) continue;
    for (const field of namesOf(change)) {
      const last = findLastSetter(changes, field, user_edited);
      if (last === undefined || last.seq < change.seq) continue;
      reasons.set(field, last.actor === "user" ? "edited_by_user" : "changed_later");
    }
  }
  return [...reasons].map(([field, reason]) => ({ id, field, reason }));
}

/** Writes the fields that the changes in force make. Returns the fields that could not be restored. */
function restore<T extends EntityType>(
  journal: Journal,
  type: T,
  stored: StoredEntity<T>,
  changes: readonly RecordedChange[],
  now: string,
): Kept[] {
  const { id } = stored;
  const replayed = withRevivedProject(
    journal,
    replayFields(type, changes, stored.user_edited),
    now,
  );
  const { after } = difference(stored.fields, replayed, []);
  const names = Object.keys(after);
  const kept: Kept[] = [];
  if (
    type === "project" &&
    findNamesake(journal, { ...stored.fields, ...after } as ProjectFields, id) !== undefined
  ) {
    for (const field of ["name", "status"] as const) {
      if (!(field in after)) continue;
      delete (after as Partial<ProjectFields>)[field];
      kept.push({ id, field, reason: "name_taken" });
    }
  }
  if (names.length > kept.length) {
    updateEntity(journal, type, id, after, now);
    appendEntityEvent(journal, type, id, "update", now);
  }
  return kept;
}

/** Fields whose project exists: it is revived if possible, and left out (null) if not. */
function withRevivedProject<Fields extends FieldsByType[EntityType]>(
  journal: Journal,
  fields: Fields,
  now: string,
): Fields {
  if (!("project_id" in fields) || fields.project_id === null) return fields;
  const id = fields.project_id;
  const isAlive =
    findAlive(journal, "project", id) !== undefined || reviveProject(journal, id, now);
  return isAlive ? fields : { ...fields, project_id: null };
}

/** Brings back a project that an undo removed when it was empty. Returns false if that is not possible. */
function reviveProject(journal: Journal, id: string, now: string): boolean {
  const stored = findEntity(journal, "project", id);
  if (stored?.deleted_by !== "undo") return false;
  const fields = replayFields("project", listChangesOf(journal, id), stored.user_edited);
  const isForgotten = !Object.hasOwn(fields, "name");
  if (isForgotten || findNamesake(journal, fields, id) !== undefined) return false;
  updateEntity(journal, "project", id, fields, now);
  reviveEntity(journal, "project", id, now);
  appendEntityEvent(journal, "project", id, "create", now);
  return true;
}

function reportFiles(journal: Journal, files: readonly UndoneFile[], now: string): void {
  for (const file of files) {
    appendEvent(journal, { type: "file.skipped", ...file, reason: "undone" }, now);
  }
}
