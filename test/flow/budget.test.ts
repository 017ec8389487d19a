import { expect, test } from "vitest";
import { startOfLocalDay, toInstant } from "../../daemon/core/clock.ts";
import { sayUsd } from "../../daemon/core/money.ts";
import { hurriedClock, startTestDaemon, type TestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { waitFor } from "../helper/program.ts";
import { answerDocument, readDocument } from "../helper/scripted-answers.ts";
import {
  raw,
  type RecordedRequest,
  startScriptedServer,
  status,
  type Step,
} from "../helper/scripted-server.ts";

function files(count: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => `in/${index}.md`);
  return Object.fromEntries(names.map((name) => [name, `# ${name}\n\n- [ ] Task of ${name}\n`]));
}

function config(url: string, directory: string, more: string): string {
  return `
model: { provider: openai, base_url: "${url}", name: scripted, api_key: null, concurrency: 8 }
agents: [{ id: test, directories: [{ path: "${directory}", watch: false }] }]
${more}
`;
}

async function pendingReasons({ client }: TestDaemon): Promise<(string | null)[]> {
  const { items } = await client.files({ state: "pending", limit: 500 });
  return items.map(({ reason }) => reason);
}

/** Fails the first request about every fifth file. */
function answerWithFaults(): (request: RecordedRequest) => Step {
  const failed = new Set<string>();
  return (request) => {
    const { file } = readDocument(request);
    const isBad = Number(/(\d+)\.md/.exec(file ?? "")?.[1]) % 5 === 0 && !failed.has(file ?? "");
    failed.add(file ?? "");
    return isBad ? status(500, { error: { message: "overloaded" } }) : answerDocument(request);
  };
}

test("forty requests a day are never forty-one, at eight at a time, with faults and a restart between", async () => {
  using folder = testFolder(files(30));
  await using server = await startScriptedServer(answerWithFaults(), { latencyMs: 20 });
  const clock = hurriedClock();
  const yaml = config(server.url, folder.file("in"), "budget: { requests_per_day: 40 }");
  {
    await using daemon = await startTestDaemon(folder, yaml, clock);
    await daemon.client.trigger("test");
    await waitFor("half is spent", () => server.requests.length >= 20);
  }
  await using daemon = await startTestDaemon(folder, yaml, clock);
  const { client } = daemon;
  const run = await daemon.endedRun(1);
  expect(server.requests).toHaveLength(40);
  expect(run).toMatchObject({ status: "partial", error: { code: "budget_exhausted" } });
  expect(new Set(await pendingReasons(daemon))).toEqual(new Set(["budget_exhausted"]));

  const midnight = toInstant(startOfLocalDay(clock.now(), 1));
  const { state, budget, problems } = await client.status();
  expect(state).toBe("attention");
  expect(budget).toMatchObject({
    requests: 40,
    limits: { requests_per_day: 40 },
    resets_at: midnight,
  });
  expect(problems).toContainEqual(
    expect.objectContaining({ code: "budget_exhausted", hint: expect.stringContaining(midnight) }),
  );
  const [waiting] = (await client.files({ state: "pending" })).items;
  expect(Date.parse(waiting?.next_attempt_at ?? "")).toBeGreaterThanOrEqual(
    Date.parse(midnight) - 1,
  );
  await expect(client.trigger("test")).rejects.toMatchObject({
    code: "budget_exhausted",
    status: 402,
  });
  expect(server.requests).toHaveLength(40);

  clock.jump(Date.parse(midnight) - clock.now() + 1_000);
  await waitFor("the rest is done", async () => {
    const { queue, budget: today } = await client.status();
    return queue.pending + queue.working === 0 && today.requests > 0;
  });
  expect(server.requests.length).toBeLessThanOrEqual(80);
  expect((await client.entities("note", { limit: 500 })).items).toHaveLength(30);
  expect((await client.entities("task", { limit: 500 })).items).toHaveLength(30);
  expect((await client.runs()).items[0]).toMatchObject({ trigger: "retry", status: "success" });
});

test("a request that is refused in one form and would be sent in another is one more", async () => {
  using folder = testFolder(files(1));
  const message = "Function tools with reasoning_effort are not supported; set it to none.";
  await using server = await startScriptedServer([status(400, { error: { message } })]);
  const yaml = config(server.url, folder.file("in"), "budget: { requests_per_day: 1 }");
  await using daemon = await startTestDaemon(folder, yaml);
  expect(await daemon.run("test")).toMatchObject({
    error: { code: "budget_exhausted" },
    files: { pending: 1 },
    usage: { requests: 1, cost_usd: 0 },
  });
  const [{ file_id } = { file_id: "" }] = (await daemon.client.files()).items;
  const { attempts } = await daemon.client.file(file_id);
  expect(attempts[0]?.requests).toMatchObject([{ state: "failed" }]);
});

