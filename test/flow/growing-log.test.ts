import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import {
  type RecordedRequest,
  reply,
  type ScriptedServer,
  startScriptedServer,
  type Step,
} from "../helper/scripted-server.ts";

const DAYS = [
  ["Ask Ann for the keys", "Order the paint"],
  ["Call the electrician"],
  ["Send the invoice to Bob"],
  ["Return the drill"],
  ["Thank the neighbours"],
];

/** The log as it stands after so many days: every day adds to what was there. */
function logAfter(days: number): string {
  const entries = DAYS.slice(0, days).map(
    (items, day) => `## Day ${day + 1}\n\n${items.map((item) => `- [ ] ${item}`).join("\n")}\n`,
  );
  return `# House log\n\n${entries.join("\n")}`;
}

/** Goes through five versions of the log; after the first the user renames, completes and deletes. */
async function keepLog(folder: TestFolder, daemon: TestDaemon): Promise<void> {
  const { client } = daemon;
  for (let day = 1; day <= DAYS.length; day += 1) {
    folder.write("in/log.md", logAfter(day));
    expect(await daemon.run("test")).toMatchObject({ status: "success", files: { processed: 1 } });
    const byTitle = new Map(
      (await client.entities("task")).items.map(({ id, title }) => [title, id]),
    );
    const idOf = (title: string): string => byTitle.get(title) ?? `no ${title}`;
    if (day === 1) {
      await client.editEntity("task", idOf("Ask Ann for the keys"), { title: "Fetch the keys" });
    } else if (day === 2) {
      await client.editEntity("task", idOf("Order the paint"), { status: "done" });
    } else if (day === 3) {
      await client.deleteEntity("task", idOf("Call the electrician"));
    }
  }
}

async function expectOneOfEach(daemon: TestDaemon): Promise<void> {
  const { items } = await daemon.client.entities("task");
  const found = items.map(({ title, status, user_edited }) => ({ title, status, user_edited }));
  expect(found.toReversed()).toEqual([
    { title: "Fetch the keys", status: "open", user_edited: ["title"] },
    { title: "Order the paint", status: "done", user_edited: ["status"] },
    { title: "Send the invoice to Bob", status: "open", user_edited: [] },
    { title: "Return the drill", status: "open", user_edited: [] },
    { title: "Thank the neighbours", status: "open", user_edited: [] },
  ]);
  expect((await daemon.client.entities("note")).items).toHaveLength(1);
}

function start(folder: TestFolder, server?: ScriptedServer): Promise<TestDaemon> {
  const model = server && `model: { provider: openai, base_url: "${server.url}", api_key: null }`;
  return startTestDaemon(
    folder,
    `${model ?? ""}
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]
`,
  );
}

test("a log that grows has one task for each item, and what the user did to them stays, with rules", async () => {
  using folder = testFolder();
  await using daemon = await start(folder);
  await keepLog(folder, daemon);
  await expectOneOfEach(daemon);
});

test("a box that is ticked and unticked closes its task and opens it again, and what the user closed stays", async () => {
  using folder = testFolder();
  await using daemon = await start(folder);
  const { client } = daemon;
  const statuses = async (first: string, second: string): Promise<string[]> => {
    folder.write("in/list.md", `# List\n\n- [${first}] Pay rent\n- [${second}] Call Ann\n`);
    await daemon.run("test");
    return (await client.entities("task")).items.map(({ status }) => status).toReversed();
  };
  expect(await statuses(" ", " ")).toEqual(["open", "open"]);
  const [call] = (await client.entities("task")).items;
  await client.editEntity("task", call?.id ?? "", { status: "done" });
  expect(await statuses("x", " ")).toEqual(["done", "done"]);
  folder.write("in/list.md", "# List\n");
  await daemon.run("test");
  // Not the very text of before, which would be applied again without being read.
  expect(await statuses(" ", "x")).toEqual(["open", "done"]);
});

test("the same with a model that says everything again", async () => {
  using folder = testFolder();
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await start(folder, server);
  await keepLog(folder, daemon);
  await expectOneOfEach(daemon);
});

/** A model that finds other words each time, and gives the same passages. */
function answerInOtherWords(request: RecordedRequest): Step {
  const { text, iteration } = readDocument(request);
  if (iteration > 1) return reply({ content: "Recorded." });
  const days = text.match(/^## /gm)?.length ?? 0;
  const calls = [...text.matchAll(/^- \[ \] (.+)$/gm)].map(([, item = ""]) => {
    const title = days === 1 ? item : `${item} (day ${days}, please)`;
    return { name: "create_task", arguments: { title, quote: item, status: "open" } };
  });
  return reply({
    calls: [
      { name: "create_note", arguments: { title: "House log", quote: "House log" } },
      ...calls,
    ],
  });
}

test("the same with a model that finds other words for it each time", async () => {
  using folder = testFolder();
  await using server = await startScriptedServer(answerInOtherWords);
  await using daemon = await start(folder, server);
  const { client } = daemon;
  const titles = async (): Promise<string[]> =>
    (await client.entities("task")).items.map(({ title }) => title).toReversed();
  folder.write("in/log.md", logAfter(1));
  await daemon.run("test");
  const [paint, keys] = (await client.entities("task")).items;
  await client.editEntity("task", keys?.id ?? "", { title: "Fetch the keys" });
  await client.deleteEntity("task", paint?.id ?? "");
  for (const day of [2, 3]) {
    folder.write("in/log.md", logAfter(day));
    await daemon.run("test");
  }
  expect(await titles()).toEqual([
    "Fetch the keys",
    "Call the electrician (day 3, please)",
    "Send the invoice to Bob (day 3, please)",
  ]);
});

test("a model is told what the file gave before, and what the user did to it", async () => {
  using folder = testFolder();
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await start(folder, server);
  await keepLog(folder, daemon);
  const asked = server.requests.filter((request) => readDocument(request).iteration === 1);
  const before = asked.map(
    ({ body }) => /<before-\w+>\n(.*?)\n<\/before-/su.exec(body.messages[1]?.content ?? "")?.[1],
  );
  expect(before[0]).toBe("nothing");
  expect(before[1]).toMatch(/^- task_\w+: task, open: Fetch the keys \(the user edited title\)$/mu);
  expect(before[2]).toMatch(/: task, done: Order the paint \(the user edited status\)$/mu);
  expect(before[3]).toMatch(/^- deleted by the user, .*: task Call the electrician$/mu);
});
