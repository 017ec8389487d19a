import { expect, test } from "vitest";
import { openServer } from "../../helper/open-server.ts";

const exchange = (url: string, code: unknown): Promise<Response> =>
  fetch(`${url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });

test("a code is exchanged for the token, once", async () => {
  await using server = await openServer();
  const { status, body } = await server.send("POST", "/api/session-codes");
  expect(status).toBe(201);

  const first = await exchange(server.url, body.code);
  expect([first.status, await first.json()]).toEqual([200, { token: server.token }]);

  const second = await exchange(server.url, body.code);
  expect(second.status).toBe(401);
  expect(second.headers.get("www-authenticate")).toBe("Bearer");
  expect(await second.text()).not.toContain(server.token);
});

test("a code that is a minute old is worth nothing", async () => {
  await using server = await openServer();
  const { body } = await server.send("POST", "/api/session-codes");
  await server.clock.advance(60_000);
  expect((await exchange(server.url, body.code)).status).toBe(401);
});

test.each([[undefined], [7], [["a"]]])("a code that is %j is refused", async (code) => {
  await using server = await openServer();
  expect((await exchange(server.url, code)).status).toBe(400);
});
