import { z } from "zod";
import {
  ENTITY_PATHS,
  entitiesQuery,
  entityBodies,
  entitySchemas,
  pageSchema,
} from "../../protocol/api.ts";
import { savedDraft } from "../../protocol/draft.ts";
import {
  ENTITY_TYPES,
  type Entity,
  type EntityType,
  type FieldsByType,
} from "../../protocol/entity.ts";
import { findEntityView, listEntityViews } from "../../journal/entity-views.ts";
import type { App, Door } from "../door.ts";
import { notFound } from "../../core/not-found.ts";

const params = z.object({ id: z.string().describe("Its id.") });

const CODES = {
  create: ["project_name_taken"],
  edit: ["entity_not_found", "project_name_taken"],
} as const;

const NEW: Record<EntityType, object> = {
  project: { name: "Roof" },
  task: { title: "Send the offer", due_date: "2026-12-04", tags: ["roof"] },
  note: { title: "What the roofer said", body: "Slate lasts **longer**." },
};
const CHANGE: Record<EntityType, object> = {
  project: { status: "archived" },
  task: { status: "done" },
  note: { project_id: null },
};

/** Projects, tasks and notes: the same five routes for each type. A write is the user's own edit. */
export function entityRoutes(app: App, door: Door): void {
  for (const type of ENTITY_TYPES) {
    const described = describe(type);
    readRoutes(app, door, described);
    createRoute(app, door, described);
    changeRoutes(app, door, described);
  }
}

/** What the routes of a type have in common. */
interface Described {
  type: EntityType;
  path: string;
  /** As operation ids have them: `Task`, `Tasks`. */
  single: string;
  plural: string;
  entity: z.ZodType<Entity<EntityType>>;
  bodies: Record<"create" | "patch", z.ZodType<Partial<FieldsByType[EntityType]>>>;
}

function describe(type: EntityType): Described {
  return {
    type,
    path: `/api/${ENTITY_PATHS[type]}`,
    single: capitalize(type),
    plural: capitalize(ENTITY_PATHS[type]),
    entity: entitySchemas[type],
    bodies: entityBodies[type],
  };
}

function readRoutes(
  app: App,
  { journal }: Door,
  { type, path, single, plural, entity }: Described,
): void {
  app.get(
    path,
    {
      schema: {
        about: {
          id: `list${plural}`,
          tag: "entities",
          summary: `List ${ENTITY_PATHS[type]}, newest first`,
        },
        querystring: entitiesQuery,
        response: { 200: pageSchema(entity) },
      },
    },
    ({ query }) => listEntityViews(journal, type, query),
  );

  app.get(
    `${path}/:id`,
    {
      schema: {
        about: {
          id: `get${single}`,
          tag: "entities",
          summary: `Get one ${type}`,
          codes: ["entity_not_found"],
        },
        params,
        response: { 200: entity },
      },
    },
    ({ params: { id } }) => {
      const found = findEntityView(journal, type, id);
      if (found) return found;
      throw notFound(type, id);
    },
  );
}

function createRoute(
  app: App,
  { control }: Door,
  { type, path, single, entity, bodies }: Described,
): void {
  app.post(
    path,
    {
      schema: {
        about: {
          id: `create${single}`,
          tag: "entities",
          summary: `Create a ${type} as the user`,
          codes: CODES.create,
          example: NEW[type],
        },
        querystring: savedDraft,
        body: bodies.create,
        response: { 201: entity },
      },
    },
    async ({ body, query: { draft_id } }, reply) => {
      const created = control.createEntity(type, body, draft_id);
      return reply.code(201).header("location", `${path}/${created.id}`).send(created);
    },
  );
}

function changeRoutes(
  app: App,
  { control }: Door,
  { type, path, single, entity, bodies }: Described,
): void {
  app.patch(
    `${path}/:id`,
    {
      schema: {
        about: {
          id: `edit${single}`,
          tag: "entities",
          summary: `Edit a ${type}; no agent changes these fields again`,
          codes: CODES.edit,
          example: CHANGE[type],
        },
        params,
        querystring: savedDraft,
        body: bodies.patch,
        response: { 200: entity },
      },
    },
    ({ params: { id }, body, query: { draft_id } }) => control.editEntity(type, id, body, draft_id),
  );

  app.delete(
    `${path}/:id`,
    {
      schema: {
        about: {
          id: `delete${single}`,
          tag: "entities",
          summary: `Delete a ${type}; the same file does not create it again`,
          codes: ["entity_not_found"],
        },
        params,
        response: { 204: z.undefined() },
      },
    },
    async ({ params: { id } }, reply) => {
      control.deleteEntity(type, id);
      return reply.code(204).send();
    },
  );
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
