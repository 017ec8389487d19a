import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

const exchange = (url: string, code: unknown): Promise<Response> =>
  fetch(`${url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });

test("a code is exchanged for the token, once", async () => {
  await using door = await openDoor();
  const { status, body } = await door.send("POST", "/api/session-codes");
  expect(status).toBe(201);

  const first = await exchange(door.url, body.code);
  expect([first.status, await first.json()]).toEqual([200, { token: door.token }]);

  const second = await exchange(door.url, body.code);
  expect(second.status).toBe(401);
  expect(second.headers.get("www-authenticate")).toBe("Bearer");
  expect(await second.text()).not.toContain(door.token);
});

test("a code that is a minute old is worth nothing", async () => {
  await using door = await openDoor();
  const { body } = await door.send("POST", "/api/session-codes");
  await door.clock.advance(60_000);
  expect((await exchange(door.url, body.code)).status).toBe(401);
});

test.each([[undefined], [7], [["a"]]])("a code that is %j is refused", async (code) => {
  await using door = await openDoor();
  expect((await exchange(door.url, code)).status).toBe(400);
});
