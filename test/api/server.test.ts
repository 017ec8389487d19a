import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { RunnerError } from "../../daemon/core/errors.ts";
import { openDoor } from "../helper/open-door.ts";
import { openServer } from "../helper/open-server.ts";

test("a port that is taken is said by name, with what to do", async () => {
  const squatter = createServer().listen(0, "127.0.0.1");
  await once(squatter, "listening");
  const { port } = squatter.address() as AddressInfo;
  try {
    const start = openServer({ port });
    await expect(start).rejects.toMatchObject({
      code: "port_in_use",
      exit: 2,
      message: expect.stringContaining(`127.0.0.1:${port}`),
      hint: expect.stringContaining("server.port"),
    });
  } finally {
    squatter.close();
  }
});

test("an address that is not this machine's is a fault of the config", async () => {
  const start = openServer({ host: "192.0.2.1" });
  await expect(start).rejects.toMatchObject({ code: "config_invalid" });
  await expect(start).rejects.toBeInstanceOf(RunnerError);
});

test("an IPv6 address stands in brackets in the URL, and is let in by it", async () => {
  await using server = await openServer({ host: "::1" });
  expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
});

test("closing ends what is under way and what comes after", async () => {
  const asked = Promise.withResolvers<void>();
  // The daemon asks it for its models and waits.
  const silent = createHttpServer(() => asked.resolve()).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const model = `provider: openai, base_url: "http://127.0.0.1:${port}/v1", name: m, api_key: null`;
  const door = await openDoor({ yaml: `model: { ${model} }` });
  const underWay = Promise.allSettled([door.send("GET", "/api/models")]);
  await asked.promise;
  await door[Symbol.asyncDispose]();
  await expect(door.send("GET", "/api/status")).rejects.toThrow("fetch failed");
  expect(await underWay).toMatchObject([{ status: "rejected" }]);
  silent.closeAllConnections();
  silent.close();
});

test.each([
  ["text/plain", '{"force":true}'],
  ["application/x-www-form-urlencoded", "force=true"],
  ["multipart/form-data; boundary=x", "--x--"],
  ["nonsense", "{}"],
])("a body of %s is refused", async (contentType, body) => {
  await using server = await openServer();
  const answer = await fetch(`${server.url}/api/agents/inbox/trigger`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.token}`, "content-type": contentType },
    body,
  });
  expect([answer.status, await answer.json()]).toMatchObject([
    415,
    { code: "media_type_unsupported", hint: expect.stringContaining("application/json") },
  ]);
  expect(server.asked).toEqual([]);
});

test("a body of more than a mebibyte is refused", async () => {
  await using server = await openServer();
  const { status, body } = await server.send("POST", "/api/notes", {
    title: "A",
    body: "x".repeat(1024 * 1024),
  });
  expect([status, body.code]).toEqual([413, "body_too_large"]);
});

test.each(["{", "", " ", "{}{}", '{"__proto__":{"admin":true},"title":"A"}', "null", "7"])(
  "%j is no body for a task",
  async (body) => {
    await using server = await openServer();
    const answer = await fetch(`${server.url}/api/tasks`, {
      method: "POST",
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
      body,
    });
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: "invalid_request" }]);
  },
);

test.each([
  ["GET", "/api/nope", "There is no GET /api/nope."],
  ["GET", "/api/status/", "There is no GET /api/status/."],
  ["DELETE", "/api/status", "There is no DELETE /api/status."],
  ["POST", "/api/unheard?token=abc", "There is no POST /api/unheard."],
  ["GET", "/", "There is no GET /."],
])("%s %s is not found", async (method, path, detail) => {
  await using server = await openServer();
  const { status, headers, body } = await server.send(method, path);
  expect([status, body]).toMatchObject([404, { code: "not_found", detail }]);
  expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
});
