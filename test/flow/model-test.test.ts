import { expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import {
  type RecordedRequest,
  reply,
  startScriptedServer,
  status,
} from "../helper/scripted-server.ts";

const configFor = (url: string, directory: string, more = "", sends = "any"): string => `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null, price: { input_usd_per_million: 10, output_usd_per_million: 30 } }
agents: [{ id: test, directories: [{ path: "${directory}", watch: false, sends: ${sends} }] }]
${more}`;

const callsTool = () =>
  reply({
    calls: [{ name: "answer", arguments: { word: "ready" } }],
    usage: { prompt_tokens: 90, completion_tokens: 10 },
  });

const sentOf = async ({ client }: TestDaemon) => (await client.sent()).items;

test("a test call shows that a model calls tools, and is listed and booked like any request", async () => {
  using folder = testFolder({ "in/a.md": "# A secret\n" });
  await using server = await startScriptedServer(callsTool);
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const { client } = daemon;
  const cost_usd = (90 * 10 + 10 * 30) / 1_000_000;
  expect(await client.testModel("test")).toEqual({
    agent_id: "test",
    model: "scripted",
    base_url: server.url,
    calls_tools: true,
    input_tokens: 90,
    output_tokens: 10,
    cost_usd,
  });
  const [asked] = server.requests as [RecordedRequest];
  expect(JSON.stringify(asked.body)).not.toContain("secret");
  expect(await sentOf(daemon)).toEqual([
    expect.objectContaining({
      agent_id: "test",
      file_id: null,
      path: null,
      host: new URL(server.url).host,
      loopback: true,
      model: "scripted",
      bytes: Buffer.byteLength(JSON.stringify(asked.body)),
      cost_usd,
      outcome: "answered",
    }),
  ]);
  expect((await client.status()).budget).toMatchObject({ requests: 1, spent_usd: cost_usd });
  for (const by of ["day", "agent", "model"] as const) {
    expect(await client.usage({ by })).toMatchObject({ items: [{ requests: 1 }] });
  }
});

test.each([
  [
    "words instead of a call",
    () => reply({ content: "Ready." }),
    { calls_tools: false },
    "answered",
  ],
  [
    "a refused key",
    () => status(401, { error: { message: "Incorrect API key" } }),
    { code: "key_refused" },
    "key_refused",
  ],
  [
    "a fault",
    () => status(500, { error: { message: "overloaded" } }),
    { code: "endpoint_fault" },
    "endpoint_fault",
  ],
])("%s is what a test call shows, asked once", async (_, answer, shown, outcome) => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  await using server = await startScriptedServer(answer);
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const result = await daemon.client.testModel("test").catch((error: unknown) => error);
  expect(result).toMatchObject(shown);
  expect(server.requests).toHaveLength(1);
  expect(await sentOf(daemon)).toMatchObject([{ outcome, file_id: null }]);
});

test("a test call keeps the budget, and what a directory may send", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  await using server = await startScriptedServer(callsTool);
  const budget = "budget: { requests_per_day: 1 }";
  await using daemon = await startTestDaemon(
    folder,
    configFor(server.url, folder.file("in"), budget),
  );
  await daemon.client.testModel("test");
  await expect(daemon.client.testModel("test")).rejects.toMatchObject({
    code: "budget_exhausted",
    message: expect.stringContaining("requests_per_day"),
  });
  // It counts for files, too.
  await expect(daemon.client.trigger("test")).rejects.toMatchObject({ code: "budget_exhausted" });

  using kept = testFolder({ "in/a.md": "# A\n" });
  const never = configFor(server.url, kept.file("in"), "", "never");
  await using private_ = await startTestDaemon(kept, never);
  await expect(private_.client.testModel("test")).rejects.toMatchObject({ code: "not_allowed" });
  expect(server.requests).toHaveLength(1);
  expect(await sentOf(private_)).toEqual([]);
});

test("the requests of files and of tests are one list, newest first, page by page", async () => {
  using folder = testFolder({ "in/a.md": "# A\n" });
  await using server = await startScriptedServer((request) =>
    JSON.stringify(request.body).includes("create_note")
      ? reply({ content: "Nothing." })
      : callsTool(),
  );
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const { client } = daemon;
  await client.testModel("test");
  await daemon.run("test");
  await client.testModel("test");
  const whole = (await sentOf(daemon)).map(({ path }) => path !== null);
  expect(whole.length).toBe(server.requests.length);
  expect([whole[0], whole.at(-1)]).toEqual([false, false]);
  const paged: boolean[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await client.sent({ limit: 1, ...(cursor !== undefined && { cursor }) });
    paged.push(...page.items.map(({ path }) => path !== null));
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  expect(paged).toEqual(whole);
});
