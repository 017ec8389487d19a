import { deriveId } from "../core/id.ts";
import {
  entityKey,
  findActiveProject,
  findEntity,
  listActiveProjects,
  listEntitiesOfFiles,
  listTasks,
  type StoredEntity,
  titleOf,
} from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";
import type { Change, ChangeSet } from "../protocol/change-set.ts";
import { ENTITY_DEFAULTS, type EntityType, type FieldsByType } from "../protocol/entity.ts";

/*
 * The store as one job sees it: what is committed, and over it what the job has staged. It promises that
 * nothing staged is true before the commit, that what a file says again is updated and not doubled, that
 * the user's edits and deletions win, and that only this agent's own entities are touched. It writes
 * nothing; a crash costs nothing but the staging, which stored replies rebuild with the same ids.
 */

/** An entity with this job's changes laid over it. */
export interface WorkspaceEntity<T extends EntityType> {
  id: string;
  fields: FieldsByType[T];
  user_edited: readonly string[];
}

export type Written<T extends EntityType> =
  | {
      outcome: "created" | "updated" | "already_recorded";
      entity: WorkspaceEntity<T>;
      kept: readonly string[];
    }
  | { outcome: "refused"; reason: string };

interface Staged<T extends EntityType> extends WorkspaceEntity<T> {
  type: T;
  op: "create" | "update" | "confirm";
  /** The fields this job sets; of a create, all of them. */
  set: Partial<FieldsByType[T]>;
  quote: string | null;
  created_by: string;
}

type AnyStaged = { [T in EntityType]: Staged<T> }[EntityType];

// How many projects a model is shown at the most; the rest are found by name when they are created.
const PROJECTS_SHOWN = 100;

