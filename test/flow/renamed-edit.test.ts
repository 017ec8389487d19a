import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer, status } from "../helper/scripted-server.ts";

/** A text of some tasks. */
const list = (heading: string, ...tasks: string[]): string =>
  `# ${heading}\n\n${tasks.map((task) => `- [ ] ${task}\n`).join("")}`;

const DRAFT = list("Draft", "Keep me", "Delete me");

const agentOn = (folder: TestFolder, settings: string): string =>
  `agents: [{ id: test, on_delete: retire, ${settings} }]`.replace("IN", folder.file("in"));

const BY_HAND =
  'settle_seconds: 0, resettle_seconds: 0, directories: [{ path: "IN", watch: false }]';
const LIVE = 'settle_seconds: 0.1, resettle_seconds: 0.1, directories: [{ path: "IN" }]';

async function titlesOf({ client }: TestDaemon): Promise<string[]> {
  const { items } = await client.entities("task");
  return items
    .filter(({ status }) => status === "open")
    .map(({ title }) => title)
    .toSorted();
}

async function deleteTask({ client }: TestDaemon, wanted: string): Promise<void> {
  const { items } = await client.entities("task");
  await client.deleteEntity("task", items.find(({ title }) => title === wanted)?.id ?? "");
}

/** The name and id of each file that is not gone. */
async function filesOf({ client }: TestDaemon): Promise<Record<string, string>> {
  const { items } = await client.files({ limit: 200 });
  const here = items.filter(({ state }) => state !== "gone");
  return Object.fromEntries(here.map((file) => [path.basename(file.path), file.file_id]));
}

test("a file that is renamed and edited between two looks is the same file", async () => {
  using folder = testFolder({ "in/draft.md": DRAFT });
  await using daemon = await startTestDaemon(folder, agentOn(folder, BY_HAND));
  await daemon.run("test");
  const before = await filesOf(daemon);
  await deleteTask(daemon, "Delete me");
  renameSync(folder.file("in/draft.md"), folder.file("in/final.md"));
  appendFileSync(folder.file("in/final.md"), "- [ ] Added\n");
  await daemon.run("test");
  expect(await titlesOf(daemon)).toEqual(["Added", "Keep me"]);
  expect(await filesOf(daemon)).toEqual({ "final.md": before["draft.md"] });
  expect((await daemon.client.entities("note")).items).toHaveLength(1);
  const [file] = (await daemon.client.files({ path: folder.file("in/final.md") })).items;
  expect(file).toMatchObject({ state: "done" });
});

test.each(["in", "in/other"])(
  "a file that is renamed into %s and edited at once is the same file to a daemon that watches",
  async (to) => {
    using folder = testFolder({ "in/draft.md": DRAFT });
    mkdirSync(folder.file("in/other"));
    await using daemon = await startTestDaemon(folder, agentOn(folder, LIVE));
    await waitFor("the draft is done", async () => (await titlesOf(daemon)).length === 2);
    const before = await filesOf(daemon);
    await deleteTask(daemon, "Delete me");
    renameSync(folder.file("in/draft.md"), folder.file(`${to}/final.md`));
    appendFileSync(folder.file(`${to}/final.md`), "- [ ] Added\n");
    await waitFor("the new task is there", async () => (await titlesOf(daemon)).includes("Added"));
    expect(await titlesOf(daemon)).toEqual(["Added", "Keep me"]);
    await daemon.run("test");
    expect(await filesOf(daemon)).toEqual({ "final.md": before["draft.md"] });
    expect(await titlesOf(daemon)).toEqual(["Added", "Keep me"]);
  },
);

test.each<[state: string, put: (daemon: TestDaemon) => Promise<void>, code: number | null]>([
  ["pending: endpoint_unreachable", async () => {}, 503],
  ["failed", async () => {}, 400],
  [
    "skipped: undone",
    async ({ client }) => {
      const [run] = (await client.runs()).items;
      await client.undoRun(run?.run_id ?? "");
    },
    null,
  ],
])("a file that is %s is the same file after a rename with an edit", async (_, put, code) => {
  using folder = testFolder({ "in/draft.md": DRAFT });
  let isFaulty = code !== null;
  await using server = await startScriptedServer((request) =>
    isFaulty ? status(code ?? 200) : answerDocument(request),
  );
  await using daemon = await startTestDaemon(
    folder,
    `model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }\n${agentOn(folder, BY_HAND)}`,
  );
  await daemon.run("test");
  await put(daemon);
  isFaulty = false;
  const before = await filesOf(daemon);
  renameSync(folder.file("in/draft.md"), folder.file("in/final.md"));
  appendFileSync(folder.file("in/final.md"), "- [ ] Added\n");
  await daemon.run("test");
  expect(await filesOf(daemon)).toEqual({ "final.md": before["draft.md"] });
  expect(await titlesOf(daemon)).toEqual(["Added", "Delete me", "Keep me"]);
});

