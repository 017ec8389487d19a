import { expect, test } from "vitest";
import { sampleRun } from "../../helper/memory-door.ts";
import { openDoor } from "../../helper/open-door.ts";

const ids = (body: { items: { run_id: string }[] }): string[] =>
  body.items.map(({ run_id }) => run_id);

test("runs are listed page by page", async () => {
  await using door = await openDoor();
  const first = await door.send("GET", "/api/runs?limit=2");
  expect([first.status, ids(first.body)]).toEqual([200, ["run_3", "run_2"]]);
  const second = await door.send("GET", `/api/runs?limit=2&cursor=${first.body.next_cursor}`);
  expect([ids(second.body), second.body.next_cursor]).toEqual([["run_1"], null]);
});

test("runs are narrowed by agent and status", async () => {
  await using door = await openDoor();
  door.runs.push(sampleRun("run_0", "mail"));
  const { body } = await door.send("GET", "/api/runs?agent_id=mail&status=running");
  expect(ids(body)).toEqual(["run_0"]);
  const none = await door.send("GET", "/api/runs?agent_id=mail&status=error");
  expect(none.body).toEqual({ items: [], next_cursor: null });
});

test("50 runs are a page where nothing else is asked", async () => {
  await using door = await openDoor();
  door.runs.push(...Array.from({ length: 60 }, (_, at) => sampleRun(`run_x${at}`)));
  const { body } = await door.send("GET", "/api/runs");
  expect(body.items).toHaveLength(50);
});

test("one run is found by its id", async () => {
  await using door = await openDoor();
  const found = await door.send("GET", "/api/runs/run_2");
  expect([found.status, found.body]).toEqual([200, sampleRun("run_2")]);
  const missing = await door.send("GET", "/api/runs/run_9");
  expect([missing.status, missing.body.code]).toEqual([404, "run_not_found"]);
  expect(missing.body.detail).toContain("run_9");
});

test("cancelling a run gives it as it stands then", async () => {
  await using door = await openDoor();
  const { status, body } = await door.send("POST", "/api/runs/run_2/cancel");
  expect([status, body.run_id, body.status]).toEqual([202, "run_2", "cancelled"]);
  const missing = await door.send("POST", "/api/runs/run_9/cancel");
  expect([missing.status, missing.body.code]).toEqual([404, "run_not_found"]);
});
