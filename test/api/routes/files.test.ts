import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

test("files are listed, narrowed by agent, state and path", async () => {
  await using door = await openDoor();
  const all = await door.send("GET", "/api/files?agent_id=inbox&state=failed&path=/in");
  expect([all.status, all.body]).toEqual([200, { items: door.files, next_cursor: null }]);
  const one = await door.send("GET", `/api/files?path=${encodeURIComponent("/in/b.md")}`);
  expect(one.body.items).toEqual([door.files[1]]);
  const none = await door.send("GET", "/api/files?state=done");
  expect(none.body.items).toEqual([]);
});

test("one file comes with its text and its attempts", async () => {
  await using door = await openDoor();
  const { status, body } = await door.send("GET", "/api/files/file_a");
  expect([status, body]).toEqual([200, { ...door.files[0], text: "# A", attempts: [] }]);
  const missing = await door.send("GET", "/api/files/file_z");
  expect([missing.status, missing.body.code]).toEqual([404, "file_not_found"]);
});

test("a retry gives the run that does it", async () => {
  await using door = await openDoor();
  const { status, body } = await door.send("POST", "/api/files/file_a/retry");
  expect([status, body]).toEqual([202, { run_id: "run_retry" }]);
  expect(door.calls).toEqual([["retryFile", "file_a"]]);
});
