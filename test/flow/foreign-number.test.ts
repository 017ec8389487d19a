import { utimesSync } from "node:fs";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { TestDaemon } from "../helper/daemon.ts";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { send } from "../helper/request.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";
import "../helper/seed.ts";

const ABSURD_USAGE: object[] = [
  { prompt_tokens: 2 ** 53 - 1, completion_tokens: 20 },
  { prompt_tokens: 100, completion_tokens: 2 ** 53 - 1 },
  { prompt_tokens: -5, completion_tokens: 20 },
  { prompt_tokens: 1e300, completion_tokens: 1e300 },
  { prompt_tokens: 100, completion_tokens: 20, cost: 1e300 },
];

function configFor(url: string, directory: string, more = ""): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null${more} }
agents: [{ id: test, directories: [{ path: "${directory}", watch: false }] }]
`;
}

const LISTS = [
  "/api/status",
  "/api/usage?by=day",
  "/api/usage?by=agent",
  "/api/usage?by=model",
  "/api/activity",
  "/api/runs",
  "/api/agents",
  "/api/agents/test/estimate?force=true",
  "/api/files",
  "/api/directories",
  "/api/tasks",
  "/api/notes",
  "/api/projects",
];

async function statusesOf({ daemon, client }: TestDaemon): Promise<[string, number][]> {
  const [file] = (await client.files()).items;
  const [run] = (await client.runs()).items;
  const single = [`/api/files/${file?.file_id}`, `/api/runs/${run?.run_id}`];
  return Promise.all(
    [...LISTS, ...single].map(async (path): Promise<[string, number]> => [
      path,
      (await send(daemon, "GET", path)).status,
    ]),
  );
}

test("usage that no request can have is unknown, and every list answers", async () => {
  const names = ABSURD_USAGE.map((_, index) => [`in/${index}.md`, `# ${index}`] as const);
  using folder = testFolder(Object.fromEntries(names));
  // A file that was changed in 2255, and one that was changed before there were computers.
  utimesSync(folder.file("in/0.md"), 9e9, 9e9);
  utimesSync(folder.file("in/1.md"), -2e9, -2e9);
  const asked: string[] = [];
  await using server = await startScriptedServer((request) => {
    asked.push(JSON.stringify(request.body.messages));
    const title = /# (\d)/.exec(asked.at(-1) ?? "")?.[1] ?? "0";
    return answerDocument(request, ABSURD_USAGE[Number(title)]);
  });
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const run = await daemon.run("test");
  expect(run).toMatchObject({ status: "success", files: { processed: ABSURD_USAGE.length } });
  // Of the last usage, only the cost was absurd.
  const counted = server.requests.length / ABSURD_USAGE.length;
  expect(run.usage).toMatchObject({ input_tokens: 100 * counted, output_tokens: 20 * counted });
  expect(run.usage.cost_usd).toBeNull();
  expect(await statusesOf(daemon)).toEqual((await statusesOf(daemon)).map(([path]) => [path, 200]));
  // The day of a file that names no other day is today, not one in 2255.
  expect(asked.filter((text) => /Changed: (?:2255|1906)/.test(text))).toEqual([]);
});

const INTEGERS = ["9007199254740991", "9223372036854775807", "-9223372036854775808", "-1"];
const REALS = [...INTEGERS, "9e999", "-9e999", "8.64e15", "-1e300", "1e300"];
const INSTANTS = ["'+275760-09-13T00:00:00.000Z'", "'-000001-01-01T00:00:00.000Z'"];

/** Columns whose values come from endpoints, file systems and clocks. */
const FOREIGN: [table: string, column: string, values: string[]][] = [
  ...["input_tokens", "cached_input_tokens", "output_tokens", "reserved_tokens"].map(
    (column): [string, string, string[]] => ["requests", column, INTEGERS],
  ),
  ["requests", "cost_usd", REALS],
  ["requests", "reserved_usd", REALS],
  ["requests", "sent_at", INSTANTS],
  ["requests", "answered_at", INSTANTS],
  ["files", "size", INTEGERS],
  ["files", "mtime_ms", REALS],
  ["files", "ctime_ms", REALS],
  ["files", "inode", REALS],
  ["files", "processed_at", INSTANTS],
  ["files", "next_attempt_at", INSTANTS],
  ["jobs", "modified_ms", REALS],
  ["runs", "started_at", INSTANTS],
  ["runs", "finished_at", INSTANTS],
  ["attempts", "started_at", INSTANTS],
  ["attempts", "finished_at", INSTANTS],
  ["tasks", "created_at", INSTANTS],
  ["notes", "updated_at", INSTANTS],
];

const absurdity = fc.constantFrom(...FOREIGN).chain(([table, column, values]) =>
  fc.record({
    table: fc.constant(table),
    column: fc.constant(column),
    value: fc.constantFrom(...values),
  }),
);

test("no stored row of foreign origin makes a list answer 500", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Do a\n", "in/b.md": "# B\n" });
  await using server = await startScriptedServer((request) => answerDocument(request));
  const price = ", price: { input_usd_per_million: 1, output_usd_per_million: 2 }";
  await using daemon = await startTestDaemon(
    folder,
    configFor(server.url, folder.file("in"), price),
  );
  await daemon.run("test");
  const database = new Database(folder.file("home/agent-runner.db"));
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(absurdity, { minLength: 1, maxLength: 4 }), async (absurdities) => {
        database.exec("SAVEPOINT before");
        for (const { table, column, value } of absurdities) {
          // A list of two shows one absurd row beside a sound one.
          const row = `(SELECT max(rowid) FROM ${table})`;
          const where = table === "attempts" ? "number = 1" : `seq = ${row}`;
          database.exec(`UPDATE ${table} SET ${column} = ${value} WHERE ${where}`);
        }
        database.exec("RELEASE before");
        const answers = await statusesOf(daemon);
        expect(answers).toEqual(answers.map(([path]) => [path, 200]));
      }),
      { numRuns: 40 },
    );
  } finally {
    database.close();
  }
});
