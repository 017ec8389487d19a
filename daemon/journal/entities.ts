import { sql } from "kysely";
import {
  ENTITY_DEFAULTS,
  type EntityType,
  type FieldsByType,
  noteFields,
  projectFields,
  taskFields,
} from "../protocol/entity.ts";
import type { Journal } from "./open.ts";

/** The table of each type of entity. */
export const ENTITY_TABLES = { project: "projects", task: "tasks", note: "notes" } as const;

/** The field of each type of entity that holds a text. */
export const TEXT_FIELDS = {
  project: "description",
  task: "description",
  note: "body",
} as const satisfies { [T in EntityType]: keyof FieldsByType[T] };

/** The names of the fields that people and models write. */
export const FIELD_NAMES: Record<EntityType, readonly string[]> = {
  project: Object.keys(projectFields.shape),
  task: Object.keys(taskFields.shape),
  note: Object.keys(noteFields.shape),
};

/** An entity as it is stored, tombstones included. */
export interface StoredEntity<T extends EntityType> {
  seq: number;
  id: string;
  fields: FieldsByType[T];
  created_at: string;
  updated_at: string;
  created_by: string;
  user_edited: string[];
  deleted_at: string | null;
  deleted_by: "user" | "undo" | null;
}

/** Any row of the three tables. */
export type EntityRow = Record<string, string | number | null>;

/** A title or name without case, width and spacing. Two titles are the same if their keys are equal. */
export function entityKey(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll(/\s+/gu, "");
}

/** The title of any entity; a project's is its name. */
export function titleOf(type: EntityType, fields: Partial<FieldsByType[EntityType]>): string {
  const title =
    type === "project" && "name" in fields ? fields.name : "title" in fields ? fields.title : "";
  return title ?? "";
}

/** The entity of this id, or its tombstone; undefined if it never existed or is of another type. */
export function findEntity<T extends EntityType>(
  journal: Journal,
  type: T,
  id: string,
): StoredEntity<T> | undefined {
  const row = journal.get(
    sql<EntityRow>`SELECT * FROM ${sql.table(ENTITY_TABLES[type])} WHERE id = ${id}`,
  );
  return row && readEntity(type, row);
}

/** The entity of this id; undefined if it is deleted, never existed or is of another type. */
export function findAlive<T extends EntityType>(
  journal: Journal,
  type: T,
  id: string,
): StoredEntity<T> | undefined {
  const stored = findEntity(journal, type, id);
  return stored?.deleted_at === null ? stored : undefined;
}

/** The active project with this name (case, width and spacing aside), or undefined. */
export function findActiveProject(
  journal: Journal,
  name: string,
): StoredEntity<"project"> | undefined {
  const row = journal.get(
    sql<EntityRow>`SELECT * FROM projects
      WHERE name_key = ${entityKey(name)} AND status = 'active' AND deleted_at IS NULL`,
  );
  return row && readEntity("project", row);
}

/** Which entities to list. Every property that is given must match. */
export interface EntityFilter {
  status?: string | undefined;
  /** Only for tasks and notes. */
  project_id?: string | undefined;
  /** Words that must all occur in the title. */
  text?: string | undefined;
}

// Where nearly all are hidden, a longer search would hold everything else up.
const MOST_PAGES = 20;

/**
 * The entities that are not deleted and fit the filter, most recently updated first.
 *
 * @param isHidden leaves out entities by their id; left out: none
 */
export function listAlive<T extends EntityType>(
  journal: Journal,
  type: T,
  filter: EntityFilter,
  limit: number,
  isHidden?: (id: string) => boolean,
): StoredEntity<T>[] {
  const conditions = [sql`deleted_at IS NULL`];
  if (filter.status !== undefined) conditions.push(sql`status = ${filter.status}`);
  if (filter.project_id !== undefined) conditions.push(sql`project_id = ${filter.project_id}`);
  const titleKey = sql.ref(type === "project" ? "name_key" : "title_key");
  for (const word of filter.text?.split(/\s+/u) ?? []) {
    conditions.push(sql`instr(${titleKey}, ${entityKey(word)}) > 0`);
  }
  const page = (offset: number): EntityRow[] =>
    journal.all(
      sql<EntityRow>`SELECT * FROM ${sql.table(ENTITY_TABLES[type])}
        WHERE ${sql.join(conditions, sql` AND `)}
        ORDER BY updated_at DESC, seq DESC LIMIT ${limit} OFFSET ${offset}`,
    );
  const listed: StoredEntity<T>[] = [];
  for (let offset = 0; listed.length < limit && offset < limit * MOST_PAGES; offset += limit) {
    const rows = page(offset);
    const found = rows.map((row) => readEntity(type, row));
    listed.push(...found.filter(({ id }) => isHidden?.(id) !== true));
    if (rows.length < limit) break;
  }
  return listed.slice(0, limit);
}

/** The ids of the tasks, or notes, of a project that are not deleted. */
export function listMembers(journal: Journal, type: "task" | "note", projectId: string): string[] {
  return journal
    .all(
      sql<{ id: string }>`SELECT id FROM ${sql.table(ENTITY_TABLES[type])}
        WHERE project_id = ${projectId} AND deleted_at IS NULL`,
    )
    .map(({ id }) => id);
}

