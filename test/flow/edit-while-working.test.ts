import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { type ScriptedServer, startScriptedServer, type Step } from "../helper/scripted-server.ts";

const FILES = { "in/a.md": "# A\n", "in/b.md": "# B\n", "in/c.md": "# C\n" };

function modelAt({ url }: ScriptedServer, name = "scripted"): string {
  return `model: { provider: openai, base_url: "${url}", name: ${name}, api_key: null }\n`;
}

/** A server that holds its first answer back until it is let go. */
async function startHeldServer(): Promise<ScriptedServer & { letGo(): void }> {
  const held = Promise.withResolvers<void>();
  const server = await startScriptedServer(async (request): Promise<Step> => {
    if (request.index === 0) await held.promise;
    return answerDocument(request);
  });
  return Object.assign(server, { letGo: held.resolve });
}

test("an ad-hoc run goes on after the config was edited", async () => {
  using folder = testFolder(FILES);
  await using server = await startHeldServer();
  await using daemon = await startTestDaemon(folder, modelAt(server));
  const agent = { directories: [{ path: folder.file("in") }] };
  const { run_id } = await daemon.client.triggerAdHoc(agent);
  await waitFor("a request arrives", () => server.requests.length === 1);
  await edit(daemon, modelAt(server), folder.file("in"));
  server.letGo();
  expect(await daemon.ended(run_id)).toMatchObject({ status: "success", files: { processed: 3 } });
});

test("an ad-hoc run whose model the config no longer names is cancelled", async () => {
  using folder = testFolder(FILES);
  await using server = await startHeldServer();
  await using daemon = await startTestDaemon(folder, modelAt(server));
  const agent = { directories: [{ path: folder.file("in") }] };
  const { run_id } = await daemon.client.triggerAdHoc(agent);
  await waitFor("a request arrives", () => server.requests.length === 1);
  await edit(daemon, modelAt(server, "another"), folder.file("in"));
  server.letGo();
  expect(await daemon.ended(run_id)).toMatchObject({ status: "cancelled" });
});

test("an agent that is disabled ends the request at hand and sends no other until it is enabled", async () => {
  using folder = testFolder(FILES);
  await using server = await startHeldServer();
  const agent = (enabled: boolean): string =>
    `${modelAt(server)}agents: [{ id: test, enabled: ${enabled}, directories: [{ path: "${folder.file("in")}", watch: false }] }]\n`;
  await using daemon = await startTestDaemon(folder, agent(true));
  const { run_id } = await daemon.client.trigger("test");
  await waitFor("a request arrives", () => server.requests.length === 1);
  daemon.configure(agent(false));
  await waitFor("the agent is disabled", async () => {
    return (await daemon.client.agent("test")).state === "disabled";
  });
  server.letGo();
  await waitFor("the file at hand waits again", async () => {
    const { pending, working } = (await daemon.client.status()).queue;
    return pending === 3 && working === 0;
  });
  expect(server.requests).toHaveLength(1);
  daemon.configure(agent(true));
  expect(await daemon.ended(run_id)).toMatchObject({ status: "success", files: { processed: 3 } });
  expect(server.requests).toHaveLength(6);
});

test("the run of an agent that was disabled while no daemon ran stands still, and goes on when it is enabled", async () => {
  using folder = testFolder(FILES);
  await using server = await startHeldServer();
  const agent = (enabled: boolean): string =>
    `${modelAt(server)}agents: [{ id: test, enabled: ${enabled}, directories: [{ path: "${folder.file("in")}", watch: false }] }]\n`;
  let runId = "";
  {
    await using daemon = await startTestDaemon(folder, agent(true));
    runId = (await daemon.client.trigger("test")).run_id;
    await waitFor("a request arrives", () => server.requests.length === 1);
  }
  server.letGo();
  await using daemon = await startTestDaemon(folder, agent(false));
  expect(await daemon.client.run(runId)).toMatchObject({ status: "running" });
  expect(server.requests).toHaveLength(1);
  daemon.configure(agent(true));
  expect(await daemon.ended(runId)).toMatchObject({ status: "success", files: { processed: 3 } });
});

/** Edits the config and waits until it is in force, which one more agent shows. */
async function edit(daemon: TestDaemon, yaml: string, directory: string): Promise<void> {
  const agent = `{ id: shows, enabled: false, directories: [{ path: "${directory}" }] }`;
  daemon.configure(`${yaml}agents: [${agent}]\n`);
  await waitFor("the edit is in force", async () => {
    const { agents } = await daemon.client.status();
    return agents.some(({ id }) => id === "shows");
  });
}
