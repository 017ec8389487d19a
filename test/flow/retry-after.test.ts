import { expect, test } from "vitest";
import { hurriedClock, startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import { type ScriptedServer, startScriptedServer, status } from "../helper/scripted-server.ts";

const HOUR_MS = 60 * 60_000;

/** An endpoint that refuses while the test wants it to. */
async function startRefusing(headers: Readonly<Record<string, string>>) {
  const state = { refuses: true };
  const server = await startScriptedServer((request) =>
    state.refuses ? status(429, "", headers) : answerDocument(request),
  );
  return {
    server,
    state,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function configFor(server: ScriptedServer, agents: Record<string, string>, more = ""): string {
  const all = Object.entries(agents).map(
    ([id, directory]) =>
      `  - { id: ${id}, directories: [{ path: "${directory}" }], settle_seconds: 0${more} }`,
  );
  return `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null, concurrency: 2 }
agents:
${all.join("\n")}
`;
}

async function pending({ client }: TestDaemon) {
  return (await client.files({ state: "pending" })).items;
}

async function waitUntilDone({ client }: TestDaemon, count: number): Promise<void> {
  await waitFor(
    `${count} files are done`,
    async () => (await client.files({ state: "done" })).items.length === count,
  );
}

async function waitingFiles(daemon: TestDaemon, count: number) {
  return waitFor(`${count} files wait for the endpoint`, async () => {
    const files = await pending(daemon);
    const held = files.filter(({ next_attempt_at }) => next_attempt_at !== null);
    return held.length === count && held;
  });
}

test("a long Retry-After holds the endpoint for every agent and file, visibly, and over a restart", async () => {
  using folder = testFolder({ "one/a.md": "# A", "one/b.md": "# B", "two/c.md": "# C" });
  await using endpoint = await startRefusing({ "retry-after": "3600" });
  const { server, state } = endpoint;
  const clock = hurriedClock();
  const directories = { one: folder.file("one"), two: folder.file("two") };
  // Requests that are under way together are all refused.
  const config = configFor(server, directories).replace("concurrency: 2", "concurrency: 1");
  const before = clock.now();
  {
    await using daemon = await startTestDaemon(folder, config, clock);
    const files = await waitingFiles(daemon, 3);
    expect(server.requests).toHaveLength(1);
    const [until] = new Set(files.map(({ next_attempt_at }) => next_attempt_at));
    for (const file of files) {
      expect(file).toMatchObject({
        reason: "rate_limited",
        next_attempt_at: until,
        error: { message: expect.stringContaining(`wants no request before ${until}`) },
      });
    }
    expect(Date.parse(until ?? "")).toBeGreaterThanOrEqual(before + HOUR_MS);

    folder.write("one/new.md", "# New");
    await waitingFiles(daemon, 4);
    const status = await daemon.client.status();
    expect(status).toMatchObject({ state: "attention", queue: { pending: 4 } });
    const told = status.problems.find(({ code }) => code === "rate_limited")?.message;
    expect(told).toContain(new URL(server.url).origin);
    expect(told).toContain(until);
  }
  {
    await using daemon = await startTestDaemon(folder, config, clock);
    folder.write("two/newer.md", "# Newer");
    await waitingFiles(daemon, 5);
    expect(server.requests).toHaveLength(1);

    state.refuses = false;
    clock.jump(2 * HOUR_MS);
    await waitUntilDone(daemon, 5);
    expect((await daemon.client.entities("note")).items).toHaveLength(5);
    expect((await daemon.client.status()).problems).toEqual([]);
  }
});

test("a run by hand asks a held endpoint once, and its answer frees all that wait", async () => {
  using folder = testFolder({ "one/a.md": "# A", "one/b.md": "# B", "two/c.md": "# C" });
  await using endpoint = await startRefusing({ "retry-after": "3600" });
  const { server, state } = endpoint;
  const config = configFor(server, { one: folder.file("one"), two: folder.file("two") });
  await using daemon = await startTestDaemon(folder, config);
  await waitingFiles(daemon, 3);

  expect(await daemon.run("one")).toMatchObject({ status: "error", files: { pending: 2 } });
  expect(server.requests).toHaveLength(2);
  const [file] = await pending(daemon);
  await daemon.ended((await daemon.client.retryFile(file?.file_id ?? "")).run_id);
  expect(server.requests).toHaveLength(3);

  state.refuses = false;
  expect(await daemon.run("one")).toMatchObject({ status: "success", files: { processed: 2 } });
  // The other agent goes on, too.
  await waitUntilDone(daemon, 3);
});

test.each([
  ["a day at most", { "retry-after": String(3 * 24 * 60 * 60) }, 24 * HOUR_MS],
  ["not if it is absurd", { "retry-after": "99999999999" }, null],
  ["not if it is negative", { "retry-after": "-7200" }, null],
  ["not if it is in the past", { "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, null],
  ["not for less than a minute", { "retry-after": "30" }, null],
])("Retry-After holds an endpoint: %s", async (_, headers, ms) => {
  using folder = testFolder({ "one/a.md": "# A" });
  await using endpoint = await startRefusing(headers);
  const clock = hurriedClock();
  await using daemon = await startTestDaemon(
    folder,
    configFor(endpoint.server, { one: folder.file("one") }),
    clock,
  );
  const [file] = await waitingFiles(daemon, 1);
  const waitMs = Date.parse(file?.next_attempt_at ?? "") - clock.now();
  expect(file?.error?.message.includes("wants no request before")).toBe(ms !== null);
  expect(waitMs).toBeLessThanOrEqual(ms ?? 15 * 60_000);
  expect(waitMs).toBeGreaterThan((ms ?? 0) - 10 * 60_000);
});

test("an agent with another key is not held", async () => {
  using folder = testFolder({ "one/a.md": "# A", "two/b.md": "# B" });
  await using server = await startScriptedServer((request) =>
    request.headers.authorization === "Bearer spent"
      ? status(429, "", { "retry-after": "3600" })
      : answerDocument(request),
  );
  await using daemon = await startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: spent }
agents:
  - { id: one, directories: [{ path: "${folder.file("one")}", watch: false }] }
  - { id: two, directories: [{ path: "${folder.file("two")}", watch: false }], model: { api_key: fresh } }
`,
  );
  expect(await daemon.run("one")).toMatchObject({ error: { code: "rate_limited" } });
  expect(await daemon.run("two")).toMatchObject({ status: "success" });
});
