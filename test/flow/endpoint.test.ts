import { copyFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import {
  type RecordedRequest,
  type ScriptedServer,
  reply,
  startScriptedServer,
  status,
} from "../helper/scripted-server.ts";

function configFor(url: string, directory: string, more = ""): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${directory}", watch: false }]${more} }]
`;
}

test("a model is given tools, fence, date and projects, and what it calls is recorded", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Buy paint\n" });
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await startTestDaemon(
    folder,
    configFor(server.url, folder.file("in"), `, instructions: "Only what concerns the house."`),
  );
  await daemon.client.createEntity("project", { name: "House" });
  const run = await daemon.run("test");
  expect(run).toMatchObject({ status: "success", usage: { requests: 2, cost_usd: null } });

  const [first, second] = server.requests;
  const [system, user] = first?.body.messages ?? [];
  expect(system).toMatchObject({
    role: "system",
    content: expect.stringContaining("Only what concerns the house."),
  });
  expect(user?.content).toMatch(
    /<(document-[0-9a-f]{16})>\n# Plan\n\n- \[ \] Buy paint\n\n<\/\1>$/u,
  );
  expect(user?.content).toMatch(/project_\w+: House/u);
  expect(user?.content).toMatch(/Today: \d{4}-\d\d-\d\d/u);
  const tools = first?.body.tools?.map((tool) => tool.function.name);
  expect(tools).toEqual([
    "list_projects",
    "create_project",
    "update_project",
    "list_tasks",
    "create_task",
    "update_task",
    "list_notes",
    "create_note",
    "update_note",
    "search",
    "finish",
  ]);
  // The prefix that a prompt cache needs is the same in the next request.
  expect(second?.body.tools).toEqual(first?.body.tools);
  expect(second?.body.messages.slice(0, 2)).toEqual([system, user]);

  const [task] = (await daemon.client.entities("task")).items;
  expect(task).toMatchObject({
    title: "Buy paint",
    created_by: "test",
    sources: [{ quote: "Buy paint", verified: true }],
  });
});

test("fifty files ask twice each; run again, copied or forced to share content, they ask no more", async () => {
  const files = Array.from({ length: 50 }, (_, index) => [
    `in/${index}.md`,
    `# File ${index}\n\n- [ ] Task ${index}\n`,
  ]);
  using folder = testFolder(Object.fromEntries(files) as Record<string, string>);
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const first = await daemon.run("test");
  expect(first).toMatchObject({
    status: "success",
    files: { found: 50, processed: 50 },
    entities: { created: 100, updated: 0 },
    usage: { requests: 100 },
  });
  const asked = new Set(server.requests.map((request) => readDocument(request).file));
  expect([asked.size, server.requests.length]).toEqual([50, 100]);

  copyFileSync(folder.file("in/7.md"), folder.file("in/copy-of-7.md"));
  const second = await daemon.run("test");
  expect(second).toMatchObject({
    status: "success",
    files: { found: 51, unchanged: 51, processed: 0 },
    usage: { requests: 0, cost_usd: 0 },
  });
  expect(server.requests).toHaveLength(100);

  const forced = await daemon.run("test", { force: true, paths: [folder.file("in/7.md")] });
  expect(forced).toMatchObject({ files: { found: 1, processed: 1 }, usage: { requests: 2 } });
  expect((await daemon.client.entities("task", { limit: 500 })).items).toHaveLength(50);
});

test("a project a model creates can be used in its next reply, and its list is given back at once", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\nPaint the fence.\n" });
  await using server = await startScriptedServer((request) => {
    const { iteration } = readDocument(request);
    if (iteration === 1)
      return reply({ calls: [{ name: "create_project", arguments: { name: "Garden" } }] });
    if (iteration === 3) return reply({ content: "Done." });
    const answer = request.body.messages.at(-1)?.content ?? "";
    const { project, projects } = JSON.parse(answer) as {
      project: { id: string };
      projects: { id: string; name: string }[];
    };
    expect(projects).toEqual([{ id: project.id, name: "Garden" }]);
    const task = { title: "Paint the fence", project_id: project.id };
    return reply({ calls: [{ name: "create_task", arguments: task }] });
  });
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  await daemon.run("test");
  const [project] = (await daemon.client.entities("project")).items;
  const [task] = (await daemon.client.entities("task")).items;
  expect(task?.project_id).toBe(project?.id);
});

test("an ad-hoc agent is the same one every time, and costs nothing the second time", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n\n- [ ] Buy paint\n" });
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await startTestDaemon(
    folder,
    `model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }`,
  );
  const agent = { directories: [{ path: folder.file("in") }], instructions: "House" };
  const first = await daemon.ended((await daemon.client.triggerAdHoc(agent)).run_id);
  expect(first.agent_id).toMatch(/^adhoc-[0-9a-f]{12}$/u);
  expect(first.usage.requests).toBe(2);
  const second = await daemon.ended((await daemon.client.triggerAdHoc(agent)).run_id);
  expect(second).toMatchObject({ agent_id: first.agent_id, usage: { requests: 0 } });
});

