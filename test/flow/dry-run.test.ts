import { copyFileSync, rmSync } from "node:fs";
import { expect, test } from "vitest";
import type { Client } from "../../daemon/client/client.ts";
import { startTestDaemon } from "../helper/daemon.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer, status } from "../helper/scripted-server.ts";

const PLAN = "# Plan\n\n- [ ] Buy paint\n- [ ] Call Ann\n";

/** @param more further settings of the agent, with a comma before them */
function configFor(url: string, folder: TestFolder, more = "", watch = false): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: ${watch} }], settle_seconds: 0${more} }]`;
}

async function countAll(client: Client): Promise<number> {
  const lists = await Promise.all([client.entities("task"), client.entities("note")]);
  return lists.reduce((sum, { items }) => sum + items.length, 0);
}

test("a dry run asks the model and writes nothing; the run after it writes that and asks nothing", async () => {
  using folder = testFolder({ "in/plan.md": PLAN });
  await using server = await startScriptedServer((request) => answerDocument(request));
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder));
  const { client } = daemon;
  const dry = await daemon.run("test", { dry_run: true });
  expect(dry).toMatchObject({
    status: "success",
    dry_run: true,
    files: { found: 1, processed: 1, pending: 0 },
    entities: { created: 3, updated: 0 },
    usage: { requests: 2 },
  });
  expect(await countAll(client)).toBe(0);
  expect((await client.files()).items).toMatchObject([
    { state: "pending", reason: "dry_run", next_attempt_at: null },
  ]);
  const { items } = await client.runChanges(dry.run_id);
  expect(items.toReversed()).toMatchObject([
    { entity_type: "note", op: "create", state: "proposed", title: "Plan" },
    {
      entity_type: "task",
      op: "create",
      state: "proposed",
      before: null,
      after: { title: "Buy paint", status: "open" },
      quote: "Buy paint",
      path: folder.file("in/plan.md"),
    },
    { title: "Call Ann" },
  ]);

  // Looking again costs nothing either.
  const again = await daemon.run("test", { dry_run: true });
  expect(again).toMatchObject({
    status: "success",
    usage: { requests: 0 },
    entities: { created: 3 },
  });
  expect(await countAll(client)).toBe(0);

  const real = await daemon.run("test");
  expect(real).toMatchObject({
    status: "success",
    dry_run: false,
    files: { processed: 1 },
    entities: { created: 3 },
    usage: { requests: 0 },
  });
  expect(server.requests).toHaveLength(2);
  // What was proposed is what came, by the same ids, and can still be read.
  const tasks = (await client.entities("task")).items.map(({ id }) => id);
  const proposed = (await client.runChanges(dry.run_id)).items;
  expect(proposed.map(({ entity_id }) => entity_id)).toEqual(expect.arrayContaining(tasks));
  const [first] = tasks;
  const explained = await client.explain(first ?? "");
  expect(explained.history.map(({ state }) => state)).toEqual(["applied"]);
  expect((await daemon.run("test", { dry_run: true })).files).toMatchObject({ unchanged: 1 });
});

test("an update is shown with before and after, and what the user edited is not in it", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Buy paint\n- [ ] Call Ann\n" });
  await using daemon = await startTestDaemon(
    folder,
    `agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]`,
  );
  const { client } = daemon;
  await daemon.run("test");
  const ann = (await client.entities("task")).items.find(({ title }) => title === "Call Ann");
  await client.editEntity("task", ann?.id ?? "", { status: "cancelled" });
  folder.write("in/plan.md", "# Plan\n\n- [x] Buy paint\n- [x] Call Ann\n");
  const dry = await daemon.run("test", { dry_run: true });
  const { items } = await client.runChanges(dry.run_id);
  const tasks = items.filter(({ entity_type }) => entity_type === "task");
  expect(tasks).toMatchObject([
    { op: "update", title: "Buy paint", before: { status: "open" }, after: { status: "done" } },
  ]);
  expect((await client.entities("task", { status: "done" })).items).toEqual([]);
  await daemon.run("test");
  expect((await client.entities("task", { status: "done" })).items).toHaveLength(1);
});

test("what a file no longer contains is shown as what would be retired", async () => {
  using folder = testFolder({ "in/plan.md": PLAN });
  await using daemon = await startTestDaemon(
    folder,
    `agents: [{ id: test, on_drop: retire, directories: [{ path: "${folder.file("in")}", watch: false }] }]`,
  );
  const { client } = daemon;
  await daemon.run("test");
  folder.write("in/plan.md", "# Plan\n\n- [ ] Call Ann\n");
  const dry = await daemon.run("test", { dry_run: true });
  expect(dry.entities).toMatchObject({ created: 0, retired: 1 });
  const { items } = await client.runChanges(dry.run_id);
  const closed = { before: { status: "open" }, after: { status: "cancelled" } };
  expect(items.filter(({ op }) => op === "retire")).toMatchObject([
    { title: "Buy paint", state: "proposed", path: folder.file("in/plan.md"), ...closed },
  ]);
  expect((await client.entities("task", { status: "open" })).items).toHaveLength(2);
  const real = await daemon.run("test");
  expect(real.entities).toMatchObject({ retired: 1 });
});

test("the watch leaves what a dry run left, under new instructions too; the next start takes it up", async () => {
  using folder = testFolder({ "in/plan.md": PLAN });
  await using server = await startScriptedServer((request) => answerDocument(request));
  {
    await using daemon = await startTestDaemon(folder, configFor(server.url, folder));
    const { client } = daemon;
    await daemon.run("test", { dry_run: true });
    daemon.configure(configFor(server.url, folder, "", true));
    // Something else changes beside it, and is done.
    folder.write("in/other.md", "# Other\n");
    await expect
      .poll(async () => (await client.files({ state: "done" })).items.map(({ path }) => path))
      .toEqual([folder.file("in/other.md")]);
    daemon.configure(configFor(server.url, folder, `, instructions: "More."`, true));
    await expect.poll(async () => (await client.agent("test")).instructions).toBe("More.");
    folder.write("in/third.md", "# Third\n");
    await expect.poll(async () => (await client.files({ state: "done" })).items.length).toBe(2);
    expect((await client.files({ path: folder.file("in/plan.md") })).items).toMatchObject([
      { state: "pending", reason: "dry_run" },
    ]);
    daemon.configure(configFor(server.url, folder, "", true));
    await expect.poll(async () => (await client.agent("test")).instructions).toBe("");
  }
  const asked = server.requests.length;
  await using daemon = await startTestDaemon(folder, undefined);
  await expect
    .poll(async () => (await daemon.client.files({ state: "done" })).items.length)
    .toBe(3);
  expect(server.requests).toHaveLength(asked);
});

test("done files stay done, unless by force, and only the named ones are looked at", async () => {
  using folder = testFolder({ "in/a.md": "# A\n", "in/b.md": "# B\n" });
  await using daemon = await startTestDaemon(
    folder,
    `agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]`,
  );
  const { client } = daemon;
  await daemon.run("test");
  expect((await daemon.run("test", { dry_run: true })).files).toMatchObject({
    unchanged: 2,
    processed: 0,
  });
  const forced = await daemon.run("test", {
    dry_run: true,
    force: true,
    paths: [folder.file("in/a.md")],
  });
  expect(forced.files).toMatchObject({ found: 1, processed: 1 });
  const states = (await client.files()).items.map(({ state, reason }) => [state, reason]);
  expect(states).toEqual([
    ["pending", "dry_run"],
    ["done", null],
  ]);
});

test("copies and deletions, which no model is asked about, are left to the next run as well", async () => {
  using folder = testFolder({ "in/a.md": PLAN, "in/b.md": "# B\n\n- [ ] Task B\n" });
  await using daemon = await startTestDaemon(
    folder,
    `agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }], on_delete: retire }]`,
  );
  const { client } = daemon;
  await daemon.run("test");
  copyFileSync(folder.file("in/a.md"), folder.file("in/copy.md"));
  rmSync(folder.file("in/b.md"));
  const read = async () =>
    (await client.entities("task")).items.map(({ title, status: is, sources }) => [
      title,
      is,
      sources.length,
    ]);
  const before = await read();
  await daemon.run("test", { dry_run: true });
  expect(await read()).toEqual(before);
  await daemon.run("test");
  expect(await read()).toEqual(
    expect.arrayContaining([
      ["Task B", "cancelled", 1],
      ["Buy paint", "open", 2],
    ]),
  );
});

test("what a dry run could not ask is put off until somebody asks", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  let isDown = true;
  await using server = await startScriptedServer((request) =>
    isDown ? status(401, { error: { message: "no" } }) : answerDocument(request),
  );
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder));
  const { client } = daemon;
  const dry = await daemon.run("test", { dry_run: true });
  expect(dry).toMatchObject({
    status: "error",
    files: { pending: 1 },
    error: { code: "key_refused" },
  });
  expect((await client.files()).items).toMatchObject([
    { state: "pending", reason: "dry_run", next_attempt_at: null, error: { code: "key_refused" } },
  ]);
  isDown = false;
  expect(await daemon.run("test", { dry_run: true })).toMatchObject({ status: "success" });
  expect(await countAll(client)).toBe(0);
});

test("a run counts in its budget whether it is dry or not", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] One\n" });
  await using server = await startScriptedServer((request) => answerDocument(request));
  await using daemon = await startTestDaemon(
    folder,
    configFor(server.url, folder, ", budget: { requests_per_day: 1 }"),
  );
  const dry = await daemon.run("test", { dry_run: true });
  expect(dry).toMatchObject({
    status: "error",
    usage: { requests: 1 },
    error: { code: "budget_exhausted" },
  });
  await expect(daemon.client.trigger("test", { dry_run: true })).rejects.toMatchObject({
    code: "budget_exhausted",
  });
});
