import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import {
  type RecordedRequest,
  reply,
  type ScriptedServer,
  startScriptedServer,
  status,
} from "../helper/scripted-server.ts";

/** The address of a server by a name that does not count as this machine. */
const remote = ({ url }: ScriptedServer): string => url.replace("127.0.0.1", "0.0.0.0");

const model = (url: string): string =>
  `model: { provider: openai, base_url: "${url}", name: scripted, api_key: null }`;

const agents = (...of: { id: string; path: string; more?: string; keys?: string }[]): string =>
  `agents:\n${of
    .map(
      ({ id, path, more = "", keys = "" }) =>
        `  - { id: ${id}, directories: [{ path: "${path}", watch: false${more} }]${keys} }`,
    )
    .join("\n")}\n`;

const texts = (bodies: readonly unknown[]): string => JSON.stringify(bodies);

async function fileAt({ client }: TestDaemon, path: string) {
  const { items } = await client.files({ path });
  return items[0];
}

test("what may not be sent waits and says so, and is sent once the settings allow it", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Buy paint\n" });
  await using server = await startScriptedServer(answerDocument);
  const path = folder.file("in");
  const config = (sends: string): string =>
    `${model(remote(server))}\n${agents({ id: "test", path, more: `, sends: ${sends}` })}`;
  await using daemon = await startTestDaemon(folder, config("loopback"));
  expect(await daemon.run("test")).toMatchObject({
    files: { found: 1, processed: 0, pending: 1 },
    usage: { requests: 0 },
  });
  const waiting = await fileAt(daemon, folder.file("in/plan.md"));
  expect(waiting).toMatchObject({ state: "pending", reason: "not_allowed" });
  expect(waiting?.error?.message).toContain("may not be sent to 0.0.0.0");
  const { problems } = await daemon.client.status();
  expect(problems).toMatchObject([{ code: "not_allowed", agent_id: "test", files: 1 }]);
  expect(server.requests).toEqual([]);

  daemon.configure(config("[0.0.0.0]"));
  await waitFor(
    "the file is done",
    async () => (await fileAt(daemon, folder.file("in/plan.md")))?.state === "done",
  );
  expect((await daemon.client.status()).problems).toEqual([]);
  expect(server.requests).toHaveLength(2);
});

test("the rules read what may not be sent where that is said, and a model does not read it again unasked", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Buy paint\n" });
  await using server = await startScriptedServer([]);
  const path = folder.file("in");
  const config = (more: string): string =>
    `${model(remote(server))}\n${more}${agents({ id: "test", path })}`;
  await using daemon = await startTestDaemon(folder, config("sends: never\nfallback: rules\n"));
  expect(await daemon.run("test")).toMatchObject({ status: "success", files: { processed: 1 } });
  const file = await fileAt(daemon, folder.file("in/plan.md"));
  expect(file).toMatchObject({
    state: "done",
    outcome: "recorded",
    warnings: [{ code: "read_by_rules" }],
  });
  daemon.configure(config(""));
  await waitFor("the edit is in force", async () =>
    ((await daemon.client.config()).text ?? "").includes("never") ? undefined : true,
  );
  expect(await daemon.run("test")).toMatchObject({ files: { unchanged: 1 } });
  expect((await daemon.client.sent()).items).toEqual([]);
});

test("a server on this machine that passes requests on is not this machine, and one that is silent is asked later", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Buy paint\n" });
  const info = (api_base: string | null): unknown => ({
    data: [
      { model_name: "scripted", litellm_params: { model: "openai/x", api_base }, model_info: {} },
    ],
  });
  let api_base: string | null = null;
  await using server = await startScriptedServer(answerDocument, {
    pages: { "/model/info": () => info(api_base) },
  });
  const config = `${model(server.url)}\nsends: loopback\n${agents({ id: "test", path: folder.file("in") })}`;
  await using daemon = await startTestDaemon(folder, config);
  await daemon.run("test");
  const file = await fileAt(daemon, folder.file("in/plan.md"));
  expect(file).toMatchObject({ state: "pending", reason: "not_allowed" });
  expect(file?.error?.message).toContain("passes requests for scripted on to another machine");
  expect(server.requests).toEqual([]);
  api_base = "http://localhost:11434";
  // What it said last is believed for a minute, which the clock of the test makes short.
  await waitFor("it is asked again", async () => {
    await daemon.run("test");
    return (await fileAt(daemon, folder.file("in/plan.md")))?.state === "done";
  });
  expect(server.requests.length).toBeGreaterThan(0);
});

