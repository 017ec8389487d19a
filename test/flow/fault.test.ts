import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument } from "../helper/scripted-answers.ts";
import {
  hang,
  raw,
  reply,
  startScriptedServer,
  status,
  type Step,
} from "../helper/scripted-server.ts";

const DOCUMENTS = {
  "in/a.md": "# A\n\n- [ ] Do a\n",
  "in/b.md": "# B\n\n- [ ] Do b\n",
  "in/c.md": "# C\n\n- [ ] Do c\n",
};

function configFor(url: string, directory: string, model = ""): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null${model} }
agents: [{ id: test, directories: [{ path: "${directory}", watch: false }] }]
`;
}

const USER_FAULTS: [string, Step, string][] = [
  ["refuses the key", status(401, { error: { message: "Incorrect API key" } }), "key_refused"],
  [
    "has no such model",
    status(404, { error: { message: "The model does not exist", code: "model_not_found" } }),
    "model_not_found",
  ],
];

test.each(USER_FAULTS)(
  "an endpoint that %s puts every file off after one request",
  async (_, step, code) => {
    using folder = testFolder(DOCUMENTS);
    let isMended = false;
    await using server = await startScriptedServer((request) =>
      isMended ? answerDocument(request) : step,
    );
    await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
    const run = await daemon.run("test");
    expect(run).toMatchObject({
      status: "error",
      files: { found: 3, pending: 3, failed: 0 },
      error: { code },
    });
    expect(run.error?.hint).not.toBeNull();
    expect(server.requests).toHaveLength(1);
    const files = (await daemon.client.files()).items;
    expect(files.map((file) => [file.state, file.reason])).toEqual(allPending(code));
    expect(files.every((file) => Date.parse(file.next_attempt_at ?? "") > Date.now())).toBe(true);
    expect(await daemon.client.status()).toMatchObject({
      state: "attention",
      queue: { pending: 3, failed: 0 },
      problems: [{ code, agent_id: "test" }],
    });

    isMended = true;
    const again = await daemon.run("test");
    expect(again).toMatchObject({ status: "success", files: { processed: 3, pending: 0 } });
    expect((await daemon.client.status()).problems).toEqual([]);
    expect((await daemon.client.entities("task")).items).toHaveLength(3);
  },
);

test("a web page instead of JSON is waited out shortly, then the files wait with a reason", async () => {
  using folder = testFolder({ "in/a.md": "# A" });
  await using server = await startScriptedServer(() => raw("<html>Login</html>", "text/html"));
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const run = await daemon.run("test");
  expect(run).toMatchObject({ status: "error", error: { code: "bad_response" } });
  expect(run.usage.requests).toBe(4);
  expect((await daemon.client.files()).items[0]).toMatchObject({
    state: "pending",
    reason: "bad_response",
  });
});

test("a fault that passes is waited out inside the run, and nothing is done twice", async () => {
  using folder = testFolder(DOCUMENTS);
  let faults = 2;
  await using server = await startScriptedServer((request) => {
    faults -= 1;
    return faults >= 0 ? status(503, { error: { message: "loading" } }) : answerDocument(request);
  });
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const run = await daemon.run("test");
  expect(run).toMatchObject({ status: "success", files: { processed: 3 }, error: null });
  expect(server.requests).toHaveLength(2 + 6);
});

test("a dead endpoint leaves the files pending, and they are done once it lives", async () => {
  using folder = testFolder({ "in/a.md": "# A" });
  const { url } = await usedPort();
  await using daemon = await startTestDaemon(folder, configFor(url, folder.file("in")));
  const run = await daemon.run("test");
  expect(run).toMatchObject({ status: "error", error: { code: "endpoint_unreachable" } });
  expect((await daemon.client.status()).model.reachable).toBe(false);
});

test("files the endpoint finds too long wait for hours, alone, and are not asked again until then", async () => {
  using folder = testFolder(DOCUMENTS);
  const step = status(400, { error: { code: "context_length_exceeded", message: "No." } });
  await using server = await startScriptedServer((request) =>
    /# [AB]/u.test(JSON.stringify(request.body)) ? step : answerDocument(request),
  );
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const run = await daemon.run("test");
  expect(run).toMatchObject({ status: "partial", files: { processed: 1, pending: 2, failed: 0 } });
  const { items } = await daemon.client.files({ state: "pending" });
  for (const file of items) {
    expect(file.reason).toBe("too_long");
    expect(Date.parse(file.next_attempt_at ?? "") - Date.now()).toBeGreaterThan(5 * 3_600_000);
  }
});

test("one file the model cannot answer fails alone", async () => {
  const [code, step] = ["reply_truncated", reply({ content: "", finish_reason: "length" })];
  using folder = testFolder(DOCUMENTS);
  await using server = await startScriptedServer((request) =>
    JSON.stringify(request.body).includes("# B") ? step : answerDocument(request),
  );
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const run = await daemon.run("test");
  expect(run).toMatchObject({ status: "partial", files: { processed: 2, failed: 1 } });
  const [failed] = (await daemon.client.files({ state: "failed" })).items;
  expect(failed).toMatchObject({
    path: folder.file("in/b.md"),
    error: { code },
  });

  const before = server.requests.length;
  expect(await daemon.run("test")).toMatchObject({ status: "success", files: { unchanged: 3 } });
  expect(server.requests).toHaveLength(before);
  const { run_id } = await daemon.client.retryFile(failed?.file_id ?? "");
  expect(await daemon.ended(run_id)).toMatchObject({ trigger: "retry", files: { failed: 1 } });
  expect(server.requests.length).toBe(before + 2);
});

test("a file that waits is a problem as long as it waits, whatever becomes of other files", async () => {
  using folder = testFolder(DOCUMENTS);
  const step = status(400, { error: { code: "context_length_exceeded", message: "No." } });
  await using server = await startScriptedServer((request) =>
    JSON.stringify(request.body).includes("# B") ? step : answerDocument(request),
  );
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  await daemon.run("test");
  const [waiting] = (await daemon.client.files({ state: "pending" })).items;
  const { next_attempt_at } = waiting ?? {};
  const problem = { code: "too_long", agent_id: "test", files: 1, next_attempt_at };
  const isSaid = { state: "attention", agents: [{ state: "attention" }], problems: [problem] };
  expect(await daemon.client.status()).toMatchObject(isSaid);

  folder.write("in/d.md", "# D\n");
  expect(await daemon.run("test", { paths: [folder.file("in/d.md")] })).toMatchObject({
    status: "success",
    files: { processed: 1 },
  });
  expect(await daemon.client.status()).toMatchObject(isSaid);

  rmSync(folder.file("in/b.md"));
  await daemon.run("test", { paths: [folder.file("in")] });
  expect(await daemon.client.status()).toMatchObject({
    state: "idle",
    queue: { pending: 0 },
    problems: [],
  });
});

test("an endpoint that is down stays one problem while its files are tried again and again", async () => {
  using folder = testFolder(DOCUMENTS);
  await using server = await startScriptedServer((request) =>
    isDown ? status(503, { error: { message: "down" } }) : answerDocument(request),
  );
  let isDown = true;
  const seen = new Set<string>();
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  await daemon.run("test");
  const look = async (): Promise<void> => {
    const { state, problems } = await daemon.client.status();
    seen.add(`${state} ${problems.map(({ code, files }) => `${code} ${files}`).join()}`);
  };
  await look();
  const before = server.requests.length;
  const { run_id } = await daemon.client.trigger("test");
  await waitFor("the run is at work", async () => {
    await look();
    return server.requests.length > before;
  });
  await look();
  await daemon.ended(run_id);
  await look();
  expect([...seen]).toEqual(["attention endpoint_fault 3"]);
  isDown = false;
  expect(await daemon.run("test")).toMatchObject({ status: "success" });
  expect(await daemon.client.status()).toMatchObject({ state: "idle", problems: [] });
});

test("a request that takes too long is given up, and a run that is cancelled leaves its files pending", async () => {
  using folder = testFolder({ "in/a.md": "# A" });
  await using server = await startScriptedServer(() => hang());
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const { run_id } = await daemon.client.trigger("test");
  await waitFor("the request arrives", () => server.requests.length === 1);
  await daemon.client.cancelRun(run_id);
  expect(await daemon.client.run(run_id)).toMatchObject({ status: "cancelled" });
  await waitFor("the file waits again", async () => {
    const [file] = (await daemon.client.files()).items;
    return file?.state === "pending";
  });
});

test("a file that the endpoint will not answer is put off alone, and the others are done", async () => {
  using folder = testFolder(DOCUMENTS);
  await using server = await startScriptedServer((request) =>
    JSON.stringify(request.body).includes("# B")
      ? status(400, { error: { message: "cannot" } })
      : answerDocument(request),
  );
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  expect(await daemon.run("test")).toMatchObject({
    status: "partial",
    files: { processed: 2, pending: 1 },
    error: { code: "request_rejected" },
  });
});

test("a request that is refused in one form and sent in another counts twice, and costs once", async () => {
  using folder = testFolder({ "in/a.md": "# A" });
  let refusals = 1;
  await using server = await startScriptedServer((request) => {
    refusals -= 1;
    const refusal = { error: { message: "reasoning_effort is not supported with tools" } };
    return refusals >= 0 ? status(400, refusal) : answerDocument(request);
  });
  const price = ", price: { input_usd_per_million: 1, output_usd_per_million: 0 }";
  const config = configFor(server.url, folder.file("in"), price);
  await using daemon = await startTestDaemon(folder, config);
  const run = await daemon.run("test");
  expect(run).toMatchObject({ status: "success", usage: { requests: 3, cost_usd: 0.0002 } });
  expect(server.requests).toHaveLength(3);
});

test.each<[string, Step, number | null]>([
  ["refused", status(429, "", { "retry-after": "600" }), 0],
  ["broken off", status(500, "", { "retry-after": "600" }), null],
])("what a request that was %s cost is told", async (_, step, cost_usd) => {
  using folder = testFolder({ "in/a.md": "# A" });
  await using server = await startScriptedServer([step]);
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  expect((await daemon.run("test")).usage).toMatchObject({ requests: 1, cost_usd });
});

test("a directory that is missing is a problem of its agent, and nothing is concluded of its files", async () => {
  using folder = testFolder({ "in/a.md": "# A" });
  const yaml = `
