import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import {
  hang,
  reply,
  type ScriptedServer,
  startScriptedServer,
} from "../helper/scripted-server.ts";

/*
 * What becomes of work that another version of the product did: the jobs in the journal are made those of an older
 * extractor and prompt, which is what they are after those versions were raised.
 */

const OLDER = "-e1p1";

function configFor(server: ScriptedServer, folder: TestFolder, more = ""): string {
  return `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }], settle_seconds: 0${more} }]
`;
}

function edit(folder: TestFolder, statement: string): void {
  const database = new Database(folder.file("home/agent-runner.db"));
  database.exec(statement);
  database.close();
}

const makeOlder = (folder: TestFolder): void =>
  edit(
    folder,
    `UPDATE jobs SET recipe = base_recipe || '${OLDER}', extractor = iif(extractor IS NULL, NULL, '1');
    UPDATE documents SET extractor = '1'; UPDATE search_documents SET extractor = '1'`,
  );

const asked = ({ requests }: ScriptedServer): string[] =>
  requests.map(readDocument).map(({ file, iteration }) => `${file} ${iteration}`);

test.each(["new_only", "all"])(
  "what another version of the product did stays done, copies and reverts too (on_recipe_change: %s)",
  async (choice) => {
    using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Task\n" });
    await using server = await startScriptedServer(answerDocument);
    const config = configFor(server, folder, `, on_recipe_change: ${choice}`);
    {
      await using daemon = await startTestDaemon(folder, config);
      await daemon.run("test");
      folder.write("in/a.md", "# A\n\n- [ ] Another\n");
      await daemon.run("test");
    }
    makeOlder(folder);
    const before = server.requests.length;
    await using daemon = await startTestDaemon(folder, config);
    folder.write("in/copy.md", "# A\n\n- [ ] Another\n");
    expect(await daemon.run("test")).toMatchObject({ files: { found: 2, unchanged: 2 } });
    folder.write("in/a.md", "# A\n\n- [ ] Task\n");
    expect(await daemon.run("test")).toMatchObject({ files: { found: 2, unchanged: 2 } });
    expect(server.requests).toHaveLength(before);

    folder.write("in/new.md", "# New\n");
    expect(await daemon.run("test")).toMatchObject({ files: { found: 3, processed: 1 } });
    const { items } = await daemon.client.files();
    expect(items.map(({ recipe }) => recipe?.endsWith(OLDER))).toEqual([true, true, false]);
    // What a user changes means what it always meant.
    daemon.configure(config.replace("id: test,", `id: test, instructions: "More.",`));
    await waitFor(
      "the config is applied",
      async () => (await daemon.client.agent("test")).instructions === "More.",
    );
    await daemon.run("test");
    expect(server.requests).toHaveLength(before + (choice === "all" ? 8 : 2));
  },
);

test("what a model failed at under another version of the product costs nothing again", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  await using server = await startScriptedServer(() => reply({ finish_reason: "content_filter" }));
  const config = configFor(server, folder);
  {
    await using daemon = await startTestDaemon(folder, config);
    expect(await daemon.run("test")).toMatchObject({ files: { failed: 1 } });
  }
  const before = server.requests.length;
  makeOlder(folder);
  await using daemon = await startTestDaemon(folder, config);
  expect(await daemon.run("test")).toMatchObject({ files: { unchanged: 1 } });
  expect(server.requests).toHaveLength(before);
  daemon.configure(config.replace("id: test,", `id: test, instructions: "More.",`));
  await waitFor(
    "the config is applied",
    async () => (await daemon.client.agent("test")).instructions === "More.",
  );
  expect(await daemon.run("test")).toMatchObject({ files: { failed: 1 } });
  expect(server.requests).toHaveLength(2 * before);
});

test("what could not be read by another version of the product is tried again, once", async () => {
  using folder = testFolder({ "in/a.pdf": "%PDF-1.7\nnot a page\n" });
  await using server = await startScriptedServer(answerDocument);
  const config = configFor(server, folder);
  {
    await using daemon = await startTestDaemon(folder, config);
    expect(await daemon.run("test")).toMatchObject({ files: { failed: 1 } });
  }
  makeOlder(folder);
  await using daemon = await startTestDaemon(folder, config);
  expect(await daemon.run("test")).toMatchObject({ files: { failed: 1, unchanged: 0 } });
  expect(await daemon.run("test")).toMatchObject({ files: { unchanged: 1 } });
  expect(server.requests).toEqual([]);
});

