import { expect, test } from "vitest";
import { addRun } from "../../helper/past-work.ts";
import { startTestDaemon } from "../../helper/daemon.ts";
import { testFolder } from "../../helper/folder.ts";
import { openDoor } from "../../helper/open-door.ts";
import { send } from "../../helper/request.ts";

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
  using folder = testFolder({ "in/a.md": "" });
  const directories = `[{ path: "${folder.file("in")}", watch: false }]`;
  const yaml = `agents: [{ id: trigger, directories: ${directories} }]`;
  await using daemon = await startTestDaemon(folder, yaml);
  const found = await send(daemon.daemon, "GET", "/api/agents/trigger");
  expect([found.status, found.body.id]).toEqual([200, "trigger"]);
  const missing = await send(daemon.daemon, "GET", "/api/agents/inbox");
  expect(missing.status).toBe(404);
  expect(missing.body).toMatchObject({
    code: "agent_not_found",
    hint: expect.stringContaining("trigger"),
  });
});

test("a trigger without a body has the defaults, with or without a content type", async () => {
  await using door = await openDoor();
  const target = "/api/agents/inbox/trigger";
  for (const headers of [{}, { "content-type": "application/json" }]) {
    const { status, body } = await door.send("POST", target, undefined, headers);
    expect([status, body]).toEqual([202, { run_id: expect.stringMatching(/^run_/u) }]);
    expect(await door.daemon.ended(body.run_id)).toMatchObject({
      agent_id: "inbox",
      trigger: "manual",
      status: "success",
      dry_run: false,
    });
  }
});

test("a trigger of a busy agent names the run that keeps it busy", async () => {
  await using door = await openDoor();
  const run_id = addRun(door.journal, { status: "running" });
  const { status, body } = await door.send("POST", "/api/agents/inbox/trigger", { force: true });
  expect([status, body.code, body.run_id]).toEqual([409, "run_in_progress", run_id]);
});

test("an agent given whole in the body is triggered ad hoc, with its defaults filled in", async () => {
  await using door = await openDoor({ files: { "loose/a.md": "# A\n" } });
  const directories = [{ path: door.folder.file("loose") }];
  const answer = await door.send("POST", "/api/agents/trigger", { directories, dry_run: true });
  expect(answer.status).toBe(202);
  const run = await door.daemon.ended(answer.body.run_id);
  expect(run).toMatchObject({ status: "success", dry_run: true, files: { found: 1 } });
  const { body: agent } = await door.send("GET", `/api/agents/${run.agent_id}`);
  expect(agent.directories).toMatchObject([{ ...directories[0], max_depth: 5 }]);
  expect((await door.send("GET", "/api/notes")).body.items).toEqual([]);
});
