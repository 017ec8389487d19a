import { expect, test } from "vitest";
import { openServer } from "../helper/open-server.ts";

test.each([
  [
    "GET",
    "/api/runs?limit=501",
    undefined,
    'limit: expected a whole number from 1 to 500, got "501"',
  ],
  ["GET", "/api/runs?limit=0", undefined, 'limit: expected a whole number from 1 to 500, got "0"'],
  ["GET", "/api/runs?limit=", undefined, 'limit: expected a whole number from 1 to 500, got ""'],
  [
    "GET",
    "/api/runs?limit=many",
    undefined,
    'limit: expected a whole number from 1 to 500, got "many"',
  ],
  [
    "GET",
    "/api/files?state=lost",
    undefined,
    'state: expected one of pending, working, done, failed, skipped, gone, got "lost"',
  ],
  ["GET", "/api/files?stat=done", undefined, 'stat: unknown key "stat", did you mean state?'],
  ["GET", "/api/runs?agent_id=a&agent_id=b", undefined, "agent_id: expected a text, got a list"],
  ["POST", "/api/tasks", {}, "title: expected a text of 1 to 300 characters, got nothing"],
  ["POST", "/api/tasks", undefined, "title: expected a text of 1 to 300 characters, got nothing"],
  ["POST", "/api/tasks", [], "the body: expected a mapping, got an empty list"],
  ["PATCH", "/api/tasks/task_1", null, "the body: expected a mapping, got null"],
  [
    "POST",
    "/api/pause",
    { minutes: 1e9 },
    "minutes: expected a number above 0 and of at most 525600, got 1000000000",
  ],
  [
    "POST",
    "/api/tasks",
    { title: "A", tags: Array(21).fill("a") },
    "tags: expected a list of at most 20, got a list",
  ],
  [
    "POST",
    "/api/tasks",
    { title: "A", tags: ["ok", 7] },
    "tags[1]: expected a text of 1 to 60 characters, got 7",
  ],
  [
    "POST",
    "/api/tasks",
    { title: "A", due_date: "tomorrow", colour: 1 },
    'due_date: expected a date (YYYY-MM-DD) or null, got "tomorrow"; colour: unknown key "colour", expected one of title, description, status, priority, due_date, project_id, tags',
  ],
  [
    "POST",
    "/api/agents/trigger",
    { directories: [{ path: "/in", watch: "maybe" }] },
    'directories[0].watch: expected true or false or "poll", got "maybe"',
  ],
  [
    "POST",
    "/api/agents/trigger",
    { directories: [{ path: "/in" }], model: { api_key: ["sk-secret"], apikey: "sk-secret" } },
    'model.api_key: expected a text or null, got a list; model.apikey: unknown key "apikey", did you mean api_key?',
  ],
])("%s %s %j is refused: the field, what was expected and what came", async (...row) => {
  const [method, path, body, detail] = row;
  await using server = await openServer();
  const answer = await server.send(method, path, body);
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect([answer.status, answer.body]).toMatchObject([
    400,
    { code: "invalid_request", detail: `Mistake in the request: ${detail}.` },
  ]);
  expect(server.asked).toEqual([]);
});

test("a long value is cut, and so is a long list of faults", async () => {
  await using server = await openServer();
  const tags = Array.from({ length: 20 }, () => "x".repeat(1000));
  const { body } = await server.send("POST", "/api/tasks", { title: "A", tags });
  expect(body.detail.length).toBeLessThan(1000);
});
