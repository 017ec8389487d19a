import { z } from "zod";
import { RunnerError } from "../../core/errors.ts";
import {
  ENTITY_PATHS,
  entitiesQuery,
  entityBodies,
  entitySchemas,
  pageSchema,
} from "../../protocol/api.ts";
import {
  ENTITY_TYPES,
  type Entity,
  type EntityType,
  type FieldsByType,
} from "../../protocol/entity.ts";
import type { App, Door } from "../door.ts";

const params = z.object({ id: z.string() });

/** Projects, tasks and notes: the same five routes for each. A write is the user's own edit. */
export function entityRoutes(app: App, door: Door): void {
  for (const type of ENTITY_TYPES) register(app, door, type);
}

function register(app: App, { control, views }: Door, type: EntityType): void {
  const path = `/api/${ENTITY_PATHS[type]}`;
  const entity: z.ZodType<Entity<EntityType>> = entitySchemas[type];
  const {
    create,
    patch,
  }: Record<string, z.ZodType<Partial<FieldsByType[EntityType]>>> = entityBodies[type];

  app.get(
    path,
    { schema: { querystring: entitiesQuery, response: { 200: pageSchema(entity) } } },
    ({ query }) => views.listEntities(type, query),
  );

  app.post(
    path,
    { schema: { body: create, response: { 201: entity } } },
    async ({ body }, reply) => {
      const created = control.createEntity(type, body);
      return reply.code(201).header("location", `${path}/${created.id}`).send(created);
    },
  );

  app.get(
    `${path}/:id`,
    { schema: { params, response: { 200: entity } } },
    ({ params: { id } }) => {
      const found = views.findEntity(type, id);
      if (found) return found;
      throw new RunnerError("entity_not_found", `there is no ${type} ${JSON.stringify(id)}`, {
        hint: `\`npx --no agent-runner ${ENTITY_PATHS[type]}\` lists them.`,
      });
    },
  );

  app.patch(
    `${path}/:id`,
    { schema: { params, body: patch, response: { 200: entity } } },
    ({ params: { id }, body }) => control.editEntity(type, id, body),
  );

  app.delete(
    `${path}/:id`,
    { schema: { params, response: { 204: z.undefined() } } },
    async ({ params: { id } }, reply) => {
      control.deleteEntity(type, id);
      return reply.code(204).send();
    },
  );
}
