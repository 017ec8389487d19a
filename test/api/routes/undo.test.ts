import { expect, test } from "vitest";
import { openDoor } from "../../helper/open-door.ts";
import { openServer } from "../../helper/open-server.ts";
import { workJob } from "../../helper/worked-job.ts";

/** A daemon whose agent has made a task of a file. */
async function openWorked() {
  const door = await openDoor();
  const job = workJob(door.journal, { content: "a", text: "Call Ann" }, (workspace) => {
    workspace.createTask({ title: "Call Ann" }, "Call Ann");
  });
  const countTasks = async (): Promise<number> => (await door.client.entities("task")).items.length;
  expect(await countTasks()).toBe(1);
  return { door, ...job, countTasks, [Symbol.asyncDispose]: () => door[Symbol.asyncDispose]() };
}

test("a run is taken back by its id", async () => {
  await using worked = await openWorked();
  const { status, body } = await worked.door.send("POST", `/api/runs/${worked.run_id}/undo`);
  expect([status, body]).toEqual([
    200,
    { undo_id: expect.stringMatching(/^undo_/u), reverted: 1, kept: [] },
  ]);
  expect(await worked.countTasks()).toBe(0);
});

test("a file or an agent is taken back, from an instant on where one is given", async () => {
  await using worked = await openWorked();
  const undo = async (request: object): Promise<number> => {
    const { status, body } = await worked.door.send("POST", "/api/undo", request);
    expect(status).toBe(200);
    return body.reverted;
  };
  // The work was committed at 10:00 UTC, one minute before the first of these instants.
  expect(await undo({ agent_id: "inbox", since: "2026-11-20T11:01:00+01:00" })).toBe(0);
  expect(await undo({ agent_id: "mail" })).toBe(0);
  expect(await worked.countTasks()).toBe(1);
  expect(await undo({ agent_id: "inbox", since: "2026-11-20T11:00:00+01:00" })).toBe(1);
  expect(await worked.countTasks()).toBe(0);

  await using other = await openWorked();
  const ofFile = await other.door.send("POST", "/api/undo", { file_id: other.file_ids[0] });
  expect([ofFile.status, ofFile.body.reverted]).toEqual([200, 1]);
  expect(await other.countTasks()).toBe(0);
});

test.each([
  ["nothing", {}],
  ["both", { file_id: "file_a", agent_id: "inbox" }],
  ["a time that is not valid", { agent_id: "inbox", since: "yesterday" }],
  ["an unknown field", { file_id: "file_a", when: "now" }],
])("%s is refused", async (_name, body) => {
  await using server = await openServer();
  const answer = await server.send("POST", "/api/undo", body);
  expect([answer.status, answer.body.code]).toEqual([400, "invalid_request"]);
  expect(server.asked).toEqual([]);
});
