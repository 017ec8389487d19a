import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

test("a run is taken back by its id", async () => {
  await using door = await openDoor();
  const { status, body } = await door.send("POST", "/api/runs/run_1/undo");
  expect([status, body]).toEqual([200, { undo_id: "undo_1", reverted: 2, kept: [] }]);
  expect(door.calls).toEqual([["undoRun", "run_1"]]);
});

test("a file or an agent is taken back, from an instant on where one is given", async () => {
  await using door = await openDoor();
  const ofFile = { file_id: "file_a" };
  const ofAgent = { agent_id: "inbox", since: "2026-11-20T10:00:00+01:00" };
  for (const body of [ofFile, ofAgent]) {
    expect((await door.send("POST", "/api/undo", body)).status).toBe(200);
  }
  expect(door.calls).toEqual([
    ["undo", ofFile],
    ["undo", ofAgent],
  ]);
});

test.each([
  ["nothing", {}],
  ["both", { file_id: "file_a", agent_id: "inbox" }],
  ["a time that is none", { agent_id: "inbox", since: "yesterday" }],
  ["a word that is not known", { file_id: "file_a", when: "now" }],
])("%s is refused", async (_name, body) => {
  await using door = await openDoor();
  const answer = await door.send("POST", "/api/undo", body);
  expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
  expect(door.calls).toEqual([]);
});
