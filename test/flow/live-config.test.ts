import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

const FILES = { "one/a.md": "# A\n\n- [ ] Do a\n", "two/b.md": "# B\n\n- [ ] Do b\n" };

/** An agent that looks at these directories; what is new is taken at once. */
function agent(id: string, directories: string[], more = ""): string {
  const list = directories.map((directory) => `{ path: "${directory}" }`).join(", ");
  return `  - { id: ${id}, directories: [${list}], settle_seconds: 0${more} }\n`;
}

async function stateOf(daemon: TestDaemon, path: string): Promise<string | undefined> {
  const { items } = await daemon.client.files({ path });
  const [file] = items.filter(({ state }) => state !== "gone");
  return file && [file.state, file.reason].filter(Boolean).join(" ");
}

test("agents and directories come, go and come back without a second request", async () => {
  using folder = testFolder(FILES);
  await using server = await startScriptedServer(answerDocument);
  const model = `model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }\nagents:\n`;
  const [one, two] = [folder.file("one"), folder.file("two")];
  await using daemon = await startTestDaemon(folder, model + agent("test", [one]));
  const becomes = (path: string, state: string) =>
    waitFor(`${path} becomes ${state}`, async () => (await stateOf(daemon, path)) === state);
  await becomes(folder.file("one/a.md"), "done");
  expect(server.requests).toHaveLength(2);

  daemon.configure(model + agent("test", [one, two]));
  await becomes(folder.file("two/b.md"), "done");
  expect(server.requests).toHaveLength(4);

  daemon.configure(model + agent("test", [two]));
  await becomes(folder.file("one/a.md"), "skipped not_watched");
  daemon.configure(model + agent("test", [one, two]));
  await becomes(folder.file("one/a.md"), "done");

  daemon.configure(model + agent("renamed", [one, two]));
  await waitFor("the agent has its new name", async () => {
    const { items } = await daemon.client.files({ agent_id: "renamed", state: "done" });
    return items.length === 2;
  });
  daemon.configure(model.replace("agents:\n", ""));
  await becomes(folder.file("two/b.md"), "skipped not_watched");
  daemon.configure(model + agent("renamed", [one, two]));
  await becomes(folder.file("two/b.md"), "done");
  expect(server.requests).toHaveLength(4);
  expect((await daemon.client.entities("task")).items).toMatchObject([
    { created_by: "renamed", sources: [{}] },
    { created_by: "renamed", sources: [{}] },
  ]);
});

test("an edit that is not valid is shown at its line, and the config before stays in force", async () => {
  using folder = testFolder(FILES);
  const yaml = `agents:\n${agent("test", [folder.file("one")])}`;
  await using daemon = await startTestDaemon(folder, yaml);
  daemon.configure(`${yaml}    shedule: "@daily"\n`);
  const problem = await waitFor("the error is shown", async () => {
    const { problems } = await daemon.client.status();
    return problems.find(({ code }) => code === "config_invalid");
  });
  expect(problem.message).toMatch(/config\.yaml line 5/u);
  expect(await daemon.run("test")).toMatchObject({ status: "success" });
  daemon.configure(yaml);
  await waitFor("the error is gone", async () => {
    return (await daemon.client.status()).problems.length === 0;
  });
});

test("a directory that was missing is no problem any more once it is out of the config", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  const configFor = (name: string): string =>
    `agents: [{ id: test, directories: [{ path: "${folder.file(name)}", watch: false }] }]\n`;
  await using daemon = await startTestDaemon(folder, configFor("nowhere"));
  expect(await daemon.run("test")).toMatchObject({ error: { code: "directory_missing" } });
  const { client } = daemon;
  expect((await client.status()).problems).toMatchObject([{ code: "directory_missing" }]);
  daemon.configure(configFor("in"));
  await waitFor("the problem is gone", async () => (await client.status()).state === "idle");
  expect((await client.status()).problems).toEqual([]);
});

test("a server setting that was edited says that it needs a restart", async () => {
  using folder = testFolder(FILES);
  await using daemon = await startTestDaemon(folder, "");
  folder.write("home/config.yaml", "version: 1\nserver: { port: 1 }\n");
  const problem = await waitFor("something is said", async () => {
    return (await daemon.client.status()).problems[0];
  });
  expect(problem.code).toBe("restart_required");
});

test("what waited for a key goes on as soon as the config has it", async () => {
  using folder = testFolder({ "one/a.md": "# A\n" });
  await using server = await startScriptedServer(answerDocument);
  const yaml = (url: string): string =>
    `model: { provider: openai, base_url: "${url}", name: scripted }\nagents:\n${agent("test", [folder.file("one")])}`;
  await using daemon = await startTestDaemon(folder, yaml("https://models.invalid/v1"));
  await waitFor(
    "the file waits",
    async () => (await stateOf(daemon, folder.file("one/a.md"))) === "pending key_missing",
  );
  daemon.configure(yaml(server.url));
  await waitFor("the file is done", async () => {
    return (await stateOf(daemon, folder.file("one/a.md"))) === "done";
  });
  expect(server.requests).toHaveLength(2);
});

test("an agent that shall ask before it writes writes nothing, and says why, until it need not", async () => {
  using folder = testFolder({ "one/a.md": "# A\n\n- [ ] Do a\n" });
  const yaml = (approval: string): string =>
    `agents:\n${agent("test", [folder.file("one")], `, approval: ${approval}`)}`;
  await using daemon = await startTestDaemon(folder, yaml("review"));
  const { client } = daemon;
  await waitFor(
    "the file waits",
    async () => (await stateOf(daemon, folder.file("one/a.md"))) === "pending not_yet",
  );
  expect(await client.status()).toMatchObject({
    state: "attention",
    problems: [{ code: "not_yet", agent_id: "test" }],
  });
  expect((await client.entities("task")).items).toEqual([]);
  daemon.configure(yaml("auto"));
  await waitFor("the task is there", async () => {
    return (await client.entities("task")).items.length === 1;
  });
});

test("a schedule says when it runs next, and a directory that is not watched is left to it", async () => {
  using folder = testFolder(FILES);
  const yaml = `agents:\n  - { id: test, schedule: "0 3 * * *", timezone: UTC, directories: [{ path: "${folder.file("one")}", watch: false }] }`;
  await using daemon = await startTestDaemon(folder, yaml);
  expect((await daemon.client.agent("test")).next_run_at).toMatch(/T03:00:00\.000Z$/u);
  expect((await daemon.client.runs()).items).toEqual([]);
});
