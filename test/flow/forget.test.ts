import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { TestFolder } from "../helper/folder.ts";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { readDocument } from "../helper/scripted-answers.ts";
import {
  type RecordedRequest,
  reply,
  type Step,
  startScriptedServer,
  status,
} from "../helper/scripted-server.ts";

// One word, which the search index would have as such.
const SECRET = "zebracorn";
const TEXT = `# Plan\n\nCall Ann about the ${SECRET} by Friday.\n`;

/** Makes one task, whose quote and last words have the secret. */
function answerWithSecret(request: RecordedRequest): Step {
  const { iteration } = readDocument(request);
  if (iteration > 1) return reply({ content: `Recorded the call about the ${SECRET}.` });
  const quote = `Call Ann about the ${SECRET}`;
  return reply({ calls: [{ name: "create_task", arguments: { title: "Call Ann", quote } }] });
}

function configFor(url: string, ...agents: string[]): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null }
agents: [${agents.join(", ")}]`;
}

function agentOn(directory: string, id = "test", more = ""): string {
  return `{ id: ${id}, directories: [{ path: "${directory}", watch: false }]${more} }`;
}

/** Whether a text stands anywhere in the journal's files, free pages and log included. */
function isInJournal(folder: TestFolder, text: string): boolean {
  return ["", "-wal"].some((suffix) =>
    readFileSync(folder.file(`home/agent-runner.db${suffix}`)).includes(text),
  );
}

test("nothing of a forgotten file's text is left in the journal, and its tasks stay", async () => {
  using folder = testFolder({ "in/plan.md": TEXT, "in/copy.md": TEXT });
  await using server = await startScriptedServer(answerWithSecret);
  await using daemon = await startTestDaemon(
    folder,
    configFor(server.url, agentOn(folder.file("in")), agentOn(folder.file("in"), "other")),
  );
  const { client } = daemon;
  const run = await daemon.run("test");
  await daemon.run("other");
  // An earlier version, of which other words are kept.
  folder.write("in/plan.md", `${TEXT}\nMore.\n`);
  await daemon.run("test");
  expect(isInJournal(folder, SECRET)).toBe(true);

  const [file] = (await client.files({ path: folder.file("in/plan.md"), agent_id: "test" })).items;
  const forgotten = await client.forgetFile(file?.file_id ?? "");
  expect(forgotten).toMatchObject({ texts: 2, also: [folder.file("in/copy.md")] });
  expect(forgotten.replies).toBeGreaterThan(0);
  expect(forgotten.quotes).toBeGreaterThan(0);
  expect(isInJournal(folder, SECRET)).toBe(false);

  const [task] = (await client.entities("task")).items;
  expect(task).toMatchObject({
    title: "Call Ann",
    sources: [{ quote: null, verified: false }, {}],
  });
  const explained = await client.explain(task?.id ?? "");
  expect(explained.sources[0]).toMatchObject({ passage: null });
  const kept = await client.file(file?.file_id ?? "");
  expect(kept).toMatchObject({ state: "done", text: null });
  expect(kept.hash).toMatch(/^[0-9a-f]{64}$/u);
  expect((await client.run(run.run_id)).usage.requests).toBe(2);
});

test("a forgotten file is not sent again under another recipe, but when it is asked for", async () => {
  using folder = testFolder({ "in/plan.md": TEXT });
  await using server = await startScriptedServer(answerWithSecret);
  const all = ", on_recipe_change: all";
  const config = configFor(server.url, agentOn(folder.file("in"), "test", all));
  await using daemon = await startTestDaemon(folder, config);
  const { client } = daemon;
  await daemon.run("test");
  const [file] = (await client.files()).items;
  await client.forgetFile(file?.file_id ?? "");
  const asked = server.requests.length;
  daemon.configure(config.replace(all, `${all}, instructions: "More."`));
  await expect.poll(async () => (await client.agent("test")).instructions).toBe("More.");
  expect((await daemon.run("test")).files).toMatchObject({ unchanged: 1, processed: 0 });
  expect(server.requests).toHaveLength(asked);
  await daemon.ended((await client.retryFile(file?.file_id ?? "")).run_id);
  expect(server.requests.length).toBeGreaterThan(asked);
});

test("a file that waits is not sent any more once it is forgotten, nor are the errors kept that quote it", async () => {
  using folder = testFolder({ "in/plan.md": TEXT });
  await using server = await startScriptedServer(() =>
    status(400, { error: { message: `Cannot read ${SECRET}` } }),
  );
  await using daemon = await startTestDaemon(
    folder,
    configFor(server.url, agentOn(folder.file("in"))),
  );
  const { client } = daemon;
  expect(await daemon.run("test")).toMatchObject({ status: "error", files: { pending: 1 } });
  const [file] = (await client.files()).items;
  expect(file?.error?.message).toContain(SECRET);
  await client.forgetFile(file?.file_id ?? "");
  expect(isInJournal(folder, SECRET)).toBe(false);
  const asked = server.requests.length;
  expect((await client.files()).items[0]).toMatchObject({ state: "skipped", reason: "forgotten" });
  expect((await daemon.run("test")).files).toMatchObject({ skipped: 1, pending: 0 });
  expect(server.requests).toHaveLength(asked);
  expect((await client.file(file?.file_id ?? "")).error).toBeNull();
});

test("what an undo removed leaves no words behind", async () => {
  using folder = testFolder({ "in/plan.md": `# ${SECRET}\n\n- [ ] Ask about the ${SECRET}\n` });
  await using daemon = await startTestDaemon(folder, `agents: [${agentOn(folder.file("in"))}]`);
  const { client } = daemon;
  const run = await daemon.run("test");
  const [task] = (await client.entities("task")).items;
  const [file] = (await client.files()).items;
  await client.undoRun(run.run_id);
  await client.forgetFile(file?.file_id ?? "");
  expect(isInJournal(folder, SECRET)).toBe(false);
  expect(await client.explain(task?.id ?? "")).toMatchObject({
    entity: { title: "Forgotten" },
    deleted: { by: "undo" },
  });
  expect((await client.files()).items[0]).toMatchObject({ state: "skipped", reason: "undone" });
});

