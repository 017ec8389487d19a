import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import Database from "better-sqlite3";
import fc, { type Arbitrary } from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyCodePoint } from "../helper/any-text.ts";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { type Openapi, type Operation, operationsOf, schemaCompiler } from "../helper/openapi.ts";
import { arbitraryOf, type Known } from "../helper/schema-arbitrary.ts";

// `FUZZ=1000 npx vitest run test/flow/openapi-fuzz.test.ts` makes an evening of it.
const REQUESTS = Number(process.env["FUZZ"] ?? 12);
const STREAM = "text/event-stream";
const TIMEOUT_MS = 30_000 + REQUESTS * 1_000;

const folder = testFolder({
  "in/a.md": "# Roof\n\n- [ ] Send the offer\n",
  "in/b.md": "# Fence\n\n- [ ] Buy paint\n",
  "in/bad.pdf": "%PDF-1.7 and no more",
});
let daemon: TestDaemon;
let document: Openapi;
let token: string;
let compile: ReturnType<typeof schemaCompiler>;
/** Ids of everything there is, by the names of fields and of parameters. */
let ids: Record<string, string[]>;

beforeAll(async () => {
  daemon = await startTestDaemon(
    folder,
    `agents:\n  - id: test\n    directories: [{ path: ${folder.file("in")}, watch: false }]\n`,
  );
  ({ token } = daemon.daemon);
  await daemon.run("test");
  const { client } = daemon;
  document = (await client.request("GET", "/api/openapi.json")) as Openapi;
  compile = schemaCompiler(document);
  const idsOf = async (list: Promise<{ items: object[] }>, key: string): Promise<string[]> =>
    (await list).items.map((item) => String(Reflect.get(item, key)));
  const tasks = await idsOf(client.entities("task"), "id");
  const notes = await idsOf(client.entities("note"), "id");
  ids = {
    agent_id: ["test"],
    run_id: await idsOf(client.runs(), "run_id"),
    file_id: await idsOf(client.files(), "file_id"),
    id: [...tasks, ...notes],
    project_id: await idsOf(client.entities("project"), "id"),
  };
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

// Nothing here may read or write outside of the folder.
const known: Known = (name) => {
  const places = [
    folder.file("in"),
    folder.file("in/a.md"),
    folder.file("nowhere"),
    "relative",
    "",
    7,
  ];
  if (name === "path") return places;
  if (name === "paths") return [null, [], ...places.map((place) => [place]), "in"];
  if (name === "base_url") return ["http://127.0.0.1:9/v1", "no address", 7];
  if (name === "text") return [`version: 1\n`, "version: [", "model: (hidden 1)", 7];
  return undefined;
};

interface Request {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** Requests to an operation: most of them near to what it takes. */
function requestsTo(operation: Operation & { method: string; path: string }): Arbitrary<Request> {
  const { method, path, parameters = [], requestBody } = operation;
  const values = parameters.map((parameter): Arbitrary<unknown> => {
    const { name, schema, required } = parameter;
    const existing = ids[name] ?? [];
    const some = fc.oneof(
      {
        weight: 3,
        arbitrary: existing.length > 0 ? fc.constantFrom(...existing) : fc.constant("x"),
      },
      { weight: 3, arbitrary: arbitraryOf(schema, known, document) },
      { weight: 1, arbitrary: fc.string({ unit: anyCodePoint }) },
    );
    return required ? some : fc.option(some, { nil: undefined });
  });
  const content = requestBody?.content["application/json"];
  const body: Arbitrary<string | undefined> =
    content === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          {
            weight: 9,
            arbitrary: fc
              .oneof(arbitraryOf(content.schema, known, document), fc.constant(content.example))
              .map((value) => JSON.stringify(value)),
          },
          { weight: 1, arbitrary: fc.constantFrom(undefined, "", "null", "{", "[]", '"\\ud800"') },
        );
  return fc.record({ values: fc.tuple(...values), body }).map(({ values: given, body: sent }) => {
    let target = path;
    const query = new URLSearchParams();
    const headers: Record<string, string> = {};
    for (const [index, { name, in: place }] of parameters.entries()) {
      const value = given[index];
      if (value === undefined) continue;
      const text = typeof value === "string" ? value : JSON.stringify(value);
      // What a URL cannot hold in the place of a segment.
      const segment = /^\.{0,2}$/.test(text) ? "x" : text;
      if (place === "path") target = target.replace(`{${name}}`, () => encodeURIComponent(segment));
      else if (place === "query") query.set(name, text);
      else headers[name] = encodeURIComponent(text);
    }
    if (sent !== undefined) headers["content-type"] = "application/json";
    return {
      method,
      target: query.size > 0 ? `${target}?${query.toString()}` : target,
      headers,
      body: sent,
    };
  });
}

async function send({ method, target, headers, body }: Request, authorized: boolean) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  // Each on its own connection: the server may close an idle one just as it is used again.
  request(
    daemon.daemon.url + target,
    {
      method,
      agent: false,
      headers: { ...headers, ...(authorized ? { authorization: `Bearer ${token}` } : {}) },
    },
    resolve,
  )
    .on("error", reject)
    .end(body);
  const answer = await promise;
  const type = answer.headers["content-type"];
  // A stream has no end; the tests of events look into it.
  const isStream = type?.startsWith(STREAM) === true;
  if (isStream) answer.destroy();
  return { status: answer.statusCode ?? 0, type, text: isStream ? "" : await text(answer) };
}

/** Every row of the journal but those that say nothing: how often somebody asked leaves no trace. */
function readJournal(): string {
  const database = new Database(folder.file("home/agent-runner.db"), { readonly: true });
  try {
    const tables = database
      .prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_index%'",
      )
      .pluck()
      .all() as string[];
    return JSON.stringify(
      tables.map((name) => [name, database.prepare(`SELECT * FROM "${name}"`).all()]),
    );
  } finally {
    database.close();
  }
}