test("the ledger has each request as the endpoint saw it, a refused form too", async () => {
  using folder = testFolder({
    "in/a.md": "# A\n\n- [ ] Paint the fence\n",
    "in/b.md": "# B\n\n- [ ] Buy paint\n",
  });
  let refused = 0;
  await using server = await startScriptedServer((request) => {
    if (request.index === 0) {
      refused += 1;
      return status(400, {
        error: {
          message: "Unsupported parameter: 'parallel_tool_calls'",
          param: "parallel_tool_calls",
        },
      });
    }
    return answerDocument(request);
  });
  const config = `${model(remote(server))}\n${agents({ id: "test", path: folder.file("in") })}`;
  await using daemon = await startTestDaemon(folder, config);
  await daemon.run("test");
  const { items } = await daemon.client.sent();
  expect(refused).toBe(1);
  const seen = server.requests.map(({ body }) => ({
    path: folder.file(`in/${readDocument({ body } as RecordedRequest).file}`),
    bytes: Buffer.byteLength(JSON.stringify(body)),
    model: body.model,
  }));
  expect(
    items.toReversed().map(({ path, bytes, model: name }) => ({ path, bytes, model: name })),
  ).toEqual(seen);
  expect(new Set(items.map(({ host, loopback }) => `${host} ${loopback}`))).toEqual(
    new Set([`${new URL(remote(server)).host} false`]),
  );
  const [file] = (await daemon.client.files({ path: folder.file("in/a.md") })).items;
  await daemon.client.forgetFile(file?.file_id ?? "");
  const after = (await daemon.client.sent()).items.filter(
    ({ file_id }) => file_id === file?.file_id,
  );
  expect(after.length).toBeGreaterThan(0);
  expect(after.every(({ path }) => path === null)).toBe(true);
});

test("a frame that was fixed before the settings became stricter is made again, and its replies are not used", async () => {
  using folder = testFolder({
    "private/secret.md": "# Secret merger\n\nProject: Canary\n\n- [ ] Call the canary\n",
    "open/plan.md": "# Plan\n\n- [ ] Buy paint\n",
  });
  let isDown = false;
  await using server = await startScriptedServer((request) => {
    if (isDown) return status(503);
    const { file, iteration } = readDocument(request);
    if (file !== "plan.md" || iteration > 2) {
      isDown = file === "plan.md" && !texts([request.body]).includes("Nothing of note");
      return isDown ? status(503) : answerDocument(request);
    }
    if (iteration === 1) return reply({ calls: [{ name: "search", arguments: { text: "call" } }] });
    const [, found = "Nothing of note"] = /(Call the \w+)/u.exec(texts([request.body])) ?? [];
    const note = { title: "Plan", body: found, quote: "Buy paint" };
    return reply({ calls: [{ name: "create_note", arguments: note }] });
  });
  const config = (sends: string): string =>
    `${model(remote(server))}\n${agents(
      { id: "private", path: folder.file("private"), more: sends },
      { id: "open", path: folder.file("open") },
    )}`;
  await using daemon = await startTestDaemon(folder, config(""));
  await daemon.run("private");
  const { run_id } = await daemon.client.trigger("open");
  await waitFor("the endpoint is down", () => isDown);
  const before = server.requests.findLast(({ body }) => texts([body]).includes("Buy paint"));
  expect(texts([before?.body])).toContain("Call the canary");
  daemon.configure(config(", sends: never"));
  await waitFor(
    "the settings are in force",
    async () => (await daemon.client.agents())[0]?.directories[0]?.sends === "never",
  );
  const sentBefore = server.requests.length;
  isDown = false;
  await daemon.ended(run_id);
  await waitFor(
    "the file is done",
    async () => (await fileAt(daemon, folder.file("open/plan.md")))?.state === "done",
  );
  const after = server.requests.slice(sentBefore);
  expect(after.length).toBeGreaterThan(0);
  expect(texts(after.map(({ body }) => body))).not.toMatch(/canary|secret/iu);
});

test("a project with the name of a hidden one is joined, and the model learns nothing of it", async () => {
  using folder = testFolder({
    "private/a.md": "# Note\n\nProject: Orchid\n\n- [ ] Water the orchid\n",
    "open/b.md": "# Orchid\n\nOrchid needs a pot.\n",
  });
  await using server = await startScriptedServer((request) => {
    const { iteration } = readDocument(request);
    if (iteration > 2) return reply({ content: "Done." });
    const named = { name: "orchid", quote: "Orchid needs a pot." };
    if (iteration === 1) return reply({ calls: [{ name: "create_project", arguments: named }] });
    const { project } = JSON.parse(request.body.messages.at(-1)?.content ?? "{}") as {
      project: { id: string; name: string };
    };
    const task = { title: "Buy a pot", project_id: project.id, quote: "Orchid needs a pot." };
    return reply({ calls: [{ name: "create_task", arguments: task }] });
  });
  const config = `${model(remote(server))}\nfallback: rules\n${agents(
    { id: "private", path: folder.file("private"), more: ", sends: never" },
    { id: "open", path: folder.file("open") },
  )}`;
  await using daemon = await startTestDaemon(folder, config);
  await daemon.run("private");
  const [hidden] = (await daemon.client.entities("project")).items;
  expect(hidden?.name).toBe("Orchid");
  await daemon.run("open");
  const { items } = await daemon.client.entities("project");
  expect(items.map(({ id }) => id)).toEqual([hidden?.id]);
  const [pot] = (await daemon.client.entities("task")).items.filter(({ title }) =>
    /pot/.test(title),
  );
  expect(pot?.project_id).toBe(hidden?.id);
  const sent = texts(server.requests.map(({ body }) => body));
  expect(sent).not.toContain("already_recorded");
  expect(sent).not.toContain(hidden?.id);
  expect(sent).not.toContain("Water");
});