test("a job that another version began goes on with its replies and the document they are about", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Task\n", "in/b.md": "# B\n" });
  let isHeld = true;
  await using server = await startScriptedServer((request) => {
    const { file, iteration } = readDocument(request);
    return isHeld && file === "a.md" && iteration === 2 ? hang() : answerDocument(request);
  });
  const config = configFor(server, folder, `, model: { concurrency: 2 }`);
  {
    await using daemon = await startTestDaemon(folder, config);
    await daemon.client.trigger("test");
    await waitFor("it waits for its second reply", () => asked(server).includes("a.md 2"));
    await waitFor("the other is done", () => asked(server).includes("b.md 2"));
  }
  isHeld = false;
  makeOlder(folder);
  // As an older extractor may have read it.
  edit(folder, `UPDATE documents SET document = replace(document, 'Task', 'Task as it was read')`);
  await using daemon = await startTestDaemon(folder, config);
  await daemon.endedRun(1);
  expect(asked(server).toSorted()).toEqual(["a.md 1", "a.md 2", "a.md 2", "b.md 1", "b.md 2"]);
  expect(server.requests.at(-1)?.body.messages[1]?.content).toContain("Task as it was read");
  const { items } = await daemon.client.files();
  expect(items[0]).toMatchObject({ state: "done" });
  expect(items[0]?.recipe).toMatch(/-e1p1$/u);
});

test("a job that waited and had no reply is done by the version that does it", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  await using server = await startScriptedServer(answerDocument);
  const config = configFor(server, folder);
  {
    const away = config.replace(server.url, "http://127.0.0.1:9/v1");
    await using daemon = await startTestDaemon(folder, away);
    await daemon.run("test");
    const { items } = await daemon.client.files();
    expect(items[0]).toMatchObject({ state: "pending", reason: "endpoint_unreachable" });
  }
  makeOlder(folder);
  await using daemon = await startTestDaemon(folder, config);
  expect(await daemon.run("test")).toMatchObject({ files: { processed: 1 } });
  const [file] = (await daemon.client.files()).items;
  expect(file?.recipe).not.toMatch(/-e1p1$/u);
  expect((await daemon.client.file(file?.file_id ?? "")).text).toContain("A");
  expect(asked(server)).toEqual(["a.md 1", "a.md 2"]);
});

test("what a dry run of another version left is committed from its replies", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Task\n" });
  await using server = await startScriptedServer(answerDocument);
  const config = configFor(server, folder);
  {
    await using daemon = await startTestDaemon(folder, config);
    await daemon.run("test", { dry_run: true });
  }
  makeOlder(folder);
  await using daemon = await startTestDaemon(folder, config);
  expect(await daemon.run("test")).toMatchObject({ entities: { created: 2 } });
  expect(asked(server)).toEqual(["a.md 1", "a.md 2"]);
});

test("what another version could not read waits for consent where it is much", async () => {
  const names = ["a", "b", "c"];
  using folder = testFolder(
    Object.fromEntries(names.map((name) => [`in/${name}.rtf`, `{\\rtf1 ${name}}`])),
  );
  await using server = await startScriptedServer(answerDocument);
  // Another address of this machine, which counts as one of another.
  const config = configFor(server, folder, ", confirm_above_files: 2").replace(
    "127.0.0.1",
    "0.0.0.0",
  );
  const few = config.replace("confirm_above_files: 2", "confirm_above_files: 9");
  {
    await using daemon = await startTestDaemon(folder, few);
    expect(await daemon.run("test")).toMatchObject({ files: { processed: 3 } });
  }
  makeOlder(folder);
  edit(
    folder,
    `UPDATE jobs SET state = 'skipped', reason = 'unsupported', extractor = NULL, frame = NULL;
    UPDATE files SET state = 'skipped', reason = 'unsupported'`,
  );
  const before = server.requests.length;
  await using daemon = await startTestDaemon(folder, config);
  const { run_id } = await daemon.client.trigger("test");
  await waitFor("the run waits for consent", async () => {
    const { problems } = await daemon.client.status();
    return problems.some(({ code }) => code === "confirm_needed");
  });
  expect(server.requests).toHaveLength(before);
  await daemon.client.confirm("test");
  expect(await daemon.ended(run_id)).toMatchObject({ files: { processed: 3 } });
});