/** The entities that have any of these files as a source, tombstones included, oldest first. */
export function listEntitiesOfFiles<T extends EntityType>(
  journal: Journal,
  type: T,
  fileIds: readonly string[],
): StoredEntity<T>[] {
  return journal
    .all(
      sql<EntityRow>`SELECT * FROM ${sql.table(ENTITY_TABLES[type])} WHERE id IN (
        SELECT entity_id FROM sources
        WHERE file_id IN (SELECT value FROM json_each(${JSON.stringify(fileIds)}))
      ) ORDER BY seq`,
    )
    .map((row) => readEntity(type, row));
}

/** Every title that agents gave to each of these entities, oldest first; a project's is its name. */
export function listGivenTitles(
  journal: Journal,
  entityIds: readonly string[],
): Map<string, string[]> {
  const ofAgents = sql`actor <> 'user' AND (state = 'applied' OR state = 'undone' AND op = 'create')
    AND entity_id IN (SELECT value FROM json_each(${JSON.stringify(entityIds)}))`;
  const rows = journal.all(
    sql<{ entity_id: string; title: string }>`
      SELECT entity_id, coalesce(fields ->> '$.title', fields ->> '$.name') AS title FROM (
        SELECT seq, entity_id, after AS fields FROM changes WHERE ${ofAgents}
        UNION ALL SELECT seq, entity_id, confirmed FROM changes WHERE ${ofAgents}
      ) WHERE title IS NOT NULL ORDER BY seq`,
  );
  const titles = Map.groupBy(rows, (row) => row.entity_id);
  return new Map([...titles].map(([id, given]) => [id, given.map(({ title }) => title)]));
}

/** Adds an entity. Fields that are left out get their defaults. */
export function insertEntity<T extends EntityType>(
  journal: Journal,
  type: T,
  entity: {
    id: string;
    fields: Partial<FieldsByType[T]>;
    created_by: string;
    user_edited: string[];
  },
  now: string,
): void {
  const row: EntityRow = {
    id: entity.id,
    ...toColumns({ ...ENTITY_DEFAULTS[type], ...entity.fields }),
    created_at: now,
    updated_at: now,
    created_by: entity.created_by,
    user_edited: JSON.stringify(entity.user_edited),
  };
  const columns = Object.keys(row);
  journal.run(
    sql`INSERT INTO ${sql.table(ENTITY_TABLES[type])} (${sql.join(columns.map((name) => sql.ref(name)))})
      VALUES (${sql.join(columns.map((name) => row[name]))})`,
  );
}

/** Sets fields of an entity. `userEdited` replaces the list of fields that the user edited. */
export function updateEntity<T extends EntityType>(
  journal: Journal,
  type: T,
  id: string,
  fields: Partial<FieldsByType[T]>,
  now: string,
  userEdited?: readonly string[],
): void {
  const row: EntityRow = { ...toColumns(fields), updated_at: now };
  if (userEdited !== undefined) row["user_edited"] = JSON.stringify(userEdited);
  const assignments = Object.entries(row).map(([name, value]) => sql`${sql.ref(name)} = ${value}`);
  journal.run(
    sql`UPDATE ${sql.table(ENTITY_TABLES[type])} SET ${sql.join(assignments)} WHERE id = ${id}`,
  );
}

/** Turns an entity into a tombstone, so that it is not created again. */
export function deleteEntity(
  journal: Journal,
  type: EntityType,
  id: string,
  by: "user" | "undo",
  now: string,
): void {
  journal.run(
    sql`UPDATE ${sql.table(ENTITY_TABLES[type])}
      SET deleted_at = ${now}, deleted_by = ${by}, updated_at = ${now} WHERE id = ${id}`,
  );
}

/** Turns the tombstone that an undo left into an entity again. */
export function reviveEntity(journal: Journal, type: EntityType, id: string, now: string): void {
  journal.run(
    sql`UPDATE ${sql.table(ENTITY_TABLES[type])}
      SET deleted_at = NULL, deleted_by = NULL, updated_at = ${now} WHERE id = ${id}`,
  );
}

/** A row as an entity: lists are parsed, the columns for lookups are left out. */
export function readEntity<T extends EntityType>(type: T, row: EntityRow): StoredEntity<T> {
  const fields: Record<string, unknown> = {};
  for (const name of FIELD_NAMES[type]) {
    fields[name] = name === "tags" ? JSON.parse(String(row[name])) : row[name];
  }
  return {
    seq: Number(row["seq"]),
    id: String(row["id"]),
    fields: fields as FieldsByType[T],
    created_at: String(row["created_at"]),
    updated_at: String(row["updated_at"]),
    created_by: String(row["created_by"]),
    user_edited: JSON.parse(String(row["user_edited"])) as string[],
    deleted_at: row["deleted_at"] as string | null,
    deleted_by: row["deleted_by"] as "user" | "undo" | null,
  };
}

function toColumns(fields: object): EntityRow {
  const row: EntityRow = {};
  for (const [name, value] of Object.entries(fields)) {
    row[name] = name === "tags" ? JSON.stringify(value) : (value as string | null);
    if (name === "name" || name === "title") row[`${name}_key`] = entityKey(String(value));
  }
  return row;
}
