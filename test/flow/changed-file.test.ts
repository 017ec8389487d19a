import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import {
  type RecordedRequest,
  reply,
  type ScriptedServer,
  startScriptedServer,
  type Step,
} from "../helper/scripted-server.ts";

const TOPICS = ["The boiler", "The roof", "The garden", "The cellar", "The stairs"];

/** Lines of a log that name nothing to do; about twenty tokens each. */
function linesOf(from: number, count: number): string {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    return `Entry ${number}: ${TOPICS[number % 5] ?? ""} was looked at by the neighbours, and nothing was wrong.\n`;
  }).join("");
}

const FIRST = `# House log\n\n- [ ] Call the roofer\n\n${linesOf(0, 200)}`;

function contentOf({ body }: RecordedRequest, role: string): string {
  return body.messages.findLast((message) => message.role === role)?.content ?? "";
}

/** What the document message shows of changes; undefined: it shows the whole. */
function changesIn(request: RecordedRequest): string | undefined {
  return /<(changes-\w+)>\n([\s\S]*)\n<\/\1>/.exec(contentOf(request, "user"))?.[2];
}

/** One task for each open box that it reads, and the end, in one reply. */
function answerAll(request: RecordedRequest): Step {
  const text = contentOf(request, "user").replace(/[\s\S]*?<(?:document|changes)-/u, "");
  const tasks = [...text.matchAll(/^(?:\+ )?- \[ \] (.+)$/gm)].map(([, title = ""]) => ({
    name: "create_task",
    arguments: { title, quote: title },
  }));
  const prompt_tokens = Math.ceil(JSON.stringify(request.body).length / 4);
  return reply({
    calls: [...tasks, { name: "finish", arguments: {} }],
    usage: { prompt_tokens, completion_tokens: 50 },
  });
}

function start(folder: TestFolder, server: ScriptedServer, more = ""): Promise<TestDaemon> {
  return startTestDaemon(
    folder,
    `model: { provider: openai, base_url: "${server.url}", api_key: null }
agents: [{ id: test, ${more} directories: [{ path: "${folder.file("in")}", watch: false }] }]
`,
  );
}

async function titlesOf({ client }: TestDaemon): Promise<string[]> {
  return (await client.entities("task")).items.map(({ title }) => title).toSorted();
}

test("a changed file is sent as what changed, and what it still has stays in it", async () => {
  using folder = testFolder({ "in/log.md": FIRST });
  await using server = await startScriptedServer(answerAll);
  await using daemon = await start(folder, server);
  await daemon.run("test");
  const second = FIRST.replace("Entry 50: The boiler", "Entry 50: The old boiler");
  folder.write("in/log.md", `${second}- [ ] Order slates\n`);
  expect(await daemon.run("test")).toMatchObject({ outcomes: { recorded: 1 } });

  expect(server.requests.map(changesIn)).toEqual([
    undefined,
    [
      "@@ line 52, in: House log @@",
      ...linesOf(47, 3)
        .trimEnd()
        .split("\n")
        .map((line) => `  ${line}`),
      `- ${linesOf(50, 1).trimEnd()}`,
      `+ ${linesOf(50, 1).trimEnd().replace("The boiler", "The old boiler")}`,
      ...linesOf(51, 3)
        .trimEnd()
        .split("\n")
        .map((line) => `  ${line}`),
      "@@ line 202, in: House log @@",
      ...linesOf(197, 3)
        .trimEnd()
        .split("\n")
        .map((line) => `  ${line}`),
      "+ - [ ] Order slates",
      "  ",
    ].join("\n"),
  ]);
  expect(await titlesOf(daemon)).toEqual(["Call the roofer", "Order slates"]);
  const tasks = (await daemon.client.entities("task")).items;
  expect(tasks.map(({ in_file }) => in_file)).toEqual([true, true]);
  const { items } = await daemon.client.files();
  expect(items.map(({ read }) => read)).toEqual(["changes"]);

  // What a removed line gave is no longer in the file.
  const third = `${second.replace("- [ ] Call the roofer\n", "")}- [ ] Order slates\n`;
  folder.write("in/log.md", third);
  await daemon.run("test");
  const inFile = async (): Promise<[string, boolean, number][]> =>
    (await daemon.client.entities("task")).items
      .map(({ title, in_file, sources }): [string, boolean, number] => [
        title,
        in_file,
        sources.length,
      ])
      .toSorted(([one], [other]) => one.localeCompare(other));
  expect(await inFile()).toEqual([
    ["Call the roofer", false, 1],
    ["Order slates", true, 1],
  ]);

  // A copy has what the file has, also what the changes did not show, and costs nothing.
  folder.write("in/copy.md", third);
  await daemon.run("test");
  expect(server.requests).toHaveLength(3);
  expect(await inFile()).toEqual([
    ["Call the roofer", false, 1],
    ["Order slates", true, 2],
  ]);
});

