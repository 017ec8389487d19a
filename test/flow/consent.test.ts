import { expect, test } from "vitest";
import { saveAgent } from "../../daemon/journal/agents.ts";
import { openJournal } from "../../daemon/journal/open.ts";
import { insertRun, saveForeseen } from "../../daemon/journal/runs.ts";
import { layJournal, NOW } from "../helper/test-journal.ts";
import { daemonFile, runInProcess } from "../cli/run-in-process.ts";
import { all } from "../../daemon/client/pages.ts";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

const FILES = Object.fromEntries(
  Array.from({ length: 12 }, (_, index) => [`in/${index}.md`, `# File ${index}\n`]),
);

test("more files than the agent may send unasked wait, with their price, until somebody consents", async () => {
  using folder = testFolder(FILES);
  // No key: what is confirmed gets as far as the key and sends nothing.
  const config = `
model:
  provider: openai
  base_url: https://models.invalid/v1
  name: big
  price: { input_usd_per_million: 10, output_usd_per_million: 30 }
agents:
  - { id: test, directories: [{ path: "${folder.file("in")}", watch: false }], confirm_above_files: 10 }
`;
  await using daemon = await startTestDaemon(folder, config);
  const { client } = daemon;
  const { run_id } = await client.trigger("test");
  await waitFor("the run waits", async () => (await client.run(run_id)).awaits_confirmation);
  const estimate = await client.estimate("test");
  expect(estimate).toMatchObject({ files: 12, requests: 12, output_tokens: 3_000 });
  expect(estimate.cost_usd).toBeCloseTo(
    (estimate.input_tokens * 10 + estimate.output_tokens * 30) / 1_000_000,
  );
  // Whatever of it waits for consent, all of it would be sent by force.
  expect(await client.request("GET", "/api/agents/test/estimate?force=true")).toEqual(estimate);
  const { problems } = await client.status();
  expect(problems).toContainEqual(
    expect.objectContaining({
      code: "confirm_needed",
      message: expect.stringContaining("12 files"),
    }),
  );
  await expect(client.trigger("test")).rejects.toMatchObject({ code: "run_in_progress" });

  expect(await client.confirm("test")).toEqual({ run_id });
  expect(await daemon.ended(run_id)).toMatchObject({
    status: "error",
    awaits_confirmation: false,
    files: { pending: 12, failed: 0 },
    error: { code: "key_missing" },
    usage: { requests: 0 },
  });
  await expect(client.confirm("test")).rejects.toMatchObject({ code: "nothing_to_confirm" });

  // For what was put off, consent was given; for what a cancelled run left it was taken back.
  const again = await daemon.run("test");
  expect(again).toMatchObject({ status: "error", files: { pending: 12 } });
});

test("what waited for consent in a run that was cancelled waits for it again", async () => {
  using folder = testFolder(FILES);
  const config = `
model: { provider: openai, base_url: "https://models.invalid/v1", name: big }
agents:
  - { id: test, directories: [{ path: "${folder.file("in")}", watch: false }], confirm_above_files: 10 }
`;
  await using daemon = await startTestDaemon(folder, config);
  const { client } = daemon;
  for (let round = 0; round < 2; round += 1) {
    const { run_id } = await client.trigger("test");
    await waitFor("the run waits", async () => (await client.run(run_id)).awaits_confirmation);
    await client.cancelRun(run_id);
    expect(await client.run(run_id)).toMatchObject({ status: "cancelled", files: { pending: 12 } });
  }
});

test.each([
  ["a model on this machine", "model: { provider: rules }", 10],
  [
    "more files unasked",
    "model: { provider: openai, base_url: https://models.invalid/v1, name: big }",
    12,
  ],
])("who lets the agent have %s instead of consenting is asked no more", async (_, model, above) => {
  using folder = testFolder(FILES);
  const config = (section: string, files: number): string => `
${section}
agents:
  - { id: test, directories: [{ path: "${folder.file("in")}" }], settle_seconds: 0, confirm_above_files: ${files} }
`;
  const remote = "model: { provider: openai, base_url: https://models.invalid/v1, name: big }";
  await using daemon = await startTestDaemon(folder, config(remote, 10));
  const { client } = daemon;
  await waitFor("the run waits", async () => (await client.runs()).items[0]?.awaits_confirmation);
  daemon.configure(config(model, above));
  const expected = model.includes("rules") ? "done" : "pending";
  await waitFor(`all are ${expected}, and nothing waits for consent`, async () => {
    const { problems } = await client.status();
    const { items } = await client.files({ limit: 500 });
    return (
      problems.every(({ code }) => code !== "confirm_needed") &&
      items.every(({ state }) => state === expected) &&
      (await client.runs()).items.every((run) => run.status !== "running")
    );
  });
});

