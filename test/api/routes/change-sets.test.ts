import { expect, test } from "vitest";
import { openServer } from "../../helper/open-server.ts";

test.each([
  ["GET", "/api/change-sets"],
  ["POST", "/api/change-sets/change_1/approve"],
  ["POST", "/api/change-sets/change_1/reject"],
])("%s %s says that it is not there yet", async (method, path) => {
  await using server = await openServer();
  const { status, headers, body } = await server.send(method, path);
  expect([status, body.code]).toEqual([501, "not_yet"]);
  expect(headers.get("content-type")).toContain("application/problem+json");
});
