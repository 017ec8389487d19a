import { expect, test } from "vitest";
import { hurriedClock, startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

const DOCUMENTS = { "in/a.md": "# A\n\n- [ ] Do a\n", "in/b.md": "# B\n", "in/c.md": "# C\n" };

function configFor(url: string, directory: string): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null }
agents: [{ id: test, directories: [{ path: "${directory}", watch: false }] }]
`;
}

test("a pause lets the request in flight end and be stored, sends nothing more, and is kept over a restart", async () => {
  using folder = testFolder(DOCUMENTS);
  const gate = Promise.withResolvers<void>();
  await using server = await startScriptedServer(async (request) => {
    if (request.index === 0) await gate.promise;
    return answerDocument(request);
  });
  const config = configFor(server.url, folder.file("in"));
  let runId = "";
  {
    await using daemon = await startTestDaemon(folder, config);
    const { client } = daemon;
    runId = (await client.trigger("test")).run_id;
    await waitFor("the first request arrives", () => server.requests.length === 1);
    expect(await client.pause()).toEqual({ paused: true, paused_until: null });
    gate.resolve();
    await waitFor("nothing is worked on", async () => (await client.status()).queue.working === 0);
    expect(await client.status()).toMatchObject({ state: "paused", queue: { pending: 3 } });
    await expect(client.trigger("test")).rejects.toMatchObject({
      code: "paused",
      status: 409,
      hint: "Resume with `npx --no agent-runner resume`.",
    });
  }
  await using daemon = await startTestDaemon(folder, config);
  const { client } = daemon;
  expect(await client.status()).toMatchObject({ state: "paused" });
  // An agent's own resume does not end the pause of all.
  expect(await client.resume({ agent_id: "test" })).toMatchObject({ paused: true });
  expect(server.requests).toHaveLength(1);
  await client.resume();
  expect(await daemon.ended(runId)).toMatchObject({ status: "success", files: { processed: 3 } });
  // The reply that came in before the pause is not asked for again.
  expect(server.requests).toHaveLength(6);
});

test("one agent is paused for a time, and goes on by itself", async () => {
  using folder = testFolder(DOCUMENTS);
  await using server = await startScriptedServer(answerDocument);
  const clock = hurriedClock();
  const config = configFor(server.url, folder.file("in"));
  await using daemon = await startTestDaemon(folder, config, clock);
  const { client } = daemon;
  await client.pause({ agent_id: "test" });
  await expect(client.trigger("test")).rejects.toMatchObject({
    code: "paused",
    hint: "Resume with `npx --no agent-runner resume test`.",
  });
  const { paused_until } = await client.pause({ agent_id: "test", minutes: 600 });
  expect(Date.parse(paused_until ?? "")).toBeGreaterThan(Date.now());
  expect((await client.agent("test")).state).toBe("paused");
  await expect(client.pause({ agent_id: "nobody" })).rejects.toMatchObject({
    code: "agent_not_found",
  });
  clock.jump(601 * 60_000);
  await waitFor("the pause ends", async () => (await client.agent("test")).paused_until === null);
  expect(await daemon.run("test")).toMatchObject({ status: "success" });
});