test("a content that a run has to do is not forgotten under its hands", async () => {
  using folder = testFolder({ "in/a.md": TEXT });
  let release = (): void => {};
  const isReleased = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using server = await startScriptedServer(async (request) => {
    await isReleased;
    return answerWithSecret(request);
  });
  await using daemon = await startTestDaemon(
    folder,
    configFor(server.url, agentOn(folder.file("in"))),
  );
  const { client } = daemon;
  const { run_id } = await client.trigger("test");
  await expect.poll(async () => (await client.files()).items[0]?.state).toBe("working");
  const [file] = (await client.files()).items;
  await expect(client.forgetFile(file?.file_id ?? "")).rejects.toMatchObject({
    code: "run_in_progress",
    data: { run_id },
  });
  release();
  await daemon.ended(run_id);
  await expect(client.forgetFile("file_x")).rejects.toMatchObject({ code: "file_not_found" });
});

test("what was typed about the things of a forgotten file goes too, and is counted; other drafts stay", async () => {
  using folder = testFolder({
    "in/plan.md": `# Plan\n\n- [ ] Ask Ann\n`,
    "in/b.md": "- [ ] Dig\n",
  });
  await using daemon = await startTestDaemon(folder, `agents: [${agentOn(folder.file("in"))}]`);
  const { client } = daemon;
  await daemon.run("test");
  const { items } = await client.entities("task");
  const pageOf = (title: string): string =>
    `/tasks/${items.find((task) => task.title === title)?.id}`;
  const form = { form: "Task", before: {} };
  await client.keepDraft("draft_a", {
    ...form,
    page: pageOf("Ask Ann"),
    texts: { description: `About the ${SECRET}` },
  });
  await client.keepDraft("draft_b", { ...form, page: pageOf("Dig"), texts: { title: "Dig on" } });
  await client.keepDraft("draft_c", { ...form, page: "/tasks", texts: { title: "My own" } });
  expect(isInJournal(folder, SECRET)).toBe(true);
  const [file] = (await client.files({ path: folder.file("in/plan.md") })).items;
  expect(await client.forgetFile(file?.file_id ?? "")).toMatchObject({ drafts: 1 });
  const kept = (await client.drafts()).items.map(({ draft_id }) => draft_id);
  expect(kept.toSorted()).toEqual(["draft_b", "draft_c"]);
  expect(isInJournal(folder, SECRET)).toBe(false);
});
