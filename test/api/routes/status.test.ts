import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

test("status is what the daemon says", async () => {
  await using door = await openDoor();
  const { status, headers, body } = await door.send("GET", "/api/status");
  expect([status, body]).toEqual([200, door.control.status()]);
  expect(headers.get("content-type")).toMatch(/^application\/json/);
});