test("what may not be sent is in no estimate, and no consent is asked for it", async () => {
  const files = Array.from({ length: 6 }, (_, index) => [
    `private/${index}.md`,
    `# ${index}\n\nx ${index}\n`,
  ]);
  using folder = testFolder({
    ...(Object.fromEntries(files) as Record<string, string>),
    "open/a.md": "# A\n",
  });
  await using server = await startScriptedServer(answerDocument);
  const both = `directories: [{ path: "${folder.file("private")}", watch: false, sends: never }, { path: "${folder.file("open")}", watch: false }]`;
  const config = `${model(remote(server))}\nagents:\n  - { id: test, ${both}, confirm_above_files: 3 }\n`;
  await using daemon = await startTestDaemon(folder, config);
  expect(await daemon.run("test")).toMatchObject({ files: { found: 7, processed: 1, pending: 6 } });
  expect(await daemon.client.estimate("test")).toMatchObject({ files: 0 });
  expect((await daemon.client.status()).problems).toMatchObject([
    { code: "not_allowed", files: 6 },
  ]);
});

test("consent is asked for files that the rules read instead of a remote model", async () => {
  const files = Array.from({ length: 6 }, (_, index) => [
    `in/${index}.md`,
    `# ${index}\n\nx ${index}\n`,
  ]);
  using folder = testFolder(Object.fromEntries(files) as Record<string, string>);
  await using server = await startScriptedServer([]);
  const keys = ", confirm_above_files: 3";
  const config = `${model(remote(server))}\nsends: never\nfallback: rules\n${agents({ id: "test", path: folder.file("in"), keys })}`;
  await using daemon = await startTestDaemon(folder, config);
  const { run_id } = await daemon.client.trigger("test");
  const found = await waitFor("consent is asked for", async () =>
    (await daemon.client.status()).problems.find(({ code }) => code === "confirm_needed"),
  );
  expect(found.message).toBe(
    "6 files wait for consent to be read by the built-in rules, because nothing may be sent to scripted.",
  );
  await daemon.client.confirm("test");
  expect(await daemon.ended(run_id)).toMatchObject({ files: { processed: 6 } });
});

test("settings that were edited while no daemon ran count at once", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Buy paint\n" });
  await using server = await startScriptedServer(answerDocument);
  const config = (sends: string): string =>
    `${model(remote(server))}\nsends: ${sends}\n${agents({ id: "test", path: folder.file("in") })}`;
  {
    await using daemon = await startTestDaemon(folder, config("never"));
    await daemon.run("test");
    const file = await fileAt(daemon, folder.file("in/plan.md"));
    expect(file).toMatchObject({ reason: "not_allowed" });
  }
  await using daemon = await startTestDaemon(folder, config("any"));
  await waitFor(
    "the file is done",
    async () => (await fileAt(daemon, folder.file("in/plan.md")))?.state === "done",
  );
});

test("files of equal content are sent only if each of them may be", async () => {
  const text = "# Plan\n\n- [ ] Buy paint\n";
  using folder = testFolder({ "open/plan.md": text, "private/copy.md": text });
  await using server = await startScriptedServer([]);
  const directories = `directories: [{ path: "${folder.file("open")}", watch: false }, { path: "${folder.file("private")}", watch: false, sends: never }]`;
  const config = `${model(remote(server))}\nagents: [{ id: test, ${directories} }]\n`;
  await using daemon = await startTestDaemon(folder, config);
  await daemon.run("test");
  const { items } = await daemon.client.files();
  expect(items.map(({ state, reason }) => [state, reason])).toEqual([
    ["pending", "not_allowed"],
    ["pending", "not_allowed"],
  ]);
});

test("an edit while a request is under way keeps the next one from being sent", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Buy paint\n" });
  const edited = Promise.withResolvers<void>();
  await using server = await startScriptedServer([
    async (response) => {
      await edited.promise;
      const quote = "Buy paint";
      await reply({ calls: [{ name: "create_task", arguments: { title: quote, quote } }] })(
        response,
      );
    },
  ]);
  const config = (sends: string): string =>
    `${model(remote(server))}\n${agents({ id: "test", path: folder.file("in"), more: `, sends: ${sends}` })}`;
  await using daemon = await startTestDaemon(folder, config("any"));
  const { run_id } = await daemon.client.trigger("test");
  await waitFor("the first request is under way", () => server.requests.length === 1);
  daemon.configure(config("never"));
  await waitFor(
    "the settings are in force",
    async () => (await daemon.client.agents())[0]?.directories[0]?.sends === "never",
  );
  edited.resolve();
  await daemon.ended(run_id);
  const file = await fileAt(daemon, folder.file("in/plan.md"));
  expect(file).toMatchObject({ state: "pending", reason: "not_allowed" });
  expect(server.requests).toHaveLength(1);
});