agents:
  - { id: here, directories: [{ path: "${folder.file("in")}", watch: false }] }
  - { id: away, directories: [{ path: "${folder.file("gone")}", watch: false }] }
`;
  await using daemon = await startTestDaemon(folder, yaml);
  expect(await daemon.run("here")).toMatchObject({ status: "success" });
  expect(await daemon.run("away")).toMatchObject({
    status: "error",
    error: { code: "directory_missing", message: expect.stringContaining(folder.file("gone")) },
  });
  expect((await daemon.client.status()).problems).toMatchObject([
    { code: "directory_missing", agent_id: "away" },
  ]);
});

test("one run per agent: a second trigger is told which run goes on", async () => {
  using folder = testFolder({ "in/a.md": "# A" });
  await using server = await startScriptedServer(() => hang());
  await using daemon = await startTestDaemon(folder, configFor(server.url, folder.file("in")));
  const { run_id } = await daemon.client.trigger("test");
  await expect(daemon.client.trigger("test")).rejects.toMatchObject({
    code: "run_in_progress",
    data: { run_id },
  });
  await expect(daemon.client.trigger("nobody")).rejects.toMatchObject({ code: "agent_not_found" });
});

function allPending(code: string): string[][] {
  return Object.keys(DOCUMENTS).map(() => ["pending", code]);
}

/** An address that nothing listens on. */
async function usedPort(): Promise<{ url: string }> {
  const server = await startScriptedServer([]);
  const { url } = server;
  await server[Symbol.asyncDispose]();
  return { url };
}
