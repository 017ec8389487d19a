import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";
import { openServer } from "../../helper/open-server.ts";
import { addRun } from "../../helper/past-work.ts";
import { NOW } from "../../helper/test-journal.ts";

const ids = (body: { items: { run_id: string }[] }): string[] =>
  body.items.map(({ run_id }) => run_id);

test("runs are listed page by page", async () => {
  await using server = await openServer();
  const [one, two, three] = [1, 2, 3].map(() => addRun(server.journal));
  const first = await server.send("GET", "/api/runs?limit=2");
  expect([first.status, ids(first.body)]).toEqual([200, [three, two]]);
  const second = await server.send("GET", `/api/runs?limit=2&cursor=${first.body.next_cursor}`);
  expect([ids(second.body), second.body.next_cursor]).toEqual([[one], null]);
});

test("runs are narrowed by agent and status", async () => {
  await using door = await openDoor();
  addRun(door.journal, { status: "running" });
  addRun(door.journal, { agent_id: "mail" });
  const wanted = addRun(door.journal, { agent_id: "mail", status: "running" });
  const { body } = await door.send("GET", "/api/runs?agent_id=mail&status=running");
  expect(ids(body)).toEqual([wanted]);
  const none = await door.send("GET", "/api/runs?agent_id=mail&status=error");
  expect(none.body).toEqual({ items: [], next_cursor: null });
});

test("50 runs are a page by default", async () => {
  await using server = await openServer();
  server.journal.transaction(() => {
    for (let count = 0; count < 60; count += 1) addRun(server.journal);
  });
  const { body } = await server.send("GET", "/api/runs");
  expect(body.items).toHaveLength(50);
});

test("one run is found by its id", async () => {
  await using server = await openServer();
  const run_id = addRun(server.journal, { status: "partial", counts: { unchanged: 2, failed: 1 } });
  addRun(server.journal);
  const found = await server.send("GET", `/api/runs/${run_id}`);
  expect([found.status, found.body]).toEqual([
    200,
    {
      run_id,
      agent_id: "inbox",
      trigger: "manual",
      status: "partial",
      dry_run: false,
      awaits_confirmation: false,
      started_at: NOW,
      finished_at: NOW,
      files: { found: 3, unchanged: 2, processed: 0, failed: 1, skipped: 0, pending: 0 },
      outcomes: { recorded: 0, nothing_recorded: 0, capped: 0 },
      warned: 0,
      entities: { created: 0, updated: 0, retired: 0 },
      usage: {
        requests: 0,
        input_tokens: 0,
        cached_input_tokens: 0,
        output_tokens: 0,
        cost_usd: 0,
        spent_usd: 0,
        reserved_usd: 0,
        unknown_requests: 0,
      },
      error: null,
    },
  ]);
  const missing = await server.send("GET", "/api/runs/run_9");
  expect([missing.status, missing.body.code]).toEqual([404, "run_not_found"]);
  expect(missing.body.detail).toContain("run_9");
});

test("cancelling a run gives it as it is afterwards", async () => {
  await using door = await openDoor();
  const run_id = addRun(door.journal, { status: "running" });
  const { status, body } = await door.send("POST", `/api/runs/${run_id}/cancel`);
  expect([status, body]).toMatchObject([202, { run_id, status: "cancelled" }]);
  const again = await door.send("POST", `/api/runs/${run_id}/cancel`);
  expect([again.status, again.body.code]).toEqual([409, "run_not_running"]);
  const missing = await door.send("POST", "/api/runs/run_9/cancel");
  expect([missing.status, missing.body.code]).toEqual([404, "run_not_found"]);
});
