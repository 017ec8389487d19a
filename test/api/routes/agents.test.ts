import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";

test("agents are listed in the order of the config, page by page", async () => {
  await using door = await openDoor();
  const first = await door.send("GET", "/api/agents?limit=2");
  const ids = (body: { items: { id: string }[] }): string[] => body.items.map(({ id }) => id);
  expect(ids(first.body)).toEqual(["inbox", "mail"]);
  const second = await door.send("GET", `/api/agents?limit=2&cursor=${first.body.next_cursor}`);
  expect([ids(second.body), second.body.next_cursor]).toEqual([["notes"], null]);
  const exact = await door.send("GET", "/api/agents?limit=3");
  expect(exact.body.next_cursor).toBeNull();
});

test("a cursor that no page ended with is refused", async () => {
  await using door = await openDoor();
  const { status, body } = await door.send("GET", "/api/agents?cursor=nope");
  expect([status, body.code]).toEqual([400, "invalid_request"]);
});

test("one agent is found by its id, even one that is called trigger", async () => {
  await using door = await openDoor();
  Object.assign(door.agents[0] ?? {}, { id: "trigger" });
  const found = await door.send("GET", "/api/agents/trigger");
  expect([found.status, found.body.id]).toEqual([200, "trigger"]);
  const missing = await door.send("GET", "/api/agents/inbox");
  expect(missing.status).toBe(404);
  expect(missing.body).toMatchObject({ code: "agent_not_found", hint: "See `agents`." });
});

test("a trigger without a body has the defaults, with or without a content type", async () => {
  await using door = await openDoor();
  const defaults = { force: false, dry_run: false, confirm: false, paths: null };
  const bare = await door.send("POST", "/api/agents/inbox/trigger");
  expect([bare.status, bare.body]).toEqual([202, { run_id: "run_new" }]);
  const typed = await fetch(`${door.url}/api/agents/inbox/trigger`, {
    method: "POST",
    headers: { authorization: `Bearer ${door.token}`, "content-type": "application/json" },
  });
  expect(typed.status).toBe(202);
  expect(door.calls).toEqual([
    ["trigger", "inbox", defaults],
    ["trigger", "inbox", defaults],
  ]);
});

test("a trigger of a busy agent names the run that keeps it busy", async () => {
  await using door = await openDoor();
  Object.assign(door.agents[0] ?? {}, { running_run_id: "run_3" });
  const { status, body } = await door.send("POST", "/api/agents/inbox/trigger", { force: true });
  expect([status, body.code, body.run_id]).toEqual([409, "run_in_progress", "run_3"]);
});

test("an agent given whole in the body is triggered ad hoc, with its defaults filled in", async () => {
  await using door = await openDoor();
  const body = { directories: [{ path: "/in" }], dry_run: true };
  const answer = await door.send("POST", "/api/agents/trigger", body);
  expect([answer.status, answer.body]).toEqual([202, { run_id: "run_adhoc" }]);
  expect(door.calls).toMatchObject([
    ["triggerAdHoc", { directories: [{ path: "/in", max_depth: 5 }], dry_run: true, force: false }],
  ]);
});
