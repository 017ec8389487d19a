import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, expect, test } from "vitest";
import { CODES } from "../../daemon/core/errors.ts";
import { openServer } from "../helper/open-server.ts";
import { type Openapi, operationsOf, type Schema, schemaCompiler } from "../helper/openapi.ts";
import { readRoutes } from "../helper/read-routes.ts";

const server = await openServer();
afterAll(() => server[Symbol.asyncDispose]());
const document: Openapi = (await server.send("GET", "/api/openapi.json")).body;
const operations = operationsOf(document);
const compile = schemaCompiler(document);

/** Calls `visit` with every field of a schema and of those below it; named schemas are visited by themselves. */
function visitFields(schema: Schema, at: string, visit: (field: Schema, at: string) => void): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    visit(field, `${at}.${name}`);
    visitFields(field, `${at}.${name}`, visit);
  }
  const { items, additionalProperties, anyOf = [], allOf = [], oneOf = [] } = schema;
  for (const part of [items, additionalProperties, ...anyOf, ...allOf, ...oneOf]) {
    if (typeof part === "object") visitFields(part, at, visit);
  }
}

/** Every schema of the document, with where it stands. */
function allSchemas(): [at: string, schema: Schema][] {
  const named = Object.entries(document.components.schemas);
  const bodies = operations.flatMap(({ operationId, requestBody, responses }) =>
    [requestBody, ...Object.values(responses)].flatMap((place) =>
      Object.values(place?.content ?? {}).map(({ schema }): [string, Schema] => [
        operationId,
        schema,
      ]),
    ),
  );
  return [...named, ...bodies];
}

test("the API's description is right by OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate({ ...document });
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test("every route is in it, and nothing that is no route", async () => {
  const routes = (await readRoutes()).filter((route) => !route.startsWith("HEAD "));
  const described = operations.map(
    ({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
  );
  expect(described.toSorted()).toEqual(routes.toSorted());
});

test("every field and every parameter has a description", () => {
  const bare: string[] = [];
  let seen = 0;
  for (const [at, schema] of allSchemas()) {
    visitFields(schema, at, (field, place) => {
      seen += 1;
      if (!field.description) bare.push(place);
    });
  }
  for (const { operationId, parameters = [] } of operations) {
    for (const { name, description } of parameters)
      if (!description) bare.push(`${operationId} ${name}`);
  }
  expect(bare).toEqual([]);
  expect(seen).toBeGreaterThan(200);
});

test("operation ids are unique, and every operation says what it does", () => {
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(operations.filter(({ summary, tags }) => !summary || tags.length !== 1)).toEqual([]);
});

test("every parameter of a path is described", () => {
  for (const { path, parameters = [] } of operations) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(names);
  }
});

test("all but two operations ask for the token, and say what they answer without it", () => {
  const open = operations.filter(({ security }) => security?.length === 0);
  expect(open.map(({ path }) => path).toSorted()).toEqual(["/api/health", "/api/session"]);
  for (const operation of operations) {
    const refuses = operation.responses["401"] !== undefined;
    expect([operation.path, refuses]).toEqual([operation.path, operation.path !== "/api/health"]);
  }
});

test("a problem names the codes it may have, and each is one of ours", () => {
  const codes = operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap(({ content }) =>
      (content?.["application/problem+json"]?.schema.allOf ?? []).flatMap(
        ({ properties }) => properties?.["code"]?.enum ?? [],
      ),
    ),
  );
  expect(codes.length).toBeGreaterThan(100);
  expect(codes.filter((code) => !Object.hasOwn(CODES, String(code)))).toEqual([]);
});

test("every example fits its schema", () => {
  let examples = 0;
  const check = (schema: Schema, example: unknown): void => {
    const validate = compile(schema);
    validate(example);
    expect(validate.errors ?? []).toEqual([]);
    examples += 1;
  };
  for (const schema of Object.values(document.components.schemas)) {
    for (const example of schema.examples ?? []) check(schema, example);
  }
  for (const { requestBody } of operations) {
    for (const { schema, example } of Object.values(requestBody?.content ?? {})) {
      expect(example).toBeDefined();
      check(schema, example);
    }
  }
  expect(examples).toBeGreaterThan(12);
});
