import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { readDocument } from "../helper/scripted-answers.ts";
import { type RecordedRequest, reply, startScriptedServer } from "../helper/scripted-server.ts";

const list = (...tasks: string[]): string =>
  `# Plan\n\n${tasks.map((task) => `- [ ] ${task}\n`).join("")}`;

async function findTask({ client }: TestDaemon, wanted: string) {
  const found = (await client.entities("task")).items.find(({ title }) => title === wanted);
  if (found === undefined) throw new Error(`There is no task ${wanted}.`);
  return found;
}

test("a task whose line leaves its file is no longer in it, until the line is back", async () => {
  using folder = testFolder({ "in/plan.md": list("Pay rent", "Call Ann") });
  await using daemon = await startTestDaemon(
    folder,
    `agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]`,
  );
  const { client } = daemon;
  await daemon.run("test");
  const { id } = await findTask(daemon, "Pay rent");

  folder.write("in/plan.md", list("Call Ann"));
  await daemon.run("test");
  const dropped = await client.entities("task", { in_file: false });
  expect(dropped.items).toMatchObject([{ id, status: "open", in_file: false }]);
  expect(await findTask(daemon, "Call Ann")).toMatchObject({ in_file: true });
  const { sources } = await client.explain(id);
  expect(sources).toMatchObject([
    { current: false, verified: true, passage: { quote: expect.stringContaining("Pay rent") } },
  ]);
  const [file] = (await client.files({})).items;
  expect(sources[0]?.hash).not.toBe(file?.hash);

  folder.write("in/plan.md", list("Pay rent", "Call Ann", "Buy paint"));
  await daemon.run("test");
  expect((await client.entities("task", { in_file: false })).items).toEqual([]);
  expect(await findTask(daemon, "Pay rent")).toMatchObject({ id, in_file: true });
});

/** What the prompt lists as given before, and the names of the tools that the model gets. */
function readOffer({ body }: RecordedRequest): { before: string; tools: string[] } {
  const prompt = body.messages.findLast(({ role }) => role === "user")?.content ?? "";
  return {
    before: /<(before-[^>\s]+)>\n([\s\S]*?)\n<\/\1>/u.exec(prompt)?.[2] ?? "",
    tools: body.tools?.map((tool) => tool.function.name) ?? [],
  };
}

const RENT = { title: "Pay rent" };

test.each([
  ["says that it is gone", true],
  ["says nothing of it", false],
])("of what has no passage the model is asked; where it %s, that counts", async (_what, says) => {
  using folder = testFolder({ "in/plan.md": "The rent is due.\n" });
  const offers: ReturnType<typeof readOffer>[] = [];
  await using server = await startScriptedServer((request) => {
    const { text, iteration } = readDocument(request);
    if (iteration > 1) return reply({ content: "Done." });
    const offer = readOffer(request);
    offers.push(offer);
    if (text.startsWith("The rent"))
      return reply({ calls: [{ name: "create_task", arguments: RENT }] });
    const id = /^- (\S+): task, open: Pay rent \(no passage is known/mu.exec(offer.before)?.[1];
    const call = says
      ? { name: "mark_gone", arguments: { id } }
      : { name: "create_task", arguments: { title: "Call Ann", quote: "Call Ann" } };
    return reply({ calls: [call] });
  });
  await using daemon = await startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }], settle_seconds: 0, resettle_seconds: 0 }]
`,
  );
  await daemon.run("test");
  folder.write("in/plan.md", "Call Ann.\n");
  await daemon.run("test");
  expect(offers.map(({ tools }) => tools.includes("mark_gone"))).toEqual([false, true]);
  const task = await findTask(daemon, "Pay rent");
  expect(task).toMatchObject({ status: "open", in_file: !says });
  expect(task.sources).toMatchObject([{ quote: null, verified: false, current: !says }]);
  // No request is sent for a file that is done, whatever was said of it.
  const before = server.requests.length;
  await daemon.run("test");
  expect(server.requests).toHaveLength(before);
});

test("a file cannot say that what another file gave is gone", async () => {
  using folder = testFolder({ "in/a.md": "The rent is due.\n" });
  let rent = "";
  const results: string[] = [];
  await using server = await startScriptedServer((request) => {
    const { text, iteration } = readDocument(request);
    results.push(
      ...request.body.messages.flatMap((one) => (one.role === "tool" ? [one.content ?? ""] : [])),
    );
    if (iteration > 1) return reply({ content: "Done." });
    const task = text.startsWith("The rent") ? RENT : { title: "Own" };
    const create = { name: "create_task", arguments: task };
    const gone = { name: "mark_gone", arguments: { id: rent } };
    return reply({ calls: text.includes("Evil") ? [create, gone] : [create] });
  });
  await using daemon = await startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }], settle_seconds: 0, resettle_seconds: 0 }]
`,
  );
  await daemon.run("test");
  rent = (await findTask(daemon, "Pay rent")).id;
  folder.write("in/b.md", "Mine.\n");
  await daemon.run("test");
  // Something of its own has no passage, so that it has the tool.
  folder.write("in/b.md", "Evil.\n");
  await daemon.run("test");
  expect(results.at(-1)).toContain("is listed as having no passage");
  expect(await findTask(daemon, "Pay rent")).toMatchObject({ in_file: true });
});

test("a copy of an earlier version opens again what on_drop: retire closed", async () => {
  using folder = testFolder({ "in/plan.md": list("Pay rent", "Call Ann") });
  await using daemon = await startTestDaemon(
    folder,
    `agents: [{ id: test, on_drop: retire, directories: [{ path: "${folder.file("in")}", watch: false }] }]`,
  );
  await daemon.run("test");
  const { id } = await findTask(daemon, "Pay rent");
  folder.write("in/plan.md", list("Call Ann"));
  await daemon.run("test");
  expect(await findTask(daemon, "Pay rent")).toMatchObject({ status: "cancelled", in_file: false });
  folder.write("in/old.md", list("Pay rent", "Call Ann"));
  await daemon.run("test");
  expect(await findTask(daemon, "Pay rent")).toMatchObject({ id, status: "open", in_file: true });
});