test("an ad-hoc agent is asked for anew with what was written last: address, key, price", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n" });
  await using wrong = await startScriptedServer([status(401, "No.")]);
  await using right = await startScriptedServer(answerDocument);
  await using daemon = await startTestDaemon(folder, "");
  const run = async ({ url }: { url: string }, api_key: string) => {
    const model = { provider: "openai" as const, base_url: url, name: "scripted", api_key };
    const agent = { directories: [{ path: folder.file("in") }], model };
    return daemon.ended((await daemon.client.triggerAdHoc(agent)).run_id);
  };
  const first = await run(wrong, "sk-first-key-000");
  expect(first).toMatchObject({ error: { code: "key_refused" } });
  const second = await run(right, "sk-second-key-000");
  expect(second).toMatchObject({ agent_id: first.agent_id, status: "success" });
  expect(right.requests[0]?.headers.authorization).toBe("Bearer sk-second-key-000");
});

test("an ad-hoc agent asks the model of an agent of the config, with the key that nobody can read", async () => {
  using folder = testFolder({ "in/plan.md": "# Plan\n" });
  await using server = await startScriptedServer(answerDocument);
  const own = `{ provider: openai, base_url: "${server.url}", name: scripted, api_key: sk-own-key-000 }`;
  await using daemon = await startTestDaemon(
    folder,
    `agents: [{ id: test, model: ${own}, directories: [{ path: "${folder.file("else")}" }] }]`,
  );
  const { client } = daemon;
  const agent = { directories: [{ path: folder.file("in") }], model_of: "test" };
  const run = await daemon.ended((await client.triggerAdHoc(agent)).run_id);
  expect(run).toMatchObject({ status: "success", files: { processed: 1 } });
  expect(server.requests[0]?.headers.authorization).toBe("Bearer sk-own-key-000");
  await expect(client.triggerAdHoc({ ...agent, model_of: "nobody" })).rejects.toMatchObject({
    code: "agent_not_found",
  });
  await expect(
    client.triggerAdHoc({ ...agent, model: { provider: "rules" } }),
  ).rejects.toMatchObject({ code: "invalid_request" });
});

test("a changed recipe costs nothing by itself; with on_recipe_change: all, each file is asked once more", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Do a\n", "in/b.md": "# B\n" });
  await using server = await startScriptedServer(answerDocument);
  const countRequests = async (more: string): Promise<number> => {
    const before = server.requests.length;
    const config = configFor(server.url, folder.file("in"), more);
    await using daemon = await startTestDaemon(folder, config);
    expect(await daemon.run("test")).toMatchObject({ status: "success" });
    return server.requests.length - before;
  };
  expect(await countRequests("")).toBe(4);
  expect(await countRequests(`, instructions: "Be brief."`)).toBe(0);
  const all = `, instructions: "Be brief.", on_recipe_change: all`;
  expect(await countRequests(all)).toBe(4);
  expect(await countRequests(all)).toBe(0);
});

test("a file that failed is tried again under another recipe", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  let isShort = true;
  await using server = await startScriptedServer((request) =>
    isShort ? reply({ content: "", finish_reason: "length" }) : answerDocument(request),
  );
  const run = async (more: string) => {
    const config = configFor(server.url, folder.file("in"), more);
    await using daemon = await startTestDaemon(folder, config);
    return (await daemon.run("test")).files;
  };
  expect(await run("")).toMatchObject({ failed: 1 });
  isShort = false;
  expect(await run("")).toMatchObject({ unchanged: 1, processed: 0 });
  expect(await run(`, instructions: "Be brief."`)).toMatchObject({ processed: 1 });
});

test("two agents with endpoints of their own work side by side, each shown with its own", async () => {
  using folder = testFolder({
    "one/a.md": "# A\n\n- [ ] Do a\n",
    "two/b.md": "# B\n\n- [ ] Do b\n",
  });
  const both = Promise.withResolvers<void>();
  // Neither answers before both were asked.
  const together = async (request: RecordedRequest, isOther: () => boolean) => {
    if (isOther()) both.resolve();
    await both.promise;
    return answerDocument(request);
  };
  const props = (n_ctx: number) => ({ "/props": { default_generation_settings: { n_ctx } } });
  await using first: ScriptedServer = await startScriptedServer(
    (request) => together(request, () => second.requests.length > 0),
    { pages: props(16_000) },
  );
  await using second: ScriptedServer = await startScriptedServer(
    (request) => together(request, () => first.requests.length > 0),
    { pages: props(32_000) },
  );
  const agent = (id: string, { url }: ScriptedServer): string =>
    `  - { id: ${id}, directories: [{ path: "${folder.file(id)}", watch: false }], model: { provider: openai, base_url: "${url}", name: of-${id}, api_key: null } }\n`;
  await using daemon = await startTestDaemon(
    folder,
    `agents:\n${agent("one", first)}${agent("two", second)}`,
  );
  const [one, two] = await Promise.all([daemon.run("one"), daemon.run("two")]);
  expect([one.status, two.status]).toEqual(["success", "success"]);
  expect(first.requests.map(({ body }) => body.model)).toEqual(["of-one", "of-one"]);
  expect(second.requests.map(({ body }) => body.model)).toEqual(["of-two", "of-two"]);
  const { model, agents } = await daemon.client.status();
  expect(model.name).toBe("rules");
  expect(agents).toMatchObject([
    {
      id: "one",
      model: { name: "of-one", base_url: first.url, reachable: true },
      context_window: { tokens: 16_000, source: "server" },
    },
    {
      id: "two",
      model: { name: "of-two", base_url: second.url, reachable: true },
      context_window: { tokens: 32_000, source: "server" },
    },
  ]);
  expect(await daemon.client.agent("two")).toMatchObject({
    model: { name: "of-two" },
    reachable: true,
  });
});