test("a line that is gone is not shown while some directory may not be sent", async () => {
  using folder = testFolder({ "in/log.md": FIRST });
  await using server = await startScriptedServer(answerAll);
  await using daemon = await startTestDaemon(
    folder,
    `model: { provider: openai, base_url: "${server.url}", api_key: null }
agents:
  - id: test
    directories:
      - { path: "${folder.file("in")}", watch: false }
      - { path: "${folder.file("in/private")}", watch: false, sends: never }
`,
  );
  await daemon.run("test");
  folder.write("in/log.md", FIRST.replace("Entry 50:", "Entry fifty:"));
  await daemon.run("test");
  const shown = changesIn(server.requests[1] ?? ({ body: { messages: [] } } as never));
  expect(shown).toContain("\n- (removed lines: 1)\n+ Entry fifty:");
  expect(JSON.stringify(server.requests[1]?.body)).not.toContain("Entry 50:");
});

test("a dry run and the run after it send the changes once", async () => {
  using folder = testFolder({ "in/log.md": FIRST });
  await using server = await startScriptedServer(answerAll);
  await using daemon = await start(folder, server);
  await daemon.run("test");
  folder.write("in/log.md", `${FIRST}- [ ] Order slates\n`);
  await daemon.run("test", { dry_run: true });
  expect(await titlesOf(daemon)).toEqual(["Call the roofer"]);
  await daemon.run("test");
  expect(await titlesOf(daemon)).toEqual(["Call the roofer", "Order slates"]);
  expect(server.requests.map((request) => changesIn(request) === undefined)).toEqual([true, false]);
});

test("a model gets the whole document when it asks for it, and then ends in another reply", async () => {
  using folder = testFolder({ "in/log.md": FIRST });
  await using server = await startScriptedServer((request) => {
    if (changesIn(request) === undefined || contentOf(request, "tool") !== "") {
      return answerAll(request);
    }
    return reply({
      calls: [
        { name: "read_whole", arguments: {} },
        { name: "finish", arguments: {} },
      ],
    });
  });
  await using daemon = await start(folder, server);
  await daemon.run("test");
  folder.write("in/log.md", `${FIRST}- [ ] Order slates\n`);
  await daemon.run("test");
  expect(server.requests).toHaveLength(3);
  const results = server.requests[2]?.body.messages.filter(({ role }) => role === "tool") ?? [];
  expect(results[0]?.content).toMatch(
    /^<document-(\w+)>\n# House log[\s\S]*Order slates\n\n<\/document-\1>$/u,
  );
  expect(results[1]?.content).toContain("Not finished");
  const offered = server.requests.map(({ body }) => body.tools?.at(-1)?.function.name);
  expect(offered).toEqual(["finish", "read_whole", "read_whole"]);
  expect((await daemon.client.files()).items.map(({ read }) => read)).toEqual(["whole"]);
});

const ADDED = `${FIRST}- [ ] Order slates\n`;

test.each<[string, (daemon: TestDaemon, folder: TestFolder) => Promise<unknown>]>([
  ["is forced", (daemon) => daemon.run("test", { force: true })],
  [
    "was undone",
    async (daemon) => {
      const { items } = await daemon.client.runs();
      await daemon.client.undoRun(items[0]?.run_id ?? "");
      return daemon.run("test");
    },
  ],
  [
    "has another extent",
    async (daemon, folder) => {
      folder.write("in/log.md", linesOf(1_000, 300));
      return daemon.run("test");
    },
  ],
  [
    "was forgotten",
    async (daemon, folder) => {
      folder.write("in/log.md", FIRST);
      await daemon.run("test");
      const { items } = await daemon.client.files();
      await daemon.client.forgetFile(items[0]?.file_id ?? "");
      folder.write("in/log.md", ADDED);
      return daemon.run("test");
    },
  ],
])("the whole is sent of a file that %s", async (_, act) => {
  using folder = testFolder({ "in/log.md": FIRST });
  await using server = await startScriptedServer(answerAll);
  await using daemon = await start(folder, server);
  await daemon.run("test");
  folder.write("in/log.md", ADDED);
  await act(daemon, folder);
  const last = server.requests.at(-1);
  expect(server.requests.length).toBeGreaterThan(1);
  expect(last && changesIn(last)).toBeUndefined();
});

test("a log of 20,000 tokens that grows 1 % in each of ten versions takes at most a fifth of the tokens", async () => {
  let log = FIRST + linesOf(200, 800);
  using folder = testFolder({ "in/log.md": log });
  await using server = await startScriptedServer(answerAll);
  await using daemon = await start(folder, server);
  const tokens: number[] = [];
  for (let version = 0; version <= 10; version += 1) {
    if (version > 0) log += `- [ ] Do thing ${version}\n${linesOf(1_000 + version * 10, 9)}`;
    folder.write("in/log.md", log);
    const { usage } = await daemon.run("test");
    tokens.push(usage.input_tokens);
  }
  const [whole = 0, ...later] = tokens;
  expect(whole).toBeGreaterThan(20_000);
  expect(server.requests).toHaveLength(11);
  expect(later.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual((10 * whole) / 5);
  expect(await titlesOf(daemon)).toHaveLength(11);
});
