import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { all, createClient } from "../../daemon/client/client.ts";
import { RunnerError } from "../../daemon/core/errors.ts";
import { sampleRun } from "../helper/memory-door.ts";
import { openDoor } from "../helper/open-door.ts";

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

test("every reading route has a method that gives what the daemon has", async () => {
  await using door = await openDoor();
  const client = createClient(door);
  expect(await client.health()).toEqual({ status: "ok", version: "1.2.3" });
  expect(await client.status()).toEqual(door.control.status());
  expect(await client.agents()).toEqual(door.agents);
  expect(await client.agent("mail")).toEqual(door.agents[1]);
  expect(await client.runs({ limit: 1 })).toEqual({ items: [door.runs[0]], next_cursor: "1" });
  expect(await client.run("run_2")).toEqual(door.runs[1]);
  expect(await client.files({ path: "/in/b.md", state: undefined })).toEqual({
    items: [door.files[1]],
    next_cursor: null,
  });
  expect(await client.file("file_a")).toMatchObject({ file_id: "file_a", text: "# A" });
  expect(await client.verify({ agent_id: "mail" })).toEqual({ complete: true, directories: [] });
});

test("every acting route has a method that does it", async () => {
  await using door = await openDoor();
  const client = createClient(door);
  expect(await client.trigger("inbox", { force: true })).toEqual({ run_id: "run_new" });
  expect(await client.trigger("inbox")).toEqual({ run_id: "run_new" });
  expect(await client.triggerAdHoc({ directories: [{ path: "/in" }] })).toEqual({
    run_id: "run_adhoc",
  });
  expect(await client.cancelRun("run_1")).toMatchObject({ status: "cancelled" });
  expect(await client.retryFile("file_a")).toEqual({ run_id: "run_retry" });
  const { code } = await client.createSessionCode();
  expect(await client.request("POST", "/api/session", { code })).toEqual({ token: door.token });
  expect(await client.stop()).toEqual({ stopping: true });
  expect(door.calls.map(([name]) => name)).toEqual([
    "trigger",
    "trigger",
    "triggerAdHoc",
    "cancelRun",
    "retryFile",
    "stop",
  ]);
});

test("entities are created, listed, edited and deleted by their type", async () => {
  await using door = await openDoor();
  const client = createClient(door);
  const task = await client.createEntity("task", { title: "Pack", tags: ["home"] });
  expect(await client.entity("task", task.id)).toEqual(task);
  const edited = await client.editEntity("task", task.id, { status: "done" });
  expect(edited).toEqual({ ...task, status: "done" });
  expect(await client.entities("task")).toEqual({ items: [edited], next_cursor: null });
  expect(await client.entities("project", { status: "active" })).toMatchObject({ items: [] });
  await client.deleteEntity("task", task.id);
  await expect(client.entity("task", task.id)).rejects.toMatchObject({ code: "entity_not_found" });
});

test("all gives every item of every page, and asks for no page that is not read", async () => {
  await using door = await openDoor();
  const client = createClient(door);
  const read: string[] = [];
  for await (const run of all(client.runs, { limit: 1 })) read.push(run.run_id);
  expect(read).toEqual(["run_3", "run_2", "run_1"]);

  let pages = 0;
  const counted = (query: { limit?: number | undefined; cursor?: string | undefined }) => {
    pages += 1;
    return client.runs(query);
  };
  for await (const run of all(counted, { limit: 1 })) {
    if (run.run_id === "run_2") break;
  }
  expect(pages).toBe(2);
});

test("agents are read to the last page", async () => {
  await using door = await openDoor();
  const agents = Array.from({ length: 120 }, (_, at) => ({
    ...door.agents[0]!,
    id: `agent-${at}`,
  }));
  door.agents.splice(0, Infinity, ...agents);
  expect(await createClient(door).agents()).toHaveLength(120);
});

test("an id is a part of the path, whatever stands in it", async () => {
  await using door = await openDoor();
  const odd = "run/../?#%41 é";
  door.runs.push(sampleRun(odd));
  expect(await createClient(door).run(odd)).toMatchObject({ run_id: odd });
});

test("what the daemon throws arrives as it was thrown", async () => {
  await using door = await openDoor();
  door.agents[0]!.running_run_id = "run_3";
  const failed = await createClient(door)
    .trigger("inbox")
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(RunnerError);
  expect(failed).toMatchObject({
    code: "run_in_progress",
    exit: 1,
    message: "busy",
    hint: null,
    data: { run_id: "run_3" },
  });
  const hinted = await createClient(door)
    .agent("x")
    .catch((error: unknown) => error);
  expect(hinted).toMatchObject({ code: "agent_not_found", hint: "See `agents`.", data: {} });
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
