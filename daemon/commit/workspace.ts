import { deriveId } from "../core/id.ts";
import {
  entityKey,
  type EntityFilter,
  findActiveProject,
  findEntity,
  listAlive,
  listEntitiesOfFiles,
  type StoredEntity,
  titleOf,
} from "../journal/entities.ts";
import type { Journal } from "../journal/open.ts";
import { listQuotes } from "../journal/sources.ts";
import {
  ENTITY_DEFAULTS,
  ENTITY_TYPES,
  type EntityType,
  type FieldsByType,
} from "../protocol/entity.ts";
import { findEarlier, findRephrased } from "./earlier.ts";
import { type AnyStaged, type Staged, toChangeSet } from "./staged.ts";

/*
 * The store as one job sees it: what is committed, and over it what the job has staged. It promises that
 * nothing staged is true before the commit, that what a file says again is updated and not doubled, that
 * the user's edits and deletions win, and that only this agent's own entities are touched. It writes
 * nothing; a crash costs nothing but the staging, which stored replies rebuild with the same ids.
 */

/** What became of a write. */
export type Written<T extends EntityType> =
  | {
      outcome: "created" | "updated" | "already_recorded";
      entity: Staged<T>;
      kept: readonly string[];
    }
  | Refusal;

interface Refusal {
  outcome: "refused";
  reason: string;
}

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
  // What stored replies call by the id of a create that, done again, finds the thing to be there by now.
  const aliases = new Map<string, string>();
  // What rested on the job's files before, with its passages.
  const quotes = listQuotes(journal, job.file_ids);
  let creates = 0;

  /** The id of the next create, counted whatever comes of it: the same call has the same id when done again. */
  function nextId(type: EntityType): string {
    creates += 1;
    return deriveId(type, job.job_id, creates);
  }

  function resolve(id: string): string {
    return aliases.get(id) ?? id;
  }

  function find<T extends EntityType>(type: T, calledId: string): Staged<T> | undefined {
    const id = resolve(calledId);
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
      of_this_file: quotes.has(stored.id),
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
    id: string,
    fields: Partial<FieldsByType[T]>,
    quote: string | null,
  ): Written<T> {
    if (countChanges() >= job.max_changes) return full();
    const said = Object.fromEntries(namesOf(fields).map((name) => [name, fields[name]]));
    const whole = { ...ENTITY_DEFAULTS[type], ...said } as unknown as FieldsByType[T];
    const entity: Staged<T> = {
      type,
      op: "create",
      id,
      fields: whole,
      user_edited: [],
      set: whole,
      quote,
      created_by: job.agent_id,
      of_this_file: true,
    };
    staged.set(entity.id, entity as unknown as AnyStaged);
    return { outcome: "created", entity, kept: [] };
  }

  /** What this file made before under the same title: each is taken for at most one thing it says now. */
  function match<T extends EntityType>(
    type: T,
    title: string,
    said: object,
    quote: string | null,
  ): Staged<T> | "deleted" | undefined {
    const [due, project] = [dueOf(said), projectOf(said)];
    const { alive, deleted } = findEarlier(journal, type, job.file_ids, title);
    const isSameDay = ({ fields }: StoredEntity<T>): boolean => dueOf(fields) === due;
    const isExact = (entity: StoredEntity<T>): boolean =>
      isSameDay(entity) && projectOf(entity.fields) === project;
    const free = alive.filter((entity) => !staged.has(entity.id));
    const exact = free.find(isExact);
    if (exact === undefined && deleted.some(isExact)) return "deleted";
    const sameDay = exact ?? free.find(isSameDay);
    if (sameDay === undefined && deleted.some(isSameDay)) return "deleted";
    const earlier = sameDay ?? free[0];
    if (earlier !== undefined) return toStaged(type, earlier);
    const key = entityKey(title);
    for (const entity of staged.values()) {
      const titleMatches =
        entity.type === type &&
        (entityKey(titleOf(type, entity.fields)) === key ||
          alive.some(({ id }) => id === entity.id));
      const dueMatches =
        due === null || dueOf(entity.fields) === due || entity.user_edited.includes("due_date");
      const projectMatches =
        project === null ||
        [null, project].includes(projectOf(entity.fields)) ||
        entity.user_edited.includes("project_id");
      if (titleMatches && dueMatches && projectMatches) return entity as unknown as Staged<T>;
    }
    if (alive.length === 0 && deleted.length > 0) return "deleted";
    return quote === null ? undefined : matchPassage(type, title, quote);
  }

  /** What this file made before of the same passage, under a title like this; undefined where that is not one. */
  function matchPassage<T extends EntityType>(
    type: T,
    title: string,
    quote: string,
  ): Staged<T> | "deleted" | undefined {
    const free = listEntitiesOfFiles(journal, type, job.file_ids).filter(
      ({ id, deleted_by }) => !staged.has(id) && deleted_by !== "undo",
    );
    const [first, ...others] = findRephrased(type, free, quotes, { title, quote });
    if (first === undefined || others.length > 0) return undefined;
    return first.deleted_at === null ? toStaged(type, first) : "deleted";
  }

  function write<T extends "task" | "note">(
    type: T,
    fields: Partial<FieldsByType[T]> & { title: string },
    quote: string | null,
  ): Written<T> {
    const id = nextId(type);
    const placed = placeInProject(fields);
    if (placed.outcome === "refused") return placed;
    const earlier = match(type, fields.title, placed.fields, quote);
    if (typeof earlier === "object" && staged.has(earlier.id)) {
      // The same thing again without its date or project: what this job said of them before stands.
      const again: { due_date?: unknown; project_id?: unknown } = placed.fields;
      if (dueOf(fields) === null) delete again.due_date;
      if (projectOf(fields) === null) delete again.project_id;
    }
    if (earlier === "deleted") return deletedByUser(type, fields.title);
    if (earlier === undefined) return create(type, id, placed.fields, quote);
    aliases.set(id, earlier.id);
    return stage(earlier, withoutReopening(earlier, placed.fields), quote);
  }

  /** The active project of this name, staged or stored. */
  function findByName(name: string): Staged<"project"> | undefined {
    const key = entityKey(name);
    for (const entity of staged.values()) {
      if (entity.type === "project" && entityKey(entity.fields.name) === key) return entity;
    }
    const stored = findActiveProject(journal, name);
    return stored && toStaged("project", stored);
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
    const placed = placeInProject(fields);
    return placed.outcome === "refused" ? placed : stage(entity, placed.fields, quote);
  }

  /** A project that was deleted is let go of: who named it did so before, and the rest still stands. */
  function placeInProject<Fields extends object>(
    fields: Fields,
  ): Refusal | { outcome: "placed"; fields: Fields } {
    if (!("project_id" in fields) || typeof fields.project_id !== "string") {
      return { outcome: "placed", fields };
    }
    const project_id = resolve(fields.project_id);
    if (find("project", project_id) !== undefined) {
      return { outcome: "placed", fields: { ...fields, project_id } };
    }
    if (findEntity(journal, "project", project_id) !== undefined) {
      return { outcome: "placed", fields: { ...fields, project_id: undefined } };
    }
    return refused(
      `There is no project with the id ${JSON.stringify(fields.project_id)}. Use an id from list_projects or create_project.`,
    );
  }

  /** What is alive and fits, as it is with what is staged; what the job made first. */
  function list<T extends EntityType>(type: T, filter: EntityFilter, limit: number): Staged<T>[] {
    const { status, text } = filter;
    const project_id = filter.project_id === undefined ? undefined : resolve(filter.project_id);
    const words = text?.split(/\s+/u).map(entityKey) ?? [];
    const fits = ({ fields }: Staged<T>): boolean =>
      (status === undefined || fields.status === status) &&
      (project_id === undefined || ("project_id" in fields && fields.project_id === project_id)) &&
      words.every((word) => entityKey(titleOf(type, fields)).includes(word));
    const made = [...staged.values()].filter(
      (entity) => entity.type === type && entity.op !== "confirm",
    ) as unknown as Staged<T>[];
    const stored = listAlive(journal, type, { ...filter, project_id }, limit)
      .filter(({ id }) => !made.some((entity) => entity.id === id))
      .map((entity) => toStaged(type, entity));
    return [...made, ...stored].filter(fits).slice(0, limit);
  }

  function countChanges(): number {
    return [...staged.values()].filter((entity) => entity.op !== "confirm").length;
  }

  function full(): Refusal {
    return refused(`The limit of ${job.max_changes} changes per file is reached.`);
  }

  return {
    listProjects: (filter: EntityFilter, limit: number) =>
      list("project", { ...filter, status: "active" }, limit),

    createProject(
      fields: Partial<FieldsByType["project"]> & { name: string },
      quote: string | null,
    ): Written<"project"> {
      const id = nextId("project");
      const active = findByName(fields.name);
      const earlier = active ?? match("project", fields.name, {}, quote);
      if (earlier === "deleted") return deletedByUser("project", fields.name);
      if (earlier === undefined) {
        return create("project", id, { ...fields, status: "active" }, quote);
      }
      aliases.set(id, earlier.id);
      const entity = { ...earlier, quote: earlier.quote ?? quote };
      staged.set(entity.id, entity);
      return { outcome: "already_recorded", entity, kept: [] };
    },

    updateProject(
      id: string,
      fields: Partial<FieldsByType["project"]>,
      quote: string | null,
    ): Written<"project"> {
      const project = { ...find("project", id)?.fields, ...fields };
      const taken = project.status === "active" ? findByName(project.name ?? "") : undefined;
      if (taken !== undefined && taken.id !== resolve(id)) {
        return refused(`There is an active project of that name already: ${taken.id}.`);
      }
      return update("project", id, fields, quote);
    },

    listTasks: (filter: EntityFilter, limit: number) => list("task", filter, limit),

    createTask: (
      fields: Partial<FieldsByType["task"]> & { title: string },
      quote: string | null,
    ): Written<"task"> => write("task", fields, quote),

    updateTask: (
      id: string,
      fields: Partial<FieldsByType["task"]>,
      quote: string | null,
    ): Written<"task"> => update("task", id, fields, quote),

    listNotes: (filter: EntityFilter, limit: number) => list("note", filter, limit),

    createNote: (
      fields: Partial<FieldsByType["note"]> & { title: string },
      quote: string | null,
    ): Written<"note"> => write("note", fields, quote),

    updateNote: (
      id: string,
      fields: Partial<FieldsByType["note"]>,
      quote: string | null,
    ): Written<"note"> => update("note", id, fields, quote),

    search(text: string, limit: number): Staged<EntityType>[] {
      const found = ENTITY_TYPES.flatMap((type): Staged<EntityType>[] =>
        list(type, { text }, limit),
      );
      return found.slice(0, limit);
    },

    /** What the job wants by now. */
    changeSet: () => toChangeSet([...staged.values()], job.text),
  };
}

export type JobWorkspace = ReturnType<typeof openWorkspace>;

function refused(reason: string): Refusal {
  return { outcome: "refused", reason };
}

function deletedByUser(type: EntityType, title: string): Refusal {
  return refused(`The user deleted the ${type} ${JSON.stringify(title)}; it is not made again.`);
}

/** A create says that a thing is there, not that it is open again: what is closed stays closed. */
function withoutReopening<T extends EntityType>(
  { fields: { status } }: Staged<T>,
  said: Partial<FieldsByType[T]>,
): Partial<FieldsByType[T]> {
  const isReopened = said.status === "open" && status !== "open";
  return isReopened ? { ...said, status: undefined } : said;
}

function dueOf(fields: object): string | null {
  return "due_date" in fields && typeof fields.due_date === "string" ? fields.due_date : null;
}

function projectOf(fields: object): string | null {
  return "project_id" in fields && typeof fields.project_id === "string" ? fields.project_id : null;
}

function namesOf<Fields extends object>(fields: Fields): (keyof Fields)[] {
  return (Object.keys(fields) as (keyof Fields)[]).filter((name) => fields[name] !== undefined);
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
