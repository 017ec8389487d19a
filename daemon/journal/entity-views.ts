import { sql } from "kysely";
import type { Page } from "../protocol/api.ts";
import type { Entity, EntityType, Source } from "../protocol/entity.ts";
import { fromCursor, toPage } from "./cursor.ts";
import {
  ENTITY_TABLES,
  type EntityRow,
  FIELD_NAMES,
  findAlive,
  readEntity,
  type StoredEntity,
} from "./entities.ts";
import type { Journal } from "./open.ts";
import { listSources } from "./sources.ts";

/** Entities that are not deleted, newest first. A filter on a field that the type lacks matches nothing. */
export function listEntityViews<T extends EntityType>(
  journal: Journal,
  type: T,
  query: {
    limit: number;
    cursor?: string | undefined;
    status?: string | undefined;
    project_id?: string | undefined;
    file_id?: string | undefined;
    in_file?: boolean | undefined;
  },
): Page<Entity<T>> {
  const conditions = [sql`deleted_at IS NULL`];
  for (const name of ["status", "project_id"] as const) {
    const wanted = query[name];
    if (wanted === undefined) continue;
    const known = FIELD_NAMES[type].includes(name);
    conditions.push(known ? sql`${sql.ref(name)} = ${wanted}` : sql`0`);
  }
  if (query.file_id !== undefined) {
    conditions.push(sql`id IN (SELECT entity_id FROM sources WHERE file_id = ${query.file_id})`);
  }
  if (query.in_file !== undefined) {
    // From the index of dropped sources: they are few among all.
    const dropped = sql`(SELECT entity_id FROM sources AS lost INDEXED BY sources_dropped
      WHERE dropped_by IS NOT NULL AND entity_type = ${type} AND NOT EXISTS (
        SELECT 1 FROM sources AS other WHERE other.entity_id = lost.entity_id AND other.dropped_by IS NULL))`;
    conditions.push(query.in_file ? sql`id NOT IN ${dropped}` : sql`id IN ${dropped}`);
  }
  if (query.cursor !== undefined) conditions.push(sql`seq < ${fromCursor(query.cursor)}`);
  const entities = journal
    .all(
      sql<EntityRow>`SELECT * FROM ${sql.table(ENTITY_TABLES[type])}
        WHERE ${sql.join(conditions, sql` AND `)} ORDER BY seq DESC LIMIT ${query.limit + 1}`,
    )
    .map((row) => readEntity(type, row));
  const sources = listSources(
    journal,
    entities.map((entity) => entity.id),
  );
  return toPage(
    entities,
    query.limit,
    (entity) => entity.seq,
    (entity) => toView(entity, sources.get(entity.id) ?? []),
  );
}

/** One entity; undefined if it is deleted or never existed. */
export function findEntityView<T extends EntityType>(
  journal: Journal,
  type: T,
  id: string,
): Entity<T> | undefined {
  const entity = findAlive(journal, type, id);
  return entity && toView(entity, listSources(journal, [id]).get(id) ?? []);
}

/** An entity as the API shows it. */
export function toView<T extends EntityType>(
  entity: StoredEntity<T>,
  sources: Source[],
): Entity<T> {
  const common = {
    id: entity.id,
    created_at: entity.created_at,
    updated_at: entity.updated_at,
    created_by: entity.created_by,
    user_edited: entity.user_edited,
    sources,
    in_file: sources.length === 0 || sources.some(({ current }) => current),
  };
  return Object.assign(common, entity.fields);
}
