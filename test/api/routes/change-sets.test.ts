import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

test.each([
  ["GET", "/api/change-sets"],
  ["POST", "/api/change-sets/change_1/approve"],
  ["POST", "/api/change-sets/change_1/reject"],
])("%s %s says that it is not there yet", async (method, path) => {
  await using door = await openDoor();
  const { status, headers, body } = await door.send(method, path);
  expect([status, body.code]).toEqual([501, "not_yet"]);
  expect(headers.get("content-type")).toContain("application/problem+json");
});
