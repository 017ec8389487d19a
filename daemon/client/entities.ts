import type { z } from "zod";
import {
  ENTITY_PATHS,
  type entitiesQuery,
  type entityBodies,
  entitySchemas,
} from "../protocol/api.ts";
import type { Entity, EntityType } from "../protocol/entity.ts";
import { explainSchema } from "../protocol/explain.ts";
import { searchItem, type searchQuery } from "../protocol/search.ts";
import { type Asking, type Query, toPath } from "./asking.ts";

/** Notes, tasks and projects: a write is the user's own edit. */
export function entityRoutes({ send, list, request }: Asking) {
  return {
    entities: <T extends EntityType>(type: T, query: Query<typeof entitiesQuery> = {}) =>
      list<Entity<T>>(entitySchemas[type], entityPath(type), query),
    entity: <T extends EntityType>(type: T, id: string) =>
      send<Entity<T>>(entitySchemas[type], "GET", entityPath(type, id)),
    createEntity: <T extends EntityType>(
      type: T,
      fields: z.input<(typeof entityBodies)[T]["create"]>,
    ) => send<Entity<T>>(entitySchemas[type], "POST", entityPath(type), fields),
    /** No agent changes these fields again. */
    editEntity: <T extends EntityType>(
      type: T,
      id: string,
      fields: z.input<(typeof entityBodies)[T]["patch"]>,
    ) => send<Entity<T>>(entitySchemas[type], "PATCH", entityPath(type, id), fields),
    async deleteEntity(type: EntityType, id: string): Promise<void> {
      await request("DELETE", entityPath(type, id));
    },
    /** Why an entity of any type is as it is. */
    explain: (id: string) => send(explainSchema, "GET", toPath("/api/explain/", id)),
    /** Everything that contains these words, the best match first. */
    search: (query: Query<typeof searchQuery> & { q: string }) =>
      list(searchItem, "/api/search", query),
  };
}

function entityPath(type: EntityType, id?: string): string {
  const path = `/api/${ENTITY_PATHS[type]}`;
  return id === undefined ? path : toPath(`${path}/`, id);
}
