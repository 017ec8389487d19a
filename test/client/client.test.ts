import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { createClient } from "../../daemon/client/client.ts";
import { all } from "../../daemon/client/pages.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { insertRun } from "../../daemon/journal/runs.ts";
import { startTestDaemon } from "../helper/daemon.ts";
import { testFolder } from "../helper/folder.ts";
import { openDoor } from "../helper/open-door.ts";
import { addFailedFile, addRun } from "../helper/past-work.ts";
import { NOW } from "../helper/test-journal.ts";

/** A server of somebody else's on a free port. */
async function listen(listener: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("every reading route has a method that gives what the daemon answers", async () => {
  await using door = await openDoor();
  const { client, journal } = door;
  const [, run_id] = [addRun(journal), addRun(journal, { agent_id: "mail" })];
  const [a, b] = ["/in/a.md", "/in/b.md"].map((path) => addFailedFile(journal, path));
  const ask = async (path: string): Promise<unknown> => (await door.send("GET", path)).body;

  expect(await client.health()).toEqual({ status: "ok", version: "0.0.0-test" });
  const status = await client.status();
  expect([status, status.agents.length]).toEqual([await ask("/api/status"), 3]);
  const agents = await client.agents();
  expect(agents.map(({ id }) => id)).toEqual(["inbox", "mail", "notes"]);
  expect(await client.agent("mail")).toEqual(agents[1]);
  expect(await client.runs({ limit: 1 })).toEqual({
    items: [await ask(`/api/runs/${run_id}`)],
    next_cursor: expect.any(String),
  });
  expect(await client.run(run_id ?? "")).toMatchObject({ run_id, agent_id: "mail" });
  expect(await client.files({ path: "/in/b.md", state: undefined })).toMatchObject({
    items: [{ file_id: b, path: "/in/b.md" }],
    next_cursor: null,
  });
  expect(await client.file(a ?? "")).toMatchObject({ file_id: a, text: null, attempts: [] });
  expect(await client.verify({ agent_id: "mail" })).toMatchObject({
    complete: true,
    directories: [{ agent_id: "mail" }],
  });
});

test("every acting route has a method that does it", async () => {
  await using door = await openDoor({ files: { "inbox/a.md": "# A\n", "loose/b.md": "# B\n" } });
  const { client, daemon, folder, journal } = door;
  const triggered = await client.trigger("inbox");
  expect(await daemon.ended(triggered.run_id)).toMatchObject({ files: { processed: 1 } });
  const forced = await client.trigger("inbox", { force: true });
  expect(await daemon.ended(forced.run_id)).toMatchObject({ files: { processed: 1 } });
  const loose = await client.triggerAdHoc({ directories: [{ path: folder.file("loose") }] });
  expect(await daemon.ended(loose.run_id)).toMatchObject({ files: { processed: 1 } });
  const running = addRun(journal, { agent_id: "mail", status: "running" });
  expect(await client.cancelRun(running)).toMatchObject({ run_id: running, status: "cancelled" });
  const [file] = (await client.files({ agent_id: "inbox" })).items;
  const retried = await client.retryFile(file?.file_id ?? "");
  expect(await daemon.ended(retried.run_id)).toMatchObject({ trigger: "retry" });
  const { code } = await client.createSessionCode();
  expect(await client.request("POST", "/api/session", { code })).toEqual({ token: door.token });
  expect(daemon.isStopAsked).toBe(false);
  expect(await client.stop()).toEqual({ stopping: true });
  await expect.poll(() => daemon.isStopAsked).toBe(true);
});

test("entities are created, listed, edited and deleted by their type", async () => {
  await using door = await openDoor();
  const client = createClient(door);
  const task = await client.createEntity("task", { title: "Pack", tags: ["home"] });
  expect(await client.entity("task", task.id)).toEqual(task);
  const edited = await client.editEntity("task", task.id, { status: "done" });
  const { updated_at, user_edited } = edited;
  expect(edited).toEqual({ ...task, status: "done", updated_at, user_edited });
  expect(await client.entities("task")).toEqual({ items: [edited], next_cursor: null });
  expect(await client.entities("project", { status: "active" })).toMatchObject({ items: [] });
  await client.deleteEntity("task", task.id);
  await expect(client.entity("task", task.id)).rejects.toMatchObject({ code: "entity_not_found" });
});

test("all gives every item of every page, and asks for no page that is not read", async () => {
  await using door = await openDoor();
  const client = createClient(door);
  const ids = [1, 2, 3].map(() => addRun(door.journal));
  const read: string[] = [];
  for await (const run of all(client.runs, { limit: 1 })) read.push(run.run_id);
  expect(read).toEqual(ids.toReversed());

  let pages = 0;
  const counted = (query: { limit?: number | undefined; cursor?: string | undefined }) => {
    pages += 1;
    return client.runs(query);
  };
  for await (const run of all(counted, { limit: 1 })) {
    if (run.run_id === ids[1]) break;
  }
  expect(pages).toBe(2);
});

test("agents are read to the last page", async () => {
  using folder = testFolder({ "in/a.md": "" });
  const agents = Array.from(
    { length: 120 },
    (_, at) =>
      `  - { id: agent-${at}, enabled: false, directories: [{ path: "${folder.file("in")}" }] }`,
  );
  await using daemon = await startTestDaemon(folder, `agents:\n${agents.join("\n")}\n`);
  expect(await daemon.client.agents()).toHaveLength(120);
});

test("an id is one part of the path, whatever it contains", async () => {
  await using door = await openDoor();
  const odd = "run/../?#%41 é";
  const run = { run_id: odd, agent_id: "inbox", trigger: "manual", force: false } as const;
  insertRun(door.journal, { ...run, paths: null }, NOW);
  expect(await createClient(door).run(odd)).toMatchObject({ run_id: odd });
});

test("what the daemon throws arrives as it was thrown", async () => {
  await using door = await openDoor();
  const run_id = addRun(door.journal, { status: "running" });
  const failed = await createClient(door)
    .trigger("inbox")
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(RunnerError);
  expect(failed).toMatchObject({
    code: "run_in_progress",
    exit: 1,
    message: expect.stringContaining("inbox"),
    hint: expect.any(String),
    data: { run_id },
  });
  const hinted = await createClient(door)
    .agent("x")
    .catch((error: unknown) => error);
  expect(hinted).toMatchObject({
    code: "agent_not_found",
    message: 'There is no agent "x".',
    hint: expect.stringContaining("inbox, mail, notes"),
    data: {},
  });
});

test("a code that is not known here is an internal error with the daemon's words", async () => {
  const problem = { type: "about:blank", title: "?", status: 418, hint: null };
  await using other = await listen((_request, response) =>
    response.writeHead(418).end(JSON.stringify({ ...problem, code: "teapot", detail: "short" })),
  );
  const client = createClient({ url: other.url, token: "t" });
  await expect(client.status()).rejects.toMatchObject({ code: "internal", message: "short" });
});

test.each([
  ["an error that is no problem", 500, "<h1>Oops</h1>"],
  ["an answer that is not JSON", 200, "<h1>Hello</h1>"],
  ["an answer of another shape", 200, '{"state":"fine"}'],
  ["no answer", 204, ""],
  ["a redirect", 302, ""],
])("%s is an internal error", async (_name, status, body) => {
  let requests = 0;
  await using other = await listen((_request, response) => {
    requests += 1;
    response.writeHead(status, { location: "/api/health" }).end(body);
  });
  const client = createClient({ url: other.url, token: "t" });
  await expect(client.status()).rejects.toMatchObject({
    code: "internal",
    hint: expect.stringContaining("version"),
  });
  expect(requests).toBe(1);
});

test("nobody at the port means that no daemon runs", async () => {
  const door = await openDoor();
  await door[Symbol.asyncDispose]();
  await expect(createClient(door).status()).rejects.toMatchObject({
    code: "daemon_not_running",
    exit: 4,
    hint: expect.stringContaining("npx --no agent-runner start"),
  });
});

test("a request that is not answered in time ends", async () => {
  await using other = await listen(() => {});
  const client = createClient({ url: other.url, token: "t", timeoutMs: 20 });
  await expect(client.status()).rejects.toMatchObject({ code: "request_timeout" });
});

test("an answer that stops half way ends in time too", async () => {
  await using other = await listen((_request, response) => void response.write("{"));
  const client = createClient({ url: other.url, token: "t", timeoutMs: 200 });
  await expect(client.status()).rejects.toMatchObject({ code: "request_timeout" });
});

test("the signal ends what is under way, and what comes after before it is sent", async () => {
  const asked = Promise.withResolvers<void>();
  let requests = 0;
  await using other = await listen(() => {
    requests += 1;
    asked.resolve();
  });
  const controller = new AbortController();
  const client = createClient({ url: other.url, token: "t", signal: controller.signal });
  const pending = client.status().catch((error: unknown) => error);
  await asked.promise;
  controller.abort();
  expect(await pending).toMatchObject({ name: "AbortError" });
  await expect(client.status()).rejects.toMatchObject({ name: "AbortError" });
  expect(requests).toBe(1);
});

test.each(["http://evil.example/", "@evil.example/", "api/status", ""])(
  "%j is no path to send the token to",
  async (path) => {
    await using door = await openDoor();
    const asked = createClient(door).request("GET", path);
    await expect(asked).rejects.toMatchObject({ code: "invalid_request" });
  },
);

test("a path that looks like another host stays a path", async () => {
  await using door = await openDoor();
  const asked = createClient(door).request("GET", "//evil.example/api/status");
  await expect(asked).rejects.toMatchObject({ code: "not_found" });
});

test("the token is not handed to a proxy of the environment", async () => {
  let proxied = 0;
  await using proxy = await listen((_request, response) => {
    proxied += 1;
    response.end("{}");
  });
  await using door = await openDoor();
  const module = new URL("../../daemon/client/client.ts", import.meta.url).href;
  const options = JSON.stringify({ url: door.url, token: door.token });
  const script = `
    import { createClient } from ${JSON.stringify(module)};
    console.log((await createClient(${options}).status()).state);`;
  const proxies = { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: proxy.url, http_proxy: proxy.url };
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...process.env, ...proxies, NO_PROXY: "", no_proxy: "" },
  });
  expect(await text(child.stdout)).toBe("idle\n");
  expect(proxied).toBe(0);
});
