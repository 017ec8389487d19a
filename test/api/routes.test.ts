import { afterAll, expect, test } from "vitest";
import { openServer } from "../helper/open-server.ts";
import { readRoutes } from "../helper/read-routes.ts";

const OPEN = ["GET /api/health", "HEAD /api/health", "POST /api/session"];
const routes = await readRoutes();
const server = await openServer();
const authorization = `Bearer ${server.token}`;
afterAll(() => server[Symbol.asyncDispose]());

function toTarget(route: string): [method: string, path: string] {
  const [method = "", path = ""] = route.replace(/:\w+/, "any").split(" ");
  return [method, path];
}

async function ask(
  route: string,
  headers: Record<string, string>,
): Promise<{ status: number; text: string; allowed: string | null }> {
  const [method, path] = toTarget(route);
  const answer = await fetch(server.url + path, { method, headers });
  const allowed = answer.headers.get("access-control-allow-origin");
  return { status: answer.status, text: await answer.text(), allowed };
}

test("the routes are these", () => {
  expect(routes.filter((route) => !route.startsWith("HEAD ")).toSorted()).toMatchInlineSnapshot(`
    [
      "DELETE /api/drafts/:draft_id",
      "DELETE /api/notes/:id",
      "DELETE /api/projects/:id",
      "DELETE /api/tasks/:id",
      "GET /api/activity",
      "GET /api/agents",
      "GET /api/agents/:agent_id",
      "GET /api/agents/:agent_id/estimate",
      "GET /api/change-sets",
      "GET /api/config",
      "GET /api/directories",
      "GET /api/drafts",
      "GET /api/events",
      "GET /api/explain/:id",
      "GET /api/files",
      "GET /api/files/:file_id",
      "GET /api/health",
      "GET /api/models",
      "GET /api/notes",
      "GET /api/notes/:id",
      "GET /api/openapi.json",
      "GET /api/preferences",
      "GET /api/projects",
      "GET /api/projects/:id",
      "GET /api/runs",
      "GET /api/runs/:run_id",
      "GET /api/runs/:run_id/changes",
      "GET /api/search",
      "GET /api/sent",
      "GET /api/status",
      "GET /api/tasks",
      "GET /api/tasks/:id",
      "GET /api/usage",
      "GET /api/verify",
      "PATCH /api/notes/:id",
      "PATCH /api/preferences",
      "PATCH /api/projects/:id",
      "PATCH /api/tasks/:id",
      "POST /api/agents/:agent_id/confirm",
      "POST /api/agents/:agent_id/test",
      "POST /api/agents/:agent_id/trigger",
      "POST /api/agents/trigger",
      "POST /api/backup",
      "POST /api/change-sets/:change_set_id/approve",
      "POST /api/change-sets/:change_set_id/reject",
      "POST /api/config/check",
      "POST /api/files/:file_id/forget",
      "POST /api/files/:file_id/retry",
      "POST /api/notes",
      "POST /api/pause",
      "POST /api/projects",
      "POST /api/resume",
      "POST /api/runs/:run_id/cancel",
      "POST /api/runs/:run_id/undo",
      "POST /api/session",
      "POST /api/session-codes",
      "POST /api/stop",
      "POST /api/tasks",
      "POST /api/undo",
      "PUT /api/config",
      "PUT /api/drafts/:draft_id",
    ]
  `);
});

test.each(routes.filter((route) => !OPEN.includes(route)))(
  "%s does nothing without the token, and says the same whatever it got instead",
  async (route) => {
    const attempts: Record<string, string>[] = [
      {},
      { authorization: "" },
      { authorization: "Bearer wrong" },
      { authorization: authorization.slice(0, -1) },
      { authorization: server.token },
      { cookie: `token=${server.token}`, "x-api-key": server.token },
    ];
    const answers = await Promise.all(attempts.map((headers) => ask(route, headers)));
    const query = `?token=${server.token}&access_token=${server.token}`;
    answers.push(await ask(route + query, {}));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  },
);

test.each(routes)(
  "%s does nothing for a page of another site that has the token",
  async (route) => {
    const pages: Record<string, string>[] = [
      { origin: "http://localhost:3000" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of pages) {
      const { status, allowed } = await ask(route, { ...headers, authorization });
      expect([status, allowed]).toEqual([403, null]);
    }
  },
);

test.each(routes)("%s does nothing under another name for who has the token", async (route) => {
  const [method, path] = toTarget(route);
  const head = [
    `${method} ${path} HTTP/1.1`,
    "Host: evil.example",
    `Authorization: ${authorization}`,
  ];
  const answer = await server.sendRaw([...head, "Connection: close", "", ""].join("\r\n"));
  expect(answer).toMatch(/^HTTP\/1\.1 421 /);
});

test("none of those requests reached the daemon", () => {
  expect(server.asked).toEqual([]);
});