test("what a run may take is of that run alone: the next one goes on", async () => {
  using folder = testFolder(files(5));
  await using server = await startScriptedServer(answerDocument);
  await using daemon = await startTestDaemon(
    folder,
    `
model: { provider: openai, base_url: "${server.url}", name: scripted, api_key: null }
agents:
  - id: test
    directories: [{ path: "${folder.file("in")}", watch: false }]
    budget: { requests_per_run: 4 }
`,
  );
  const first = await daemon.run("test");
  expect(first).toMatchObject({
    status: "partial",
    files: { processed: 2, pending: 3 },
    error: { code: "run_budget_exhausted" },
  });
  expect(await pendingReasons(daemon)).toEqual(Array(3).fill("run_budget_exhausted"));
  expect(await daemon.run("test")).toMatchObject({ files: { processed: 2, pending: 1 } });
  expect(await daemon.run("test")).toMatchObject({ status: "success", files: { processed: 1 } });
  expect(server.requests).toHaveLength(10);
});

test("with a limit in dollars, a model of unknown price is not asked, and says what to do", async () => {
  using folder = testFolder(files(2));
  await using server = await startScriptedServer(answerDocument);
  const yaml = config(server.url, folder.file("in"), "budget: { usd_per_day: 1 }");
  await using daemon = await startTestDaemon(folder, yaml);
  expect(await daemon.run("test")).toMatchObject({
    status: "error",
    files: { pending: 2, failed: 0 },
    error: { code: "price_unknown", hint: expect.stringContaining("model.price") },
    usage: { requests: 0 },
  });
  daemon.configure(
    yaml.replace(
      "concurrency",
      "price: { input_usd_per_million: 1, output_usd_per_million: 1 }, concurrency",
    ),
  );
  await waitFor("both are done", async () => {
    const { queue } = await daemon.client.status();
    return queue.pending + queue.working === 0;
  });
  const { budget } = await daemon.client.status();
  expect(budget.spent_usd).toBeCloseTo((4 * 120) / 1_000_000);
});

test("money is spent, reserved or unknown, with the same figures in status, usage, runs and messages", async () => {
  using folder = testFolder({ "in/a.md": "# A\n", "in/b.md": "# B\n" });
  await using server = await startScriptedServer((request) =>
    JSON.stringify(request.body).includes("# B")
      ? raw("<html>Login</html>", "text/html")
      : answerDocument(request),
  );
  await using daemon = await startTestDaemon(
    folder,
    `
model:
  provider: openai
  base_url: "${server.url}"
  name: scripted
  api_key: null
  price: { input_usd_per_million: 50, output_usd_per_million: 40 }
budget: { usd_per_day: 1 }
agents: [{ id: test, directories: [{ path: "${folder.file("in")}", watch: false }] }]
`,
  );
  const { client } = daemon;
  const good = await daemon.run("test", { paths: [folder.file("in/a.md")] });
  expect(good).toMatchObject({ status: "success", files: { processed: 1 } });
  const bad = await daemon.run("test");
  expect(bad.error?.code).toBe("budget_exhausted");
  const spent_usd = good.usage.spent_usd + bad.usage.spent_usd;
  const reserved_usd = good.usage.reserved_usd + bad.usage.reserved_usd;
  const { unknown_requests } = bad.usage;
  const money = { spent_usd, reserved_usd, unknown_requests };
  expect(spent_usd).toBeGreaterThan(0);
  expect(reserved_usd).toBeGreaterThan(0.3);
  expect(unknown_requests).toBeGreaterThan(0);
  expect((await client.status()).budget).toMatchObject(money);
  for (const by of ["day", "agent", "model"] as const) {
    const usage = await client.usage({ by });
    expect([usage.total, usage.items[0]]).toMatchObject([money, money]);
  }
  const [problem] = (await client.status()).problems;
  expect(problem).toMatchObject({ code: "budget_exhausted", files: 1 });
  expect(problem?.message).toContain("Daily limit $1.00");
  expect(problem?.message).toContain(
    `${sayUsd(spent_usd)} spent, ${sayUsd(reserved_usd)} reserved.`,
  );
});