const TASKS = Array.from({ length: 60 }, (_, index) => `- [ ] Order number ${index}`).join("\n");
const LONG_LISTS = Object.fromEntries(
  Array.from({ length: 12 }, (_, index) => [`in/${index}.md`, `# Plan ${index}\n\n${TASKS}\n`]),
);

const underRules = (folder: TestFolder, more = ""): string => `
agents:
  - { id: test, directories: [{ path: "${folder.file("in")}" }], settle_seconds: 0, confirm_above_files: 10${more} }
`;

async function findEntities({ client }: TestDaemon): Promise<number> {
  let count = 0;
  for (const type of ["note", "task", "project"] as const) {
    const pages = (query: { limit: number }) => client.entities(type, query);
    for await (const _entity of all(pages, { limit: 500 })) count += 1;
  }
  return count;
}

test("the price told before counts as many requests as the last files of the agent took", async () => {
  using folder = testFolder({ "in/a.md": "# A\n", "in/b.md": "# B\n" });
  // Each document takes a reply that records and one that ends.
  await using server = await startScriptedServer(answerDocument);
  const config = `
model:
  provider: openai
  base_url: "${server.url}"
  name: scripted
  api_key: null
  price: { input_usd_per_million: 10, output_usd_per_million: 30 }
agents:
  - { id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }
`;
  await using daemon = await startTestDaemon(folder, config);
  await daemon.run("test");
  expect(server.requests).toHaveLength(4);
  const estimate = await daemon.client.request("GET", "/api/agents/test/estimate?force=true");
  expect(estimate).toMatchObject({ files: 2, requests: 4, output_tokens: 1_000 });
});

const asks = async ({ client }: TestDaemon) =>
  waitFor("a run waits", async () => {
    const [run] = (await client.runs()).items;
    return run?.awaits_confirmation && run;
  });

test("the rules ask before many new files give more than a person can look through, and write nothing until then", async () => {
  using folder = testFolder(LONG_LISTS);
  let daemon = await startTestDaemon(folder, underRules(folder));
  try {
    const { run_id } = await asks(daemon);
    const { entities, ...estimate } = await daemon.client.estimate("test");
    expect(estimate).toEqual({
      files: 12,
      requests: 0,
      input_tokens: 0,
      output_tokens: 0,
      cost_usd: 0,
    });
    expect(entities).toBeGreaterThan(500);
    const told = expect.objectContaining({
      code: "confirm_needed",
      agent_id: "test",
      files: 12,
      message: `12 files wait for consent to be read by the built-in rules: about ${entities} notes, tasks and projects.`,
    });
    expect((await daemon.client.status()).problems).toContainEqual(told);
    expect(await daemon.client.run(run_id)).toMatchObject({ files: { pending: 12, processed: 0 } });
    expect(await findEntities(daemon)).toBe(0);

    await daemon[Symbol.asyncDispose]();
    daemon = await startTestDaemon(folder, undefined);
    expect(await asks(daemon)).toMatchObject({ run_id });
    expect((await daemon.client.status()).problems).toContainEqual(told);
    expect(await daemon.client.confirm("test")).toEqual({ run_id });
    expect(await daemon.ended(run_id)).toMatchObject({
      status: "success",
      files: { processed: 12 },
    });
    expect(await findEntities(daemon)).toBe(entities);

    // What was read once is known: neither all of it again, nor another file, is a first look.
    const again = await daemon.run("test", { force: true });
    expect(again).toMatchObject({ status: "success", files: { processed: 12 } });
    folder.write("in/new.md", `# Plan\n\n${TASKS}\n`);
    await waitFor("the new file is read", async () => {
      const { items } = await daemon.client.files({ path: folder.file("in/new.md") });
      return items[0]?.state === "done";
    });
  } finally {
    await daemon[Symbol.asyncDispose]();
  }
});

