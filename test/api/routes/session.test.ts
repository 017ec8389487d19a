import { expect, test } from "vitest";
import { type OpenServer, openServer } from "../../helper/open-server.ts";

const exchange = (server: OpenServer, code: unknown): Promise<Response> =>
  server.fetchPage("/api/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });

test("a code is exchanged for the token, once", async () => {
  await using server = await openServer();
  const { status, body } = await server.send("POST", "/api/session-codes");
  expect(status).toBe(201);

  const first = await exchange(server, body.code);
  expect([first.status, await first.json()]).toEqual([200, { token: server.token }]);

  const second = await exchange(server, body.code);
  expect(second.status).toBe(401);
  expect(second.headers.get("www-authenticate")).toBe("Bearer");
  expect(await second.text()).not.toContain(server.token);
});

test("a code that is a minute old is worth nothing", async () => {
  await using server = await openServer();
  const { body } = await server.send("POST", "/api/session-codes");
  await server.clock.advance(60_000);
  expect((await exchange(server, body.code)).status).toBe(401);
});

test.each([[undefined], [7], [["a"]]])("a code that is %j is refused", async (code) => {
  await using server = await openServer();
  expect((await exchange(server, code)).status).toBe(400);
});

test.each(["127.0.0.1", "localhost", "[::1]"])(
  "a code is worth nothing at %s, where another program may have left its page, and stays good",
  async (host) => {
    await using server = await openServer();
    const { port } = new URL(server.url);
    const { body } = await server.send("POST", "/api/session-codes");
    const refused = await fetch(`http://${host}:${port}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: `http://${host}:${port}` },
      body: JSON.stringify({ code: body.code }),
    });
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: "origin_refused" }]);
    const foreign = await server.fetchPage("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json", origin: server.url },
      body: JSON.stringify({ code: body.code }),
    });
    expect(foreign.status).toBe(403);
    expect((await exchange(server, body.code)).status).toBe(200);
  },
);

test("a program, which no page speaks for, exchanges a code at any address of the daemon", async () => {
  await using server = await openServer();
  const { body } = await server.send("POST", "/api/session-codes");
  const answer = await server.send("POST", "/api/session", { code: body.code });
  expect([answer.status, answer.body]).toEqual([200, { token: server.token }]);
});
