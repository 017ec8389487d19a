import { createServer } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { startServer } from "../../daemon/api/server.ts";
import { silentLogger } from "../../daemon/core/logger.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { fakeClock } from "../helper/fake-clock.ts";
import { memoryDoor } from "../helper/memory-door.ts";
import { openDoor } from "../helper/open-door.ts";

const rooms = {
  ...memoryDoor(),
  token: "t",
  logger: silentLogger,
  clock: fakeClock("2026-03-01T08:00:00Z"),
};

test("a port that is taken is said by name, with what to do", async () => {
  const squatter = createServer().listen(0, "127.0.0.1");
  await once(squatter, "listening");
  const address = squatter.address();
  const port = typeof address === "object" && address ? address.port : 0;
  try {
    const start = startServer({ ...rooms, host: "127.0.0.1", port });
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
  const start = startServer({ ...rooms, host: "192.0.2.1", port: 0 });
  await expect(start).rejects.toMatchObject({ code: "config_invalid" });
  await expect(start).rejects.toBeInstanceOf(RunnerError);
});

test("an IPv6 address stands in brackets in the URL, and is let in by it", async () => {
  const server = await startServer({ ...rooms, host: "::1", port: 0 });
  try {
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
  } finally {
    await server.close();
  }
});

test("closing ends what is under way and what comes after", async () => {
  const door = await openDoor();
  const asked = Promise.withResolvers<void>();
  door.control.verify = () => {
    asked.resolve();
    return new Promise(() => {});
  };
  const answers = [door.send("GET", "/api/verify")];
  await asked.promise;
  await door[Symbol.asyncDispose]();
  answers.push(door.send("GET", "/api/status"));
  const settled = await Promise.allSettled(answers);
  expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test.each([
  ["text/plain", '{"force":true}'],
  ["application/x-www-form-urlencoded", "force=true"],
  ["multipart/form-data; boundary=x", "--x--"],
  ["nonsense", "{}"],
])("a body of %s is refused", async (contentType, body) => {
  await using door = await openDoor();
  const answer = await fetch(`${door.url}/api/agents/inbox/trigger`, {
    method: "POST",
    headers: { authorization: `Bearer ${door.token}`, "content-type": contentType },
    body,
  });
  expect([answer.status, await answer.json()]).toMatchObject([
    415,
    { code: "media_type_unsupported", hint: expect.stringContaining("application/json") },
  ]);
  expect(door.calls).toEqual([]);
});

test("a body of more than a mebibyte is refused", async () => {
  await using door = await openDoor();
  const { status, body } = await door.send("POST", "/api/notes", {
    title: "A",
    body: "x".repeat(1024 * 1024),
  });
  expect([status, body.code]).toEqual([413, "body_too_large"]);
});

test.each(["{", "", " ", "{}{}", '{"__proto__":{"admin":true},"title":"A"}', "null", "7"])(
  "%j is no body for a task",
  async (body) => {
    await using door = await openDoor();
    const answer = await fetch(`${door.url}/api/tasks`, {
      method: "POST",
      headers: { authorization: `Bearer ${door.token}`, "content-type": "application/json" },
      body,
    });
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: "invalid_request" }]);
  },
);

test.each([
  ["GET", "/api/nope", "there is no GET /api/nope"],
  ["GET", "/api/status/", "there is no GET /api/status/"],
  ["DELETE", "/api/status", "there is no DELETE /api/status"],
  ["POST", "/api/unheard?token=abc", "there is no POST /api/unheard"],
  ["GET", "/", "there is no GET /"],
])("%s %s is not found", async (method, path, detail) => {
  await using door = await openDoor();
  const { status, headers, body } = await door.send(method, path);
  expect([status, body]).toMatchObject([404, { code: "not_found", detail }]);
  expect(headers.get("content-type")).toMatch(/^application\/problem\+json/);
});