/** Begins the staging of one job. */
export function openWorkspace(
  journal: Journal,
  job: {
    job_id: string;
    agent_id: string;
    /** The files that have this content. */
    file_ids: readonly string[];
    /** The document's text, to verify quotes against. */
    text: string;
    max_changes: number;
  },
) {
  const staged = new Map<string, AnyStaged>();
  const text = evenSpaces(job.text);
  let created = 0;

  function find<T extends EntityType>(type: T, id: string): Staged<T> | undefined {
    const here = staged.get(id);
    if (here !== undefined) return here.type === type ? (here as Staged<T>) : undefined;
    const stored = findEntity(journal, type, id);
    return stored === undefined || stored.deleted_at !== null ? undefined : toStaged(type, stored);
  }

  function toStaged<T extends EntityType>(type: T, stored: StoredEntity<T>): Staged<T> {
    const here = staged.get(stored.id);
    if (here !== undefined) return here as Staged<T>;
    return {
      type,
      op: "confirm",
      id: stored.id,
      fields: stored.fields,
      user_edited: stored.user_edited,
      set: {},
      quote: null,
      created_by: stored.created_by,
    };
  }

  /** Stages `fields` on an entity; leaves alone what is the user's or the same already. */
  function stage<T extends EntityType>(
    entity: Staged<T>,
    fields: Partial<FieldsByType[T]>,
    quote: string | null,
  ): Written<T> {
    const kept: string[] = [];
    const set: Partial<FieldsByType[T]> = {};
    for (const name of namesOf(fields)) {
      if (same(entity.fields[name], fields[name])) continue;
      if (entity.user_edited.includes(String(name))) kept.push(String(name));
      else set[name] = fields[name];
    }
    const changes = namesOf(set).length > 0;
    if (changes && entity.op === "confirm" && countChanges() >= job.max_changes) return full();
    const next = {
      ...entity,
      op: changes && entity.op === "confirm" ? "update" : entity.op,
      fields: { ...entity.fields, ...set },
      set: { ...entity.set, ...set },
      quote: quote ?? entity.quote,
    };
    staged.set(entity.id, next as unknown as AnyStaged);
    return { outcome: changes ? "updated" : "already_recorded", entity: next, kept };
  }

  function create<T extends EntityType>(
    type: T,
    fields: Partial<FieldsByType[T]>,
    quote: string | null,
  ): Written<T> {
    if (countChanges() >= job.max_changes) return full();
    created += 1;
    const whole = { ...ENTITY_DEFAULTS[type], ...fields } as unknown as FieldsByType[T];
    const entity: Staged<T> = {
      type,
      op: "create",
      id: deriveId(type, job.job_id, created),
      fields: whole,
      user_edited: [],
      set: whole,
      quote,
      created_by: job.agent_id,
    };
    staged.set(entity.id, entity as unknown as AnyStaged);
    return { outcome: "created", entity, kept: [] };
  }

  /** What this file made before under the same title: each is taken for at most one thing it says now. */
  function findEarlier<T extends "task" | "note">(
    type: T,
    fields: Partial<FieldsByType[T]> & { title: string },
  ): Staged<T> | "deleted" | undefined {
    const key = entityKey(fields.title);
    const sameTitle = listEntitiesOfFiles(journal, type, job.file_ids).filter(
      (entity) => entityKey(titleOf(type, entity.fields)) === key,
    );
    const alive = sameTitle.filter((entity) => entity.deleted_at === null);
    const free = alive.filter((entity) => !staged.has(entity.id));
    const due = "due_date" in fields ? fields.due_date : undefined;
    const exact = free.find((entity) => dueOf(entity.fields) === due);
    const earlier = exact ?? free[0];
    if (earlier !== undefined) return toStaged(type, earlier);
    for (const entity of staged.values()) {
      if (entity.type !== type || entityKey(titleOf(type, entity.fields)) !== key) continue;
      if (due === undefined || dueOf(entity.fields) === due) return entity as unknown as Staged<T>;
    }
    const isDeleted =
      alive.length === 0 && sameTitle.some((entity) => entity.deleted_by === "user");
    return isDeleted ? "deleted" : undefined;
  }

  function write<T extends "task" | "note">(
    type: T,
    fields: Partial<FieldsByType[T]> & { title: string },
    quote: string | null,
  ): Written<T> {
    const refusal = refuseProject(fields);
    if (refusal !== undefined) return refusal;
    const earlier = findEarlier(type, fields);
    if (earlier === "deleted") return deletedByUser(type, fields.title);
    return earlier === undefined ? create(type, fields, quote) : stage(earlier, fields, quote);
  }

  function update<T extends EntityType>(
    type: T,
    id: string,
    fields: Partial<FieldsByType[T]>,
    quote: string | null,
  ): Written<T> {
    const entity = find(type, id);
    if (entity === undefined)
      return refused(`There is no ${type} with the id ${JSON.stringify(id)}.`);
    if (entity.created_by !== job.agent_id) {
      return refused(`This ${type} was made by someone else; only its maker changes it.`);
    }
    return refuseProject(fields) ?? stage(entity, fields, quote);
  }

  function refuseProject(fields: object): { outcome: "refused"; reason: string } | undefined {
    if (!("project_id" in fields) || typeof fields.project_id !== "string") return undefined;
    if (find("project", fields.project_id) !== undefined) return undefined;
    return refused(
      `There is no project with the id ${JSON.stringify(fields.project_id)}. Use an id from list_projects or create_project.`,
    );
  }

  function countChanges(): number {
    return [...staged.values()].filter((entity) => entity.op !== "confirm").length;
  }

  function full(): { outcome: "refused"; reason: string } {
    return refused(`The limit of ${job.max_changes} changes per file is reached.`);
  }

  return {
    listProjects(): WorkspaceEntity<"project">[] {
      const shown: WorkspaceEntity<"project">[] = [];
      for (const entity of staged.values()) {
        if (entity.type === "project" && entity.op === "create") shown.push(entity);
      }
      const stored = listActiveProjects(journal, PROJECTS_SHOWN);
      return [...shown, ...stored.map((project) => toStaged("project", project))];
    },

    createProject(
      fields: Partial<FieldsByType["project"]> & { name: string },
      quote: string | null,
    ): Written<"project"> {
      const key = entityKey(fields.name);
      for (const entity of staged.values()) {
        if (entity.type === "project" && entityKey(entity.fields.name) === key) {
          return { outcome: "already_recorded", entity, kept: [] };
        }
      }
      const active = findActiveProject(journal, fields.name);
      if (active !== undefined) {
        const entity = { ...toStaged("project", active), quote };
        staged.set(entity.id, entity);
        return { outcome: "already_recorded", entity, kept: [] };
      }
      const isDeleted = listEntitiesOfFiles(journal, "project", job.file_ids).some(
        (project) => project.deleted_by === "user" && entityKey(project.fields.name) === key,
      );
      return isDeleted
        ? deletedByUser("project", fields.name)
        : create("project", { ...fields, status: "active" }, quote);
    },

    listTasks(
      filter: { status?: FieldsByType["task"]["status"]; project_id?: string; text?: string },
      limit: number,
    ): WorkspaceEntity<"task">[] {
      const words = filter.text?.split(/\s+/u).map(entityKey) ?? [];
      const fits = ({ fields }: WorkspaceEntity<"task">): boolean =>
        (filter.status === undefined || fields.status === filter.status) &&
        (filter.project_id === undefined || fields.project_id === filter.project_id) &&
        words.every((word) => entityKey(fields.title).includes(word));
      const shown: WorkspaceEntity<"task">[] = [];
      for (const entity of staged.values()) {
        if (entity.type === "task" && entity.op === "create") shown.push(entity);
      }
      const stored = listTasks(journal, filter, limit);
      return [...shown, ...stored.map((task) => toStaged("task", task))]
        .filter(fits)
        .slice(0, limit);
    },

    createTask: (
      fields: Partial<FieldsByType["task"]> & { title: string },
      quote: string | null,
    ): Written<"task"> => write("task", fields, quote),

    updateTask: (
      id: string,
      fields: Partial<FieldsByType["task"]>,
      quote: string | null,
    ): Written<"task"> => update("task", id, fields, quote),

    createNote: (
      fields: Partial<FieldsByType["note"]> & { title: string },
      quote: string | null,
    ): Written<"note"> => write("note", fields, quote),

    /** What the job wants: projects first, since the others may refer to them; else as it named them. */
    changeSet(): ChangeSet {
      const changes: Change[] = [];
      const confirmed: ChangeSet["confirmed"][number][] = [];
      const projectsFirst = [...staged.values()].toSorted(
        (left, right) => Number(right.type === "project") - Number(left.type === "project"),
      );
      for (const entity of projectsFirst) {
        const { type: entity_type, id: entity_id, quote } = entity;
        const verified = quote !== null && quote !== "" && text.includes(evenSpaces(quote));
        if (entity.op === "confirm") confirmed.push({ entity_type, entity_id, quote, verified });
        else {
          const { op, set: fields } = entity;
          changes.push({ op, entity_type, entity_id, fields, quote, verified } as Change);
        }
      }
      return { changes, confirmed };
    },
  };
}

export type JobWorkspace = ReturnType<typeof openWorkspace>;

function refused(reason: string): { outcome: "refused"; reason: string } {
  return { outcome: "refused", reason };
}

function deletedByUser(type: EntityType, title: string): { outcome: "refused"; reason: string } {
  return refused(`The user deleted the ${type} ${JSON.stringify(title)}; it is not made again.`);
}

function dueOf(fields: object): unknown {
  return "due_date" in fields ? fields.due_date : undefined;
}

function namesOf<Fields extends object>(fields: Fields): (keyof Fields)[] {
  return (Object.keys(fields) as (keyof Fields)[]).filter((name) => fields[name] !== undefined);
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function evenSpaces(text: string): string {
  return text.replaceAll(/\s+/gu, " ").trim();
}
