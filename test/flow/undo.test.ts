import { copyFileSync, utimesSync } from "node:fs";
import { expect, test } from "vitest";
import type { Client } from "../../daemon/client/client.ts";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { reply, startScriptedServer } from "../helper/scripted-server.ts";

const TWO_TASKS = "# Plan\n\n- [ ] Buy paint\n- [ ] Call the landlord\n";

function agentOn(directory: string): string {
  return `agents: [{ id: test, directories: [{ path: "${directory}", watch: false }] }]`;
}

async function titles(client: Client): Promise<string[]> {
  const { items } = await client.entities("task");
  return items.map(({ title }) => title).toSorted();
}

async function stateOf(client: Client, path: string): Promise<string> {
  const { items } = await client.files({ path });
  return `${items[0]?.state}: ${items[0]?.reason}`;
}

test("what a run did is taken back, and costs nothing until the file changes or is asked for", async () => {
  using folder = testFolder({ "in/plan.md": TWO_TASKS });
  await using server = await startScriptedServer((request) => answerDocument(request));
  const config = `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
${agentOn(folder.file("in"))}`;
  await using daemon = await startTestDaemon(folder, config);
  const { client } = daemon;
  const plan = folder.file("in/plan.md");
  const run = await daemon.run("test");
  const asked = server.requests.length;
  const undone = await client.undoRun(run.run_id);
  expect(undone).toMatchObject({ reverted: 3, kept: [] });
  expect(await titles(client)).toEqual([]);
  expect((await client.entities("note")).items).toEqual([]);
  expect(await stateOf(client, plan)).toBe("skipped: undone");
  expect(await client.undoRun(run.run_id)).toMatchObject({ reverted: 0, kept: [] });

  // Neither again, nor touched, nor copied, nor under another recipe.
  utimesSync(plan, new Date(), new Date());
  copyFileSync(plan, folder.file("in/copy.md"));
  expect((await daemon.run("test")).files).toMatchObject({ found: 2, skipped: 2, processed: 0 });
  daemon.configure(
    config.replace("id: test,", `id: test, instructions: "More.", on_recipe_change: all,`),
  );
  await expect.poll(async () => (await client.agent("test")).instructions).toBe("More.");
  expect((await daemon.run("test")).files).toMatchObject({ found: 2, skipped: 2, processed: 0 });
  expect(server.requests).toHaveLength(asked);

  // Asked for, the file gives them again: an undo is no deletion of the user's.
  const [file] = (await client.files({ path: plan })).items;
  await daemon.ended((await client.retryFile(file?.file_id ?? "")).run_id);
  expect(await titles(client)).toEqual(["Buy paint", "Call the landlord"]);
  expect(server.requests.length).toBeGreaterThan(asked);
});

test("the user's edits and deletions stand, and are named", async () => {
  using folder = testFolder({ "in/plan.md": TWO_TASKS });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const { client } = daemon;
  const run = await daemon.run("test");
  const { items } = await client.entities("task");
  const paint = items.find(({ title }) => title === "Buy paint")?.id ?? "";
  const call = items.find(({ title }) => title === "Call the landlord")?.id ?? "";
  await client.editEntity("task", paint, { due_date: "2026-12-24" });
  await client.deleteEntity("task", call);
  const undone = await client.undoRun(run.run_id);
  expect(undone.kept).toEqual(
    expect.arrayContaining([
      { id: paint, field: "due_date", reason: "edited_by_user" },
      { id: call, field: null, reason: "deleted_by_user" },
    ]),
  );
  expect(undone.kept).toHaveLength(2);
  expect(await client.entity("task", paint)).toMatchObject({
    due_date: "2026-12-24",
    sources: [{ path: folder.file("in/plan.md") }],
  });

  // Done again, the file finds what was kept and does not make again what was deleted.
  await daemon.run("test", { force: true });
  expect(await titles(client)).toEqual(["Buy paint"]);
});

