import { STATUS_CODES } from "node:http";
import type { RouteOptions } from "fastify";
import { z } from "zod";
import { type ErrorCode, RunnerError } from "../core/errors.ts";
import { problemSchema } from "../protocol/problem.ts";
import { needsToken } from "./guard.ts";
import { type Operation, TAGS } from "./operation.ts";

type Json = Record<string, unknown>;
type Io = "input" | "output";

interface JsonObject {
  properties?: Record<string, Json>;
  required?: string[];
}

/** The parts of a route that describe it. */
export type DescribedRoute = Pick<RouteOptions, "method" | "url" | "schema">;

// The parts of OpenAPI that all routes share.
const JSON_TYPE = "application/json";
const STREAM = "text/event-stream";
const PROBLEM = "application/problem+json";
const TOKEN = "token";
const COMMON: readonly ErrorCode[] = ["origin_refused", "user_refused", "host_refused", "internal"];

/** The routes as an OpenAPI 3.1 document, made from the schemas of their requests and answers. */
export function describeRoutes(routes: readonly DescribedRoute[], version: string): Json {
  const components: Record<string, Json> = {};
  const convert = (schema: z.ZodType, io: Io): Json => toJsonSchema(schema, io, components);
  convert(problemSchema, "output");
  const paths: Record<string, Json> = {};
  for (const { method, url, schema } of routes) {
    if (schema === undefined || method === "HEAD") continue;
    const path = url.replaceAll(/:(\w+)/g, "{$1}");
    const operation = describeOperation(schema, url, String(method), convert);
    paths[path] = { ...paths[path], [String(method).toLowerCase()]: operation };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Agent Runner",
      version,
      description:
        "The daemon on this machine, at the address in daemon.json. Instants are ISO 8601 UTC, ids opaque. Lists are `{items, next_cursor}`, PATCH is a merge patch (RFC 7396).",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "The server of this document." }],
    security: [{ [TOKEN]: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        [TOKEN]: {
          type: "http",
          scheme: "bearer",
          description: "`token` of daemon.json; new at every start of the daemon.",
        },
      },
    },
  };
}

function describeOperation(
  schema: NonNullable<RouteOptions["schema"]>,
  url: string,
  method: string,
  convert: (schema: z.ZodType, io: Io) => Json,
): Json {
  const { id, tag, summary, example, stream } = schema.about;
  const parameters = [
    ...toParameters("path", schema.params, convert),
    ...toParameters("query", schema.querystring, convert),
    ...toParameters("header", schema.headers, convert),
  ];
  const isOpen = !needsToken(method, url);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(isOpen ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(schema.body instanceof z.ZodType
      ? {
          requestBody: {
            // A body that is left out counts as an empty object.
            required: !schema.body.safeParse({}).success,
            content: {
              "application/json": {
                schema: convert(schema.body, "input"),
                ...(example === undefined ? {} : { example }),
              },
            },
          },
        }
      : {}),
    responses: {
      ...(stream === undefined ? {} : { 200: describeAnswer("200", stream, convert, STREAM) }),
      ...Object.fromEntries(
        Object.entries(schema.response ?? {}).map(([status, answer]) => [
          status,
          describeAnswer(status, answer, convert),
        ]),
      ),
      ...describeProblems(codesOf(schema, isOpen)),
    },
  };
}

function describeAnswer(
  status: string,
  answer: unknown,
  convert: (schema: z.ZodType, io: Io) => Json,
  mediaType = JSON_TYPE,
): Json {
  const description = STATUS_CODES[status] ?? status;
  if (!(answer instanceof z.ZodType) || answer instanceof z.ZodUndefined) return { description };
  return {
    description,
    content: { [mediaType]: { schema: convert(answer, "output") } },
  };
}

/** Every error code of a route, with the codes of all routes. */
function codesOf(schema: NonNullable<RouteOptions["schema"]>, isOpen: boolean): ErrorCode[] {
  const takesInput = [schema.params, schema.querystring, schema.headers, schema.body].some(
    (part) => part !== undefined,
  );
  const { codes = [] }: Operation = schema.about;
  return [
    ...COMMON,
    ...(isOpen ? [] : (["unauthorized", "journal_unwritable"] as const)),
    ...(takesInput ? (["invalid_request"] as const) : []),
    // For a part of the path that is longer than any id.
    ...(schema.params === undefined ? [] : (["not_found"] as const)),
    ...(schema.body === undefined ? [] : (["body_too_large", "media_type_unsupported"] as const)),
    ...codes,
  ];
}

function describeProblems(codes: readonly ErrorCode[]): Record<string, Json> {
  const byStatus = Map.groupBy(new Set(codes), (code) => new RunnerError(code, "").status);
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([one], [other]) => one - other)
      .map(([status, ofStatus]) => [
        String(status),
        {
          description: ofStatus.map((code) => `\`${code}\``).join(", "),
          content: {
            [PROBLEM]: {
              schema: {
                allOf: [
                  { $ref: "#/components/schemas/Problem" },
                  { properties: { code: { enum: ofStatus, description: "Which of these." } } },
                ],
              },
            },
          },
        },
      ]),
  );
}

function toParameters(
  place: "path" | "query" | "header",
  schema: unknown,
  convert: (schema: z.ZodType, io: Io) => Json,
): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const { properties = {}, required = [] } = convert(schema, "input") as JsonObject;
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    description,
    schema: rest,
  }));
}

/** A schema in JSON Schema 2020-12; named ones become components, and references to them. */
function toJsonSchema(schema: z.ZodType, io: Io, components: Record<string, Json>): Json {
  const {
    $schema: _dialect,
    $defs = {},
    ...json
  } = z.toJSONSchema(schema, {
    io,
    override({ jsonSchema, zodSchema }) {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.format) delete jsonSchema.pattern;
      delete jsonSchema.propertyNames;
      // A later version may add fields to an answer, but a request has exactly these.
      if (io === "output" && !isStrict(zodSchema)) delete jsonSchema.additionalProperties;
    },
  });
  const id = z.globalRegistry.get(schema)?.id;
  for (const [name, part] of Object.entries($defs)) components[name] ??= toReferences(part);
  if (id === undefined) return toReferences(json);
  components[id] ??= toReferences(json);
  return { $ref: `#/components/schemas/${id}` };
}

function isStrict(schema: z.core.$ZodTypes): boolean {
  return schema._zod.def.type !== "object" || schema._zod.def.catchall !== undefined;
}

function toReferences(part: unknown): Json {
  const text = JSON.stringify(part).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(text) as Json;
}
