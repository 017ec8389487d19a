import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { chmodSync } from "node:fs";
import { expect, test } from "vitest";
import { doctorFolder, examineFolder, problemsOf } from "./examine.ts";
import type { Diagnosis } from "../../daemon/protocol/diagnosis.ts";

interface Answer {
  status?: number;
  body: unknown;
}

/** A model server that answers these paths; all others are 404. */
async function startServer(answers: Readonly<Record<string, Answer>>) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    const { status = 200, body } = answers[request.url ?? ""] ?? { status: 404, body: {} };
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const models = (...ids: string[]): Answer => ({ body: { data: ids.map((id) => ({ id })) } });

/** What the doctor says of this model section. */
async function examineModel(model: object, more = ""): Promise<Diagnosis> {
  using folder = doctorFolder();
  const section = JSON.stringify({ provider: "openai", name: "tiny", api_key: null, ...model });
  folder.write(
    "home/config.yaml",
    `server: { port: 0 }\nmodel: ${section}\nagents: [{ id: a, directories: [{ path: "${folder.file("in")}" }] }]\n${more}`,
  );
  chmodSync(folder.file("home/config.yaml"), 0o600);
  return await examineFolder(folder);
}

const ollama = (change: object): Record<string, Answer> => ({
  "/v1/models": models("tiny:latest"),
  "/api/tags": {
    body: { models: [{ name: "tiny:latest", capabilities: ["completion", "tools"], ...change }] },
  },
  "/api/ps": { body: { models: [] } },
  "/api/show": { body: { parameters: "num_ctx 32768" } },
});

test("a model that is there and calls tools is told with its window, and asked nothing that costs", async () => {
  await using server = await startServer(ollama({}));
  const diagnosis = await examineModel({ base_url: server.url });
  expect(problemsOf(diagnosis)).toEqual([]);
  expect(diagnosis.findings).toContainEqual(
    expect.objectContaining({
      check: "model",
      message: expect.stringMatching(
        /^a: tiny answers at http:\S+, with a context window of 32768 tokens\.$/u,
      ),
    }),
  );
  expect(server.asked.some(({ url }) => /completions|responses|generate/u.test(url ?? ""))).toBe(
    false,
  );
});

test.each<[string, Record<string, Answer>, string[]]>([
  [
    "refuses the key",
    { "/v1/models": { status: 401, body: { error: { message: "Incorrect API key provided" } } } },
    ["model key_refused"],
  ],
  [
    "does not have the model",
    { "/v1/models": models("tinny", "other") },
    ["model model_not_found"],
  ],
  [
    "has a model that calls no tools",
    {
      ...ollama({}),
      "/api/tags": { body: { models: [{ name: "tiny:latest", capabilities: ["completion"] }] } },
      "/api/show": { body: { capabilities: ["completion"] } },
    },
    ["model no_tool_calling"],
  ],
  [
    "gives the model a small window",
    {
      ...ollama({}),
      "/api/ps": { body: { models: [{ name: "tiny:latest", context_length: 4096 }] } },
    },
    ["model window_small"],
  ],
  [
    "fails",
    { "/v1/models": { status: 503, body: { error: { message: "loading" } } } },
    ["model endpoint_fault"],
  ],
  ["has no list of models", {}, []],
])("an endpoint that %s", async (_what, answers, problems) => {
  await using server = await startServer(answers);
  const diagnosis = await examineModel({ base_url: server.url });
  expect(problemsOf(diagnosis)).toEqual(problems);
  const told = diagnosis.findings.filter(({ level }) => level !== "ok");
  expect(told.filter(({ hint }) => hint === null)).toEqual([]);
});

test("a mistyped name is answered with the one that was meant", async () => {
  await using server = await startServer({ "/v1/models": models("tinny", "other") });
  const { findings } = await examineModel({ base_url: server.url });
  expect(findings).toContainEqual(
    expect.objectContaining({ hint: expect.stringContaining("Did you mean tinny?") }),
  );
});

test("an endpoint that is not there is told with what to do", async () => {
  const diagnosis = await examineModel({ base_url: "http://127.0.0.1:9/v1" });
  expect(problemsOf(diagnosis)).toEqual(["model endpoint_unreachable"]);
});

test("a cloud model behind a local server is said to be one, and counts as remote", async () => {
  await using server = await startServer(ollama({ remote_host: "https://ollama.com" }));
  const { findings, healthy } = await examineModel({ base_url: server.url });
  expect(healthy).toBe(true);
  expect(findings).toContainEqual(
    expect.objectContaining({ code: "model_in_cloud", level: "note" }),
  );
  expect(findings).toContainEqual(
    expect.objectContaining({
      code: "budget_missing",
      message: expect.stringContaining("the limit is requests_per_day 500"),
    }),
  );
});

test("a limit in dollars with a price that nobody knows is a problem, and with one it is kept", async () => {
  await using server = await startServer(ollama({}));
  const budget = "budget: { usd_per_day: 2 }\n";
  expect(problemsOf(await examineModel({ base_url: server.url }, budget))).toEqual([
    "budget price_unknown",
  ]);
  const price = { input_usd_per_million: 0, output_usd_per_million: 0 };
  expect(problemsOf(await examineModel({ base_url: server.url, price }, budget))).toEqual([]);
});

test("a key goes to its endpoint alone, and stands in no finding", async () => {
  await using server = await startServer({
    "/v1/models": {
      status: 401,
      body: { error: { message: "Incorrect API key: sk-secret-0123456789" } },
    },
  });
  const diagnosis = await examineModel({ base_url: server.url, api_key: "sk-secret-0123456789" });
  expect(server.asked[0]?.headers.authorization).toBe("Bearer sk-secret-0123456789");
  expect(JSON.stringify(diagnosis)).not.toContain("sk-secret");
});
