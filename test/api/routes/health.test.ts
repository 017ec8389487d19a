import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

test("health says that it is up, and its version, to anybody", async () => {
  await using door = await openDoor();
  const answer = await fetch(`${door.url}/api/health`);
  expect([answer.status, await answer.json()]).toEqual([200, { status: "ok", version: "1.2.3" }]);
});

test("health proves that it knows the token without showing it", async () => {
  await using door = await openDoor();
  const answer = await fetch(`${door.url}/api/health?nonce=once`);
  const proof = createHmac("sha256", door.token).update("once").digest("hex");
  expect(await answer.json()).toEqual({ status: "ok", version: "1.2.3", proof });
});

test.each(["?nonce=", `?nonce=${"x".repeat(201)}`, "?nonce=1&nonce=2", "?other=1"])(
  "health refuses %.20s",
  async (query) => {
    await using door = await openDoor();
    const { status, body } = await door.send("GET", `/api/health${query}`);
    expect([status, body.code]).toEqual([400, "invalid_request"]);
  },
);
