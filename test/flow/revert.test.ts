import { copyFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import { type ScriptedServer, startScriptedServer } from "../helper/scripted-server.ts";

function start(folder: TestFolder, server: ScriptedServer): Promise<TestDaemon> {
  return startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]
`,
  );
}

// A scripted note holds the first 200 characters.
const LONG = `# Plan\n\n${"A long remark. ".repeat(14)}\n`;

test("a file goes back to a text that said nothing new of a note, and the note is as it was", async () => {
  using folder = testFolder({ "in/plan.md": LONG });
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await start(folder, server);
  const bodyOf = async () => (await daemon.client.entities("note")).items.map(({ body }) => body);
  await daemon.run("test");
  for (const text of [`${LONG}- [ ] Call Ann\n`, "# Plan\n\nShort.\n", `${LONG}- [ ] Call Ann\n`]) {
    folder.write("in/plan.md", text);
    await daemon.run("test");
    expect(await bodyOf()).toEqual([text.slice(0, 200)]);
  }
  expect(server.requests).toHaveLength(3 * 2);
});

test("a file that comes with an earlier text of another rests on all that was said of it, and doubles nothing", async () => {
  const text = (...tasks: string[]) =>
    ["# Plan\n", ...tasks.map((each) => `- [ ] ${each}`), ""].join("\n");
  using folder = testFolder({ "in/a.md": text("Call Ann") });
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await start(folder, server);
  const { client } = daemon;
  await daemon.run("test");
  folder.write("in/a.md", text("Call Ann", "Call Bob"));
  await daemon.run("test");
  copyFileSync(folder.file("in/a.md"), folder.file("earlier.md"));
  folder.write("in/a.md", text("Call Ann", "Call Bob", "Buy paint"));
  await daemon.run("test");

  copyFileSync(folder.file("earlier.md"), folder.file("in/b.md"));
  expect(await daemon.run("test")).toMatchObject({ files: { found: 2, unchanged: 2 } });
  const [file] = (await client.files({ path: folder.file("in/b.md") })).items;
  expect(file?.entities.map(({ title }) => title).toSorted()).toEqual([
    "Call Ann",
    "Call Bob",
    "Plan",
  ]);
  folder.write("in/b.md", text("Call Ann", "Call Cem"));
  await daemon.run("test");
  expect((await client.entities("task")).items.map(({ title }) => title).toSorted()).toEqual([
    "Buy paint",
    "Call Ann",
    "Call Bob",
    "Call Cem",
  ]);
});

test("a text that is back before it was done is asked about from where it was left", async () => {
  const [first, second] = ["# Plan\n\n- [ ] Call Ann\n", "# Plan\n\n- [ ] Call Bob\n"];
  using folder = testFolder({ "in/plan.md": first });
  const gate = Promise.withResolvers<void>();
  await using server = await startScriptedServer(async (request) => {
    if (request.index === 0) await gate.promise;
    return answerDocument(request);
  });
  await using daemon = await start(folder, server);
  const { client } = daemon;
  const { run_id } = await client.trigger("test");
  await waitFor("the first request arrives", () => server.requests.length === 1);
  await client.pause();
  gate.resolve();
  await waitFor("nothing is worked on", async () => (await client.status()).queue.working === 0);
  folder.write("in/plan.md", second);
  await client.resume();
  await daemon.ended(run_id);
  await daemon.run("test");
  folder.write("in/plan.md", first);
  await daemon.run("test");
  const asked = server.requests.map((request) => readDocument(request));
  expect(asked.map(({ text, iteration }) => [text.includes("Ann"), iteration])).toEqual([
    [true, 1],
    [false, 1],
    [false, 2],
    [true, 2],
  ]);
});
