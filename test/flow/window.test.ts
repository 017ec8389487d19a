import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import {
  MODELS,
  type RecordedRequest,
  startScriptedServer,
  type Step,
} from "../helper/scripted-server.ts";

const LONG = `# Long\n\n${"The meeting went on about the garden and the fence. ".repeat(400)}\n`;

function configFor(url: string, directory: string, model = ""): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null${model} }
agents: [{ id: test, directories: [{ path: "${directory}" }], settle_seconds: 0 }]
`;
}

test("at a server with a 4,096-token window a short file is done and a long one waits, until the window grows", async () => {
  using folder = testFolder({ "in/short.md": "# A\n\n- [ ] Do a\n", "in/long.md": LONG });
  await using server = await startScriptedServer(answerDocument, {
    pages: { "/props": { default_generation_settings: { n_ctx: 4_096 } } },
  });
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const run = await daemon.endedRun(1);
  expect(run).toMatchObject({
    status: "partial",
    files: { found: 2, processed: 1, pending: 1, failed: 0 },
    usage: { requests: 2 },
    error: { code: "too_long", message: expect.stringMatching(/\d+ tokens.*window of 4096/u) },
  });
  const [long] = (await daemon.client.files({ state: "pending" })).items;
  expect(long).toMatchObject({ path: folder.file("in/long.md"), reason: "too_long", entities: [] });
  const hours = (Date.parse(long?.next_attempt_at ?? "") - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(5);
  const status = await daemon.client.status();
  expect(status).toMatchObject({
    problems: [{ code: "too_long", agent_id: "test" }],
    agents: [{ context_window: { tokens: 4_096, source: "server" } }],
  });
  expect(server.requests.every(({ body }) => !JSON.stringify(body).includes("# Long"))).toBe(true);

  daemon.configure(configFor(server.url, folder.file("in"), ", context_tokens: 64000"));
  await waitFor("the long file is done", async () => {
    return (await daemon.client.files({ state: "done" })).items.length === 2;
  });
  expect((await daemon.client.agent("test")).context_window).toEqual({
    tokens: 64_000,
    source: "config",
  });
});

/** A server of so many tokens that leaves out what does not fit, and counts what is left. */
function cutting(window: () => number) {
  return (request: RecordedRequest): Step => {
    const sent = Math.round(JSON.stringify(request.body).length / 4);
    const usage = { prompt_tokens: Math.min(sent, window()), completion_tokens: 20 };
    return answerDocument(request, usage);
  };
}

test("of a server that cuts prompts silently nothing is taken, and its files wait until it has room", async () => {
  using folder = testFolder({
    "in/short.md": "# A\n\n- [ ] Do a\n",
    "in/long.md": `# Long\n\n- [ ] Do b\n${"The meeting went on about it. ".repeat(900)}`,
  });
  // Less than the config says: nobody told the server.
  let window = 4_096;
  await using server = await startScriptedServer(cutting(() => window));
  const more =
    ", context_tokens: 32000, price: { input_usd_per_million: 1, output_usd_per_million: 0 }";
  const config = configFor(server.url, folder.file("in"), more);
  await using daemon = await startTestDaemon(folder, config);
  const run = await daemon.endedRun(1);
  expect(run).toMatchObject({
    status: "partial",
    files: { processed: 1, pending: 1, failed: 0 },
    error: { code: "prompt_truncated", message: expect.stringContaining("read 4096 tokens") },
    usage: { requests: 3, cost_usd: expect.any(Number) },
  });
  const [long] = (await daemon.client.files({ state: "pending" })).items;
  expect(long).toMatchObject({ path: folder.file("in/long.md"), reason: "prompt_truncated" });
  expect(Date.parse(long?.next_attempt_at ?? "") - Date.now()).toBeGreaterThan(5 * 3_600_000);
  expect((await daemon.client.entities("task")).items.map(({ title }) => title)).toEqual(["Do a"]);
  expect((await daemon.client.entities("note")).items).toHaveLength(1);

  window = 32_000;
  expect(await daemon.run("test")).toMatchObject({ status: "success", files: { processed: 1 } });
  expect((await daemon.client.entities("task")).items).toHaveLength(2);
});

test("a server that tells neither window nor count is said to be one, until the config has the window", async () => {
  using folder = testFolder({ "in/a.md": "# A\n\n- [ ] Do a\n" });
  await using server = await startScriptedServer((request) => answerDocument(request, null), {
    pages: { "/v1/models": MODELS },
  });
  const config = configFor(server.url, folder.file("in"));
  await using daemon = await startTestDaemon(folder, config);
  expect(await daemon.endedRun(1)).toMatchObject({ status: "success" });
  expect((await daemon.client.status()).problems).toMatchObject([
    { code: "usage_missing", agent_id: "test", hint: expect.stringContaining("context_tokens") },
  ]);
  daemon.configure(configFor(server.url, folder.file("in"), ", context_tokens: 64000"));
  folder.write("in/b.md", "# B\n");
  await waitFor("the other file is done", async () => {
    return (await daemon.client.files({ state: "done" })).items.length === 2;
  });
  await expect.poll(async () => (await daemon.client.status()).problems).toEqual([]);
});