test("of a changed file, only what its last version changed is taken back", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Buy paint, due 2026-12-01\n" });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const { client } = daemon;
  const first = await daemon.run("test");
  folder.write("in/plan.md", "# Plan\n\n- [x] Buy paint, due 2026-12-01\n- [ ] Call Ann\n");
  const second = await daemon.run("test");
  expect(await titles(client)).toEqual(["Buy paint", "Call Ann"]);
  const before = (await client.entities("task")).items.find(({ title }) => title === "Buy paint");
  expect(before).toMatchObject({ status: "done", sources: [{ run_id: second.run_id }] });

  await client.undoRun(second.run_id);
  const [paint, ...rest] = (await client.entities("task")).items;
  expect(rest).toEqual([]);
  // It rests on what the file said before, with the passage of then.
  expect(paint).toMatchObject({
    title: "Buy paint",
    status: "open",
    sources: [
      { run_id: first.run_id, verified: true, quote: expect.stringContaining("Buy paint") },
    ],
  });
  // The content of the first run is still in force when it comes back.
  folder.write("in/plan.md", "# Plan\n\n- [ ] Buy paint, due 2026-12-01\n");
  expect((await daemon.run("test")).files).toMatchObject({ unchanged: 1, processed: 0 });
  expect(await stateOf(client, folder.file("in/plan.md"))).toBe("done: null");
});

test("what a copy says too stays until the copy is taken back as well", async () => {
  using folder = testFolder({ "in/a.md": TWO_TASKS, "in/b.md": TWO_TASKS });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const { client } = daemon;
  await daemon.run("test");
  const [a, b] = (await client.files()).items;
  const first = await client.undo({ file_id: a?.file_id ?? "" });
  expect(first.reverted).toBe(0);
  expect(new Set(first.kept.map(({ reason }) => reason))).toEqual(new Set(["other_source"]));
  const { items } = await client.entities("task");
  expect(items.map(({ sources }) => sources.map(({ path }) => path))).toEqual(
    items.map(() => [folder.file("in/b.md")]),
  );
  expect(await stateOf(client, folder.file("in/a.md"))).toBe("skipped: undone");
  expect((await daemon.run("test")).files).toMatchObject({ skipped: 1, unchanged: 1 });

  const second = await client.undo({ file_id: b?.file_id ?? "" });
  expect(second).toMatchObject({ reverted: 3, kept: [] });
  expect(await titles(client)).toEqual([]);
});

test("an agent's work is taken back from an instant on", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Task A\n" });
  await using daemon = await startTestDaemon(folder, agentOn(folder.file("in")));
  const { client } = daemon;
  await daemon.run("test");
  folder.write("in/b.md", "# B\n\n- [ ] Task B\n");
  const second = await daemon.run("test");
  await client.undo({ agent_id: "test", since: second.started_at });
  expect(await titles(client)).toEqual(["Task A"]);
  await client.undo({ agent_id: "test" });
  expect(await titles(client)).toEqual([]);
  await expect(client.undo({ agent_id: "nobody" })).rejects.toMatchObject({
    code: "agent_not_found",
  });
});

test("nothing is taken back while the agent runs", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  let release = (): void => {};
  const isReleased = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using server = await startScriptedServer(async () => {
    await isReleased;
    return reply({ content: "Nothing to record." });
  });
  await using daemon = await startTestDaemon(
    folder,
    `model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
${agentOn(folder.file("in"))}`,
  );
  const { run_id } = await daemon.client.trigger("test");
  await expect(daemon.client.undoRun(run_id)).rejects.toMatchObject({
    code: "run_in_progress",
    data: { run_id },
  });
  release();
  await daemon.ended(run_id);
  await expect(daemon.client.undoRun(run_id)).resolves.toMatchObject({ reverted: 0 });
  await expect(daemon.client.undoRun("run_x")).rejects.toMatchObject({ code: "run_not_found" });
});
