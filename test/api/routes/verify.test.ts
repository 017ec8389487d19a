import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

test("verify checks all agents, or the one that is named", async () => {
  await using door = await openDoor();
  const { status, body } = await door.send("GET", "/api/verify");
  expect([status, body]).toEqual([200, { complete: true, directories: [] }]);
  await door.send("GET", "/api/verify?agent_id=mail");
  expect(door.calls).toEqual([
    ["verify", undefined],
    ["verify", "mail"],
  ]);
});
