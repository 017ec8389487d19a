import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import { type RecordedRequest, reply, startScriptedServer } from "../helper/scripted-server.ts";

const tasks = (count: number): string =>
  `# Plan\n\n${Array.from({ length: count }, (_, n) => `- [ ] Order number ${n}`).join("\n")}\n`;

const FILES = {
  "in/few.md": tasks(2),
  "in/many.md": tasks(9),
  "in/empty.md": "Nothing.\n",
  "in/table.csv": `${"a,".repeat(600)}\n`,
  "in/latin.txt": Buffer.from("Gr\xfc\xdfe aus K\xf6ln, bis morgen.\n", "latin1").toString(
    "binary",
  ),
  "in/picture.png": "\x89PNG not text\x00\x01",
};

function configFor(url: string, directory: string, more = ""): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${directory}", watch: false }]${more} }]
`;
}

/** A model that records nothing about a file that says "Nothing". */
const answer = (request: RecordedRequest) =>
  readDocument(request).text.startsWith("Nothing.")
    ? reply({ content: "It holds nothing." })
    : answerDocument(request);

async function outcomesOf(daemon: TestDaemon): Promise<Record<string, unknown>> {
  const { items } = await daemon.client.files();
  return Object.fromEntries(
    items.map(({ path, outcome, warnings }) => [
      path.split("/").at(-1),
      [outcome, ...warnings.map(({ code }) => code)],
    ]),
  );
}

test("every file says what it gave, and what of it was not read or not recorded", async () => {
  using folder = testFolder(FILES);
  await using server = await startScriptedServer(answer);
  const config = configFor(server.url, folder.file("in"), ", max_changes_per_file: 5");
  await using daemon = await startTestDaemon(folder, config);
  const run = await daemon.run("test");
  expect(run).toMatchObject({ status: "success", files: { found: 6, processed: 5, skipped: 1 } });
  expect(await outcomesOf(daemon)).toMatchObject({
    "few.md": ["recorded"],
    "many.md": ["capped", "changes_beyond_limit"],
    "empty.md": ["nothing_recorded"],
    "table.csv": [expect.any(String), "columns_beyond_limit"],
    "picture.png": [null],
  });
  expect(run.outcomes).toMatchObject({ nothing_recorded: 1, capped: 1 });
  const { recorded, nothing_recorded, capped } = run.outcomes;
  expect(recorded + nothing_recorded + capped).toBe(run.files.processed);
  const withWarnings = (await daemon.client.files()).items.filter(
    ({ outcome, warnings }) => outcome !== "capped" && outcome !== null && warnings.length > 0,
  );
  expect(withWarnings.length).toBeGreaterThan(0);
  expect(run.warned).toBe(withWarnings.length);
  const { items } = await daemon.client.files({ outcome: "capped" });
  expect(items.map(({ path }) => path)).toEqual([folder.file("in/many.md")]);
  const many = await daemon.client.file(items[0]?.file_id ?? "");
  expect(many).toMatchObject({ outcome: "capped", warnings: [{ message: expect.any(String) }] });
  expect((await daemon.client.status()).skipped).toEqual([
    { agent_id: "test", reason: "unsupported", files: 1 },
  ]);

  // The person sees what the model sees of the document.
  const warned = (await daemon.client.files()).items.flatMap(({ warnings }) => warnings);
  const notes = server.requests.flatMap(({ body }) =>
    [...JSON.stringify(body).matchAll(/\\nNote: (.*?)\\n/gu)].map((match) => match[1]),
  );
  expect(notes.length).toBeGreaterThan(0);
  expect(warned.map(({ message }) => message)).toEqual(expect.arrayContaining(notes));
});

test("files that gave nothing are read again by their outcome, and no others", async () => {
  using folder = testFolder({ "in/few.md": tasks(2), "in/empty.md": "Nothing.\n" });
  await using server = await startScriptedServer(answer);
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  expect((await daemon.run("test")).outcomes).toEqual({
    recorded: 1,
    nothing_recorded: 1,
    capped: 0,
  });
  const before = server.requests.length;
  const outcome = "nothing_recorded";
  expect(await daemon.run("test", { force: true, outcome })).toMatchObject({
    files: { found: 1, processed: 1 },
    outcomes: { nothing_recorded: 1 },
  });
  const asked = server.requests.slice(before).map(({ body }) => JSON.stringify(body));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.every((body) => body.includes("empty.md"))).toBe(true);
  expect(await daemon.run("test", { force: true, outcome: "capped" })).toMatchObject({
    status: "success",
    files: { found: 0 },
  });
  await expect(daemon.client.trigger("test", { outcome })).rejects.toMatchObject({
    code: "invalid_request",
  });
});

test("a reply that ended for an unknown reason records nothing, and the file waits", async () => {
  using folder = testFolder({ "in/few.md": tasks(2) });
  const calls = [{ name: "create_task", arguments: { title: "Half of it" } }];
  await using server = await startScriptedServer(() =>
    reply({ calls, finish_reason: "insufficient_system_resource" }),
  );
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  expect(await daemon.run("test")).toMatchObject({
    status: "error",
    files: { pending: 1 },
    error: { code: "bad_response" },
  });
  expect((await daemon.client.entities("task")).items).toEqual([]);
  expect((await daemon.client.status()).problems).toMatchObject([
    { code: "bad_response", files: 1 },
  ]);
});

test("a dry run counts what it would not read or record as the run after it does", async () => {
  using folder = testFolder(FILES);
  await using server = await startScriptedServer(answer);
  const config = configFor(server.url, folder.file("in"), ", max_changes_per_file: 5");
  await using daemon = await startTestDaemon(folder, config);
  const dry = await daemon.run("test", { dry_run: true });
  expect(dry).toMatchObject({ outcomes: { nothing_recorded: 1, capped: 1 } });
  expect(dry.warned).toBeGreaterThan(0);
  const { outcomes, warned } = await daemon.run("test");
  expect({ outcomes, warned }).toEqual({ outcomes: dry.outcomes, warned: dry.warned });
});

test("a model that calls no tool in its first five files is a problem until it calls one, and holds nothing up", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 6 }, (_, n) => [`in/${n}.md`, `# Plan ${n}\n\n- [ ] Order ${n}\n`]),
  );
  using folder = testFolder(files);
  let callsTools = false;
  await using server = await startScriptedServer((request) =>
    callsTools ? answerDocument(request) : reply({ content: "I recorded it." }),
  );
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const { client } = daemon;
  const first = [0, 1, 2, 3].map((n) => folder.file(`in/${n}.md`));
  expect(await daemon.run("test", { paths: first })).toMatchObject({
    status: "success",
    outcomes: { nothing_recorded: 4 },
  });
  // The same file again is no other file.
  await daemon.run("test", { paths: first.slice(0, 1), force: false });
  expect((await client.status()).problems).toEqual([]);
  await daemon.run("test", { paths: [folder.file("in/4.md")] });
  expect(await client.status()).toMatchObject({
    state: "attention",
    problems: [{ code: "model_calls_no_tools", agent_id: "test" }],
  });
  callsTools = true;
  expect(await daemon.run("test")).toMatchObject({ status: "success", outcomes: { recorded: 1 } });
  expect((await client.status()).problems).toEqual([]);
  expect(await daemon.run("test", { force: true, outcome: "nothing_recorded" })).toMatchObject({
    outcomes: { recorded: 5 },
  });
});
