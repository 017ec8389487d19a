import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { openServer } from "../../helper/open-server.ts";

test("health says that it is up, and its version, to anybody", async () => {
  await using server = await openServer();
  const answer = await fetch(`${server.url}/api/health`);
  expect([answer.status, await answer.json()]).toEqual([200, { status: "ok", version: "1.2.3" }]);
});

test("health proves that it knows the token without showing it", async () => {
  await using server = await openServer();
  const answer = await fetch(`${server.url}/api/health?nonce=once`);
  const proof = createHmac("sha256", server.token).update("once").digest("hex");
  expect(await answer.json()).toEqual({ status: "ok", version: "1.2.3", proof });
});

test.each(["?nonce=", `?nonce=${"x".repeat(201)}`, "?nonce=1&nonce=2", "?other=1"])(
  "health refuses %.20s",
  async (query) => {
    await using server = await openServer();
    const { status, body } = await server.send("GET", `/api/health${query}`);
    expect([status, body.code]).toEqual([400, "invalid_request"]);
  },
);
