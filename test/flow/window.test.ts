import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

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
