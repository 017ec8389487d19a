import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { testHome, waitFor, waitForRun } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

const FILES = 40;
const LIMIT = 40;
const KILLS = 2;

test("a budget holds through kills with eight requests in flight, and what it does not cover waits", async () => {
  const documents = Array.from({ length: FILES }, (_, index) => [
    `in/${index}.md`,
    `# Document ${index}\n\n- [ ] Task ${index}\n`,
  ]);
  await using home = testHome(Object.fromEntries(documents) as Record<string, string>);
  await using server = await startScriptedServer(async (request) => {
    await wait(100);
    return answerDocument(request);
  });
  home.configure(`
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null, concurrency: 8 }
budget: { requests_per_day: ${LIMIT} }
agents:
  - { id: test, directories: [{ path: "${home.file("in")}" }], settle_seconds: 0 }
`);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = server.requests.length;
    const daemon = home.start();
    await waitFor("requests are in flight", () => server.requests.length > before);
    await daemon.end("SIGKILL");
  }
  home.start();
  const client = await home.connect();
  expect(await waitForRun(client, "test")).toMatchObject({
    status: "partial",
    error: { code: "budget_exhausted" },
  });
  expect(server.requests.length).toBeLessThanOrEqual(LIMIT);
  expect(server.requests.length).toBeGreaterThan(LIMIT - 8 * KILLS);
  // What was about to be sent when the process died counts as sent.
  expect((await client.status()).budget.requests).toBe(LIMIT);
  const notes = (await client.entities("note", { limit: 500 })).items.length;
  const waiting = (await client.files({ state: "pending", limit: 500 })).items;
  expect(notes).toBeGreaterThan(0);
  expect(notes + waiting.length).toBe(FILES);
  expect(waiting.every(({ reason }) => reason === "budget_exhausted")).toBe(true);
  const refused = await home.run("run", "test");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(
    /Daily limit 40 requests \(requests_per_day, .*\): 40 requests spent\./u,
  );
});