test("a file that is edited, set back and renamed, then renamed again with edits, is one file", async () => {
  using folder = testFolder({ "in/a.md": DRAFT });
  await using daemon = await startTestDaemon(folder, agentOn(folder, BY_HAND));
  await daemon.run("test");
  const before = await filesOf(daemon);
  await deleteTask(daemon, "Delete me");
  appendFileSync(folder.file("in/a.md"), "- [ ] Passing\n");
  await daemon.run("test");
  writeFileSync(folder.file("in/a.md"), DRAFT);
  renameSync(folder.file("in/a.md"), folder.file("in/b.md"));
  await daemon.run("test");
  expect(await filesOf(daemon)).toEqual({ "b.md": before["a.md"] });
  renameSync(folder.file("in/b.md"), folder.file("in/c.md"));
  appendFileSync(folder.file("in/c.md"), "- [ ] Added\n");
  await daemon.run("test");
  renameSync(folder.file("in/c.md"), folder.file("in/a.md"));
  appendFileSync(folder.file("in/a.md"), "- [ ] At last\n");
  await daemon.run("test");
  expect(await filesOf(daemon)).toEqual({ "a.md": before["a.md"] });
  const titles = await titlesOf(daemon);
  expect(titles.filter((title) => title !== "Passing")).toEqual(["Added", "At last", "Keep me"]);
});

const APPLES = list("Apples", "Pick apples", "Wash apples", "Eat apples");
const BREAD = list("Bread", "Knead dough", "Bake bread", "Slice bread");

test.each<[what: string, steps: readonly [from: string, to: string][], names: [string, string]]>([
  [
    "a chain",
    [
      ["b.md", "c.md"],
      ["a.md", "b.md"],
    ],
    ["b.md", "c.md"],
  ],
  [
    "a chain against the order of names",
    [
      ["y.md", "x.md"],
      ["z.md", "y.md"],
    ],
    ["y.md", "x.md"],
  ],
  [
    "a swap",
    [
      ["a.md", "t.md"],
      ["b.md", "a.md"],
      ["t.md", "b.md"],
    ],
    ["b.md", "a.md"],
  ],
])("after %s of renames with edits, each file is the one it was", async (_, steps, names) => {
  const [apples, bread] = steps.some(([from]) => from === "z.md")
    ? ["z.md", "y.md"]
    : ["a.md", "b.md"];
  using folder = testFolder({ [`in/${apples}`]: APPLES, [`in/${bread}`]: BREAD });
  await using daemon = await startTestDaemon(folder, agentOn(folder, BY_HAND));
  await daemon.run("test");
  const before = await filesOf(daemon);
  await deleteTask(daemon, "Eat apples");
  await deleteTask(daemon, "Slice bread");
  for (const [from, to] of steps) renameSync(folder.file(`in/${from}`), folder.file(`in/${to}`));
  for (const name of names) appendFileSync(folder.file(`in/${name}`), `- [ ] More of ${name}\n`);
  await daemon.run("test");
  const [applesNow, breadNow] = names;
  expect(await filesOf(daemon)).toEqual({
    [applesNow]: before[apples],
    [breadNow]: before[bread],
  });
  expect(await titlesOf(daemon)).toEqual(
    ["Bake bread", "Knead dough", `More of ${applesNow}`, `More of ${breadNow}`]
      .concat("Pick apples", "Wash apples")
      .toSorted(),
  );
});

test("a file that replaces another one keeps its id, and the other one is gone", async () => {
  using folder = testFolder({ "in/a.md": APPLES, "in/b.md": BREAD });
  await using daemon = await startTestDaemon(folder, agentOn(folder, BY_HAND));
  await daemon.run("test");
  const before = await filesOf(daemon);
  renameSync(folder.file("in/a.md"), folder.file("in/b.md"));
  appendFileSync(folder.file("in/b.md"), "- [ ] Cook apples\n");
  await daemon.run("test");
  expect(await filesOf(daemon)).toEqual({ "b.md": before["a.md"] });
  expect(await titlesOf(daemon)).toEqual([
    "Cook apples",
    "Eat apples",
    "Pick apples",
    "Wash apples",
  ]);
});

test("an editor that saves by writing a new file under the same name keeps the file", async () => {
  using folder = testFolder({ "in/a.md": APPLES });
  await using daemon = await startTestDaemon(folder, agentOn(folder, BY_HAND));
  await daemon.run("test");
  const before = await filesOf(daemon);
  for (const text of [`${APPLES}- [ ] More\n`, BREAD]) {
    folder.write("in/.a.md.tmp", text);
    renameSync(folder.file("in/.a.md.tmp"), folder.file("in/a.md"));
    await daemon.run("test");
    expect(await filesOf(daemon)).toEqual(before);
  }
});

test("a file that is kept under another name while its next version takes its place is a new file", async () => {
  using folder = testFolder({ "in/b.md": APPLES });
  await using daemon = await startTestDaemon(folder, agentOn(folder, BY_HAND));
  await daemon.run("test");
  const before = await filesOf(daemon);
  for (const [kept, text] of [
    ["a.md", `${APPLES}- [ ] More\n`],
    ["c.md", BREAD],
  ] as const) {
    renameSync(folder.file("in/b.md"), folder.file(`in/${kept}`));
    appendFileSync(folder.file(`in/${kept}`), "\nKept.\n");
    folder.write("in/b.md", text);
    await daemon.run("test");
    expect(await filesOf(daemon)).toMatchObject(before);
  }
  expect(Object.keys(await filesOf(daemon)).toSorted()).toEqual(["a.md", "b.md", "c.md"]);
});
