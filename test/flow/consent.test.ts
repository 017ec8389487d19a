import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { startScriptedServer } from "../helper/scripted-server.ts";

const FILES = Object.fromEntries(
  Array.from({ length: 12 }, (_, index) => [`in/${index}.md`, `# File ${index}\n`]),
);

test("more files than the agent may send unasked wait, with their price, until somebody consents", async () => {
  using folder = testFolder(FILES);
  // No key: what is confirmed gets as far as the key and sends nothing.
  const config = `
model:
  provider: openai
  base_url: https://models.invalid/v1
  name: big
  price: { input_usd_per_million: 10, output_usd_per_million: 30 }
agents:
  - { id: test, directories: [{ path: "${folder.file("in")}", watch: false }], confirm_above_files: 10 }
`;
  await using daemon = await startTestDaemon(folder, config);
  const { client } = daemon;
  const { run_id } = await client.trigger("test");
  await waitFor("the run waits", async () => (await client.run(run_id)).awaits_confirmation);
  const estimate = await client.estimate("test");
  expect(estimate).toMatchObject({ files: 12, output_tokens: 6_000 });
  expect(estimate.cost_usd).toBeCloseTo(
    (estimate.input_tokens * 10 + estimate.output_tokens * 30) / 1_000_000,
  );
  // Whatever of it waits for consent, all of it would be sent by force.
  expect(await client.request("GET", "/api/agents/test/estimate?force=true")).toEqual(estimate);
  const { problems } = await client.status();
  expect(problems).toContainEqual(
    expect.objectContaining({
      code: "confirm_needed",
      message: expect.stringContaining("12 files"),
    }),
  );
  await expect(client.trigger("test")).rejects.toMatchObject({ code: "run_in_progress" });

  expect(await client.confirm("test")).toEqual({ run_id });
  expect(await daemon.ended(run_id)).toMatchObject({
    status: "error",
    awaits_confirmation: false,
    files: { pending: 12, failed: 0 },
    error: { code: "key_missing" },
    usage: { requests: 0 },
  });
  await expect(client.confirm("test")).rejects.toMatchObject({ code: "nothing_to_confirm" });

  // For what was put off, consent was given; for what a cancelled run left it was taken back.
  const again = await daemon.run("test");
  expect(again).toMatchObject({ status: "error", files: { pending: 12 } });
});

test("what waited for consent in a run that was cancelled waits for it again", async () => {
  using folder = testFolder(FILES);
  const config = `
model: { provider: openai, base_url: "https://models.invalid/v1", name: big }
agents:
  - { id: test, directories: [{ path: "${folder.file("in")}", watch: false }], confirm_above_files: 10 }
`;
  await using daemon = await startTestDaemon(folder, config);
  const { client } = daemon;
  for (let round = 0; round < 2; round += 1) {
    const { run_id } = await client.trigger("test");
    await waitFor("the run waits", async () => (await client.run(run_id)).awaits_confirmation);
    await client.cancelRun(run_id);
    expect(await client.run(run_id)).toMatchObject({ status: "cancelled", files: { pending: 12 } });
  }
});

test.each([
  ["a model on this machine", "model: { provider: rules }", 10],
  [
    "more files unasked",
    "model: { provider: openai, base_url: https://models.invalid/v1, name: big }",
    12,
  ],
])("who lets the agent have %s instead of consenting is asked no more", async (_, model, above) => {
  using folder = testFolder(FILES);
  const config = (section: string, files: number): string => `
${section}
agents:
  - { id: test, directories: [{ path: "${folder.file("in")}" }], settle_seconds: 0, confirm_above_files: ${files} }
`;
  const remote = "model: { provider: openai, base_url: https://models.invalid/v1, name: big }";
  await using daemon = await startTestDaemon(folder, config(remote, 10));
  const { client } = daemon;
  await waitFor("the run waits", async () => (await client.runs()).items[0]?.awaits_confirmation);
  daemon.configure(config(model, above));
  const expected = model.includes("rules") ? "done" : "pending";
  await waitFor(`all are ${expected}, and nothing waits for consent`, async () => {
    const { problems } = await client.status();
    const { items } = await client.files({ limit: 500 });
    return (
      problems.every(({ code }) => code !== "confirm_needed") &&
      items.every(({ state }) => state === expected) &&
      (await client.runs()).items.every((run) => run.status !== "running")
    );
  });
});

test("on loopback nobody is asked", async () => {
  using folder = testFolder(FILES);
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents:
  - { id: test, directories: [{ path: "${folder.file("in")}", watch: false }], confirm_above_files: 10 }
`,
  );
  expect(await daemon.run("test")).toMatchObject({ status: "success", files: { processed: 12 } });
});

test("a model that a server on this machine passes on to the cloud asks for consent like any remote one", async () => {
  using folder = testFolder(FILES);
  await using server = await startScriptedServer(answerDocument);
  const config = (name: string): string => `
model: { provider: openai, base_url: "${server.url}", name: "${name}", api_key: null }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }], confirm_above_files: 10 }]
`;
  await using daemon = await startTestDaemon(folder, config("glm-5:cloud"));
  const { run_id } = await daemon.client.trigger("test");
  await waitFor("the run waits", async () => {
    return (await daemon.client.run(run_id)).awaits_confirmation;
  });
  expect(server.requests).toEqual([]);
  expect((await daemon.client.status()).budget.limits).toEqual({ requests_per_day: 500 });
});