test.each<[string, Record<string, string>, string, object]>([
  ["few new files", Object.fromEntries(Object.entries(LONG_LISTS).slice(2)), "", {}],
  ["many files that give little", FILES, "", {}],
  ["a dry run", LONG_LISTS, "", { dry_run: true }],
  ["whoever consents beforehand", LONG_LISTS, "", { confirm: true }],
  ["an agent that keeps only notes", LONG_LISTS, ", tools: [create_note]", {}],
  ["an agent with a low limit for each file", LONG_LISTS, ", max_changes_per_file: 5", {}],
])("under the rules nothing is asked of %s", async (_, files, more, options) => {
  using folder = testFolder(files);
  const config = underRules(folder, more).replace('" }]', '", watch: false }]');
  await using daemon = await startTestDaemon(folder, config);
  const run = await daemon.run("test", options);
  expect(run).toMatchObject({ status: "success", awaits_confirmation: false });
  expect(run.files.processed).toBe(Object.keys(files).length);
});

test("files that were being counted when the process died are not read for that again", async () => {
  using folder = testFolder(LONG_LISTS);
  const database = folder.file("home/agent-runner.db");
  await layJournal(database);
  const journal = await openJournal(database);
  const run = { run_id: "run_1", agent_id: "test", trigger: "manual", force: false } as const;
  saveAgent(journal, { agent_id: "test", config: "{}", base_recipe: "r", ad_hoc: false }, NOW);
  insertRun(journal, { ...run, paths: null }, NOW);
  saveForeseen(journal, "run_1", 777);
  journal.close();
  await using daemon = await startTestDaemon(folder, underRules(folder));
  expect(await asks(daemon)).toMatchObject({ run_id: "run_1" });
  expect(await daemon.client.estimate("test")).toMatchObject({ files: 12, entities: 777 });
});

test("a run that the rules asked about and that is cancelled asks again, and run --yes is an answer", async () => {
  using folder = testFolder(LONG_LISTS);
  const config = underRules(folder).replace('" }]', '", watch: false }]');
  await using daemon = await startTestDaemon(folder, config);
  const { client } = daemon;
  const { run_id } = await client.trigger("test");
  await asks(daemon);
  await client.cancelRun(run_id);
  expect(await client.run(run_id)).toMatchObject({ status: "cancelled" });
  expect(await findEntities(daemon)).toBe(0);

  folder.write("home/daemon.json", daemonFile(daemon.daemon));
  const home = { path: folder.file("home") };
  const asked = await runInProcess(home, ["run", "test", "--wait"]);
  expect(asked.code).toBe(3);
  expect(asked.stderr).toMatch(
    /^The run waits for your consent to read 12 files: the built-in rules would make about \d+ notes, tasks and projects\. Add --yes to consent\.$/mu,
  );
  expect(await findEntities(daemon)).toBe(0);
  const answered = await runInProcess(home, ["run", "test", "--wait", "--yes"]);
  expect(answered.code).toBe(0);
  expect(await findEntities(daemon)).toBeGreaterThan(500);
});

test("on loopback nobody is asked", async () => {
  using folder = testFolder(FILES);
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents:
  - { id: test, directories: [{ path: "${folder.file("in")}", watch: false }], confirm_above_files: 10 }
`,
  );
  expect(await daemon.run("test")).toMatchObject({ status: "success", files: { processed: 12 } });
});

test("a model that a server on this machine passes on to the cloud asks for consent like any remote one", async () => {
  using folder = testFolder(FILES);
  await using server = await startScriptedServer(answerDocument);
  const config = (name: string): string => `
model: { provider: openai, base_url: "${server.url}", name: "${name}", api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }], confirm_above_files: 10 }]
`;
  await using daemon = await startTestDaemon(folder, config("glm-5:cloud"));
  const { run_id } = await daemon.client.trigger("test");
  await waitFor("the run waits", async () => {
    return (await daemon.client.run(run_id)).awaits_confirmation;
  });
  expect(server.requests).toEqual([]);
  expect((await daemon.client.status()).budget.limits).toEqual({ requests_per_day: 500 });
});
