import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import {
  type RecordedRequest,
  type ScriptedServer,
  startScriptedServer,
  type Step,
} from "../helper/scripted-server.ts";

const FILES = { "one/a.md": "# A\n", "two/b.md": "# B\n" };

/** A config with one agent that looks at these directories, for a model at the server. */
function configFor(server: ScriptedServer, id: string, directories: string[], more = ""): string {
  const list = directories.map((directory) => `{ path: "${directory}" }`).join(", ");
  return `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: ${id}, directories: [${list}], settle_seconds: 0${more} }]
`;
}

function filesBecome(daemon: TestDaemon, states: Record<string, string>): Promise<true> {
  return waitFor(`files become ${JSON.stringify(states)}`, async () => {
    const { items } = await daemon.client.files();
    const found = items.map(({ agent_id, path, state, reason }) => [
      `${agent_id} ${path.split("/").at(-1)}`,
      [state, reason].filter(Boolean).join(" "),
    ]);
    return isDeepStrictEqual(Object.fromEntries(found), states);
  });
}

/** Answers the first request when it is told to, and the others at once. */
function heldAnswer() {
  const gate = Promise.withResolvers<void>();
  const script = async (request: RecordedRequest): Promise<Step> => {
    if (request.index === 0) await gate.promise;
    return answerDocument(request);
  };
  return { script, release: () => gate.resolve() };
}

test("an agent that is renamed while no daemon runs is the same one", async () => {
  using folder = testFolder(FILES);
  await using server = await startScriptedServer(answerDocument);
  const one = [folder.file("one")];
  {
    await using daemon = await startTestDaemon(folder, configFor(server, "test", one));
    await filesBecome(daemon, { "test a.md": "done" });
  }
  await using daemon = await startTestDaemon(folder, configFor(server, "other", one));
  await filesBecome(daemon, { "other a.md": "done" });
  expect(await daemon.run("other")).toMatchObject({ files: { found: 1, unchanged: 1 } });
  expect(server.requests).toHaveLength(2);
});

test("what leaves the config while no daemon runs is not watched, and costs nothing when it is back", async () => {
  using folder = testFolder(FILES);
  await using server = await startScriptedServer(answerDocument);
  const [one, two] = [folder.file("one"), folder.file("two")];
  const both = configFor(server, "test", [one, two]);
  const states = { "test a.md": "done", "test b.md": "done" };
  const without = [
    [configFor(server, "test", [two]), { ...states, "test a.md": "skipped not_watched" }],
    [
      both.replace(/agents.*/u, ""),
      { "test a.md": "skipped not_watched", "test b.md": "skipped not_watched" },
    ],
  ] as const;
  for (const [config, left] of [[both, states], without[0], [both, states], without[1]] as const) {
    await using daemon = await startTestDaemon(folder, config);
    await filesBecome(daemon, left);
  }
  await using daemon = await startTestDaemon(folder, both);
  await filesBecome(daemon, states);
  expect(server.requests).toHaveLength(4);
});

test("an agent takes back its id with all that was done under another", async () => {
  using folder = testFolder(FILES);
  await using server = await startScriptedServer(answerDocument);
  const one = [folder.file("one")];
  const brief = `, instructions: "Be brief."`;
  await using daemon = await startTestDaemon(folder, configFor(server, "test", one));
  await filesBecome(daemon, { "test a.md": "done" });
  // Another recipe: not the same agent.
  daemon.configure(configFor(server, "other", one, brief));
  const left = { "test a.md": "skipped not_watched" };
  await filesBecome(daemon, { ...left, "other a.md": "done" });
  folder.write("one/new.md", "# New\n");
  await filesBecome(daemon, { ...left, "other a.md": "done", "other new.md": "done" });
  daemon.configure(configFor(server, "test", one, brief));
  await filesBecome(daemon, { "test a.md": "done", "test new.md": "done" });
  expect(server.requests).toHaveLength(6);
});

test("a paused agent stays paused under its new name", async () => {
  using folder = testFolder(FILES);
  await using server = await startScriptedServer([]);
  const one = [folder.file("one")];
  await using daemon = await startTestDaemon(
    folder,
    configFor(server, "test", one, ", enabled: false"),
  );
  await daemon.client.pause({ agent_id: "test" });
  daemon.configure(configFor(server, "other", one));
  await filesBecome(daemon, { "other a.md": "pending" });
  expect(await daemon.client.agent("other")).toMatchObject({ state: "paused" });
});

test("a file that is worked on when its directory leaves the config is done, and then not watched", async () => {
  using folder = testFolder(FILES);
  const { script, release } = heldAnswer();
  await using server = await startScriptedServer(script);
  const two = [folder.file("two")];
  await using daemon = await startTestDaemon(
    folder,
    configFor(server, "test", [folder.file("one")]),
  );
  await waitFor("the first request arrives", () => server.requests.length === 1);
  daemon.configure(configFor(server, "test", two));
  await waitFor("the edit is in force", async () => {
    return (await daemon.client.agent("test")).directories[0]?.path === two[0];
  });
  release();
  await filesBecome(daemon, { "test a.md": "skipped not_watched", "test b.md": "done" });
  expect((await daemon.client.status()).queue).toEqual({ pending: 0, working: 0, failed: 0 });
  expect(server.requests).toHaveLength(4);
});

test.each([
  ["is disabled", (config: string) => config.replace("id:", "enabled: false, id:"), "pending"],
  ["is removed", (config: string) => config.replace(/agents.*/u, ""), "skipped not_watched"],
])("an agent that %s sends nothing more", async (_, edit, state) => {
  using folder = testFolder({ "one/a.md": "# A\n", "one/b.md": "# B\n" });
  const { script, release } = heldAnswer();
  await using server = await startScriptedServer(script);
  const config = configFor(server, "test", [folder.file("one")]);
  await using daemon = await startTestDaemon(folder, config);
  await waitFor("the first request arrives", () => server.requests.length === 1);
  daemon.configure(edit(config));
  await waitFor("the edit is in force", async () => {
    const { agents } = await daemon.client.status();
    return agents.every((agent) => agent.state === "disabled");
  });
  release();
  await waitFor(`both files are ${state}`, async () => {
    const { items } = await daemon.client.files();
    return items.every((file) => `${file.state} ${file.reason}`.startsWith(state));
  });
  expect(server.requests).toHaveLength(1);
  daemon.configure(config);
  await filesBecome(daemon, { "test a.md": "done", "test b.md": "done" });
});

test("a run of an ad-hoc agent goes on after an edit that does not concern it", async () => {
  using folder = testFolder({ "one/a.md": "# A\n", "one/b.md": "# B\n" });
  const { script, release } = heldAnswer();
  await using server = await startScriptedServer(script);
  const config = configFor(server, "test", [folder.file("two")]);
  await using daemon = await startTestDaemon(folder, config);
  const { run_id } = await daemon.client.triggerAdHoc({
    directories: [{ path: folder.file("one") }],
  });
  await waitFor("the first request arrives", () => server.requests.length === 1);
  daemon.configure(config.replace("id: test", "id: test, name: Renamed"));
  await waitFor("the edit is in force", async () => {
    return (await daemon.client.agent("test")).name === "Renamed";
  });
  release();
  expect(await daemon.ended(run_id)).toMatchObject({ status: "success", files: { processed: 2 } });
});