function forEachOperation(
  check: (request: Request, operation: Operation) => Promise<void>,
): Promise<void[]> {
  return Promise.all(
    operationsOf(document).map((operation) =>
      fc.assert(
        fc.asyncProperty(requestsTo(operation), (request) => check(request, operation)),
        { numRuns: REQUESTS },
      ),
    ),
  );
}

test(
  "whatever is sent without the token changes nothing, and is answered as it is described",
  async () => {
    const before = readJournal();
    await forEachOperation(async (request, { security }) => {
      const { status } = await send(request, false);
      const isRight = security === undefined ? status === 401 : status < 500;
      expect([status, isRight]).toEqual([status, true]);
    });
    expect(readJournal()).toBe(before);
  },
  TIMEOUT_MS,
);

/** What of an answer is not as it is described. */
function differencesOf(answer: Awaited<ReturnType<typeof send>>, operation: Operation): unknown[] {
  const { status, type, text: said } = answer;
  const described = operation.responses[status];
  if (status === 500 || described === undefined) return [status, said];
  const [mediaType, content] = Object.entries(described.content ?? {})[0] ?? [];
  if (content === undefined || mediaType === undefined) return said === "" ? [] : [status, said];
  if (mediaType === STREAM && type?.startsWith(STREAM) === true) return [];
  const validate = compile(content.schema);
  const isRight = type?.startsWith(mediaType) === true && validate(JSON.parse(said));
  return isRight ? [] : [status, type, said, validate.errors];
}

test(
  "whatever is sent with it, no answer is a fault of ours, and each is as it is described",
  async () => {
    const statuses = new Set<number>();
    await forEachOperation(async (request, operation) => {
      const answer = await send(request, true);
      statuses.add(answer.status);
      expect(differencesOf(answer, operation)).toEqual([]);
    });
    // Else it would have shown little. Not 204: an undo may have removed first what was to be deleted.
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 202, 400, 404, 409]));
  },
  TIMEOUT_MS,
);
