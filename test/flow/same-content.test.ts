import { createHash } from "node:crypto";
import { renameSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { type ScriptedServer, startScriptedServer } from "../helper/scripted-server.ts";

/*
 * A file that has said something before gets the content that was done for another file: no model is asked, it keeps
 * what it had said, and says nothing twice.
 */

const PLAN = "# Plan\n\n- [ ] Call Ann\n";
const LONGER = `${PLAN}- [ ] Call Bob\n`;
const LIST = "# List\n\n- [ ] Buy paint\n";

function start(folder: TestFolder, server: ScriptedServer) {
  return startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }], settle_seconds: 0 }]
`,
  );
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

async function titlesOf(daemon: TestDaemon, file: string): Promise<string[]> {
  const [row] = (await daemon.client.files({ path: file })).items;
  return row?.entities.map(({ title }) => title).toSorted() ?? [];
}

async function readThenShare(
  folder: TestFolder,
  server: ScriptedServer,
  between: (daemon: TestDaemon) => Promise<void> = async () => {},
): Promise<TestDaemon> {
  const daemon = await start(folder, server);
  await daemon.run("test");
  await between(daemon);
  folder.write("in/list.md", LONGER);
  await daemon.run("test");
  folder.write("in/plan.md", LONGER);
  await daemon.run("test");
  expect(server.requests).toHaveLength(6);
  return daemon;
}

test("a file that gets a content that was done for another file says nothing twice", async () => {
  using folder = testFolder({ "in/list.md": LIST, "in/plan.md": PLAN });
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await readThenShare(folder, server);
  const titles = ["Call Ann", "Call Bob", "Plan"];
  expect(await titlesOf(daemon, folder.file("in/plan.md"))).toEqual(titles);
  expect(await titlesOf(daemon, folder.file("in/list.md"))).toEqual([
    "Buy paint",
    "Call Ann",
    "Call Bob",
    "List",
    "Plan",
  ]);

  folder.write("in/copy.md", LONGER);
  await daemon.run("test");
  expect(server.requests).toHaveLength(6);
  expect(await titlesOf(daemon, folder.file("in/copy.md"))).toEqual(titles);
});

test("a file that is replaced by another known file with a similar text says nothing twice", async () => {
  using folder = testFolder({ "in/list.md": `${LONGER}- [ ] Call Cid\n`, "in/plan.md": LONGER });
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await start(folder, server);
  await daemon.run("test");
  renameSync(folder.file("in/plan.md"), folder.file("in/list.md"));
  await daemon.run("test");
  expect(await titlesOf(daemon, folder.file("in/list.md"))).toEqual([
    "Call Ann",
    "Call Bob",
    "Call Cid",
    "Plan",
  ]);
  expect((await daemon.client.files({ path: folder.file("in/plan.md") })).items).toMatchObject([
    { state: "gone" },
  ]);
  expect(server.requests).toHaveLength(4);
});

test("what the user deleted of a file is not brought back by the same content of another file", async () => {
  using folder = testFolder({ "in/list.md": LIST, "in/plan.md": PLAN });
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await readThenShare(folder, server, async ({ client }) => {
    const { items } = await client.entities("task");
    const id = items.find(({ title }) => title === "Call Ann")?.id ?? "";
    await client.deleteEntity("task", id);
  });
  expect(await titlesOf(daemon, folder.file("in/plan.md"))).toEqual(["Call Bob", "Plan"]);
});

test("an undo of the content leaves each file what it had said before", async () => {
  using folder = testFolder({ "in/list.md": LIST, "in/plan.md": PLAN });
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await readThenShare(folder, server);
  const { client } = daemon;
  const { items } = await client.runs({});
  const run = items.find(({ files }) => files.processed === 1);
  await client.undoRun(run?.run_id ?? "");
  expect(await titlesOf(daemon, folder.file("in/plan.md"))).toEqual(["Call Ann", "Plan"]);
  expect(await titlesOf(daemon, folder.file("in/list.md"))).toEqual(["Buy paint", "List"]);
  const tasks = await client.entities("task");
  const ann = tasks.items.find(({ title }) => title === "Call Ann");
  expect(ann?.sources).toMatchObject([{ quote: "Call Ann", hash: hashOf(PLAN), current: true }]);
});
