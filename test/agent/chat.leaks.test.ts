import { afterEach, expect, test, vi } from "vitest";
import { createEndpointModel } from "../../daemon/agent/model/endpoint-model.ts";
import type { ModelReply } from "../../daemon/agent/model/model.ts";
import type { ModelSettings } from "../../daemon/protocol/agent.ts";
import { modelRequest } from "../helper/model-request.ts";
import {
  reply,
  startScriptedServer,
  status,
  type ScriptedServer,
} from "../helper/scripted-server.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const done = reply({ content: "Done." });

function ask(server: ScriptedServer, changes: Partial<ModelSettings> = {}): Promise<ModelReply> {
  const model = createEndpointModel(server.settings(changes));
  return model.complete(modelRequest(), { signal: new AbortController().signal });
}

// What a request needs, and what Node's HTTP adds.
const HEADERS = [
  "accept",
  "accept-encoding",
  "accept-language",
  "connection",
  "content-length",
  "content-type",
  "host",
  "sec-fetch-mode",
  "user-agent",
];

test("nothing of the environment reaches the endpoint or the console", async () => {
  await using elsewhere = await startScriptedServer([]);
  const secret = "sk-from-the-environment";
  vi.stubEnv("OPENAI_API_KEY", secret);
  vi.stubEnv("OPENAI_ADMIN_KEY", secret);
  vi.stubEnv("OPENAI_ORG_ID", secret);
  vi.stubEnv("OPENAI_PROJECT_ID", secret);
  vi.stubEnv("OPENAI_WEBHOOK_SECRET", secret);
  vi.stubEnv("OPENAI_CUSTOM_HEADERS", `x-custom: ${secret}\nauthorization: Bearer ${secret}`);
  vi.stubEnv("OPENAI_BASE_URL", elsewhere.url);
  vi.stubEnv("OPENAI_LOG", "debug");
  vi.stubEnv("HTTP_PROXY", new URL(elsewhere.url).origin);
  vi.stubEnv("http_proxy", new URL(elsewhere.url).origin);
  const console = (["debug", "info", "log", "warn", "error"] as const).map((level) =>
    vi.spyOn(globalThis.console, level),
  );
  await using server = await startScriptedServer([done]);

  await ask(server);

  const sent = server.requests[0];
  expect(Object.keys(sent?.headers ?? {}).toSorted()).toEqual(HEADERS);
  expect(sent?.headers["user-agent"]).toBe("agent-runner");
  expect(JSON.stringify(sent)).not.toContain(secret);
  for (const spy of console) expect(spy).not.toHaveBeenCalled();
});

test("the key of the settings is sent, and so are their headers, which win", async () => {
  await using server = await startScriptedServer([done, done]);
  await ask(server, { api_key: "sk-a", headers: { "X-Title": "A" } });
  await ask(server, { api_key: "sk-a", headers: { Authorization: "Token b" } });
  expect(server.requests.map(({ headers }) => [headers.authorization, headers["x-title"]])).toEqual(
    [
      ["Bearer sk-a", "A"],
      ["Token b", undefined],
    ],
  );
});

test("without a key, neither a key nor a placeholder is sent", async () => {
  await using server = await startScriptedServer([done, done]);
  await ask(server, { api_key: null });
  await ask(server, { api_key: "" });
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
    undefined,
    undefined,
  ]);
});

const key = 'sk/test+"key"=?&0123456789';
const echoes: readonly [string, string][] = [
  ["as it is", key],
  ["in base64", Buffer.from(key).toString("base64")],
  ["in base64url", Buffer.from(key).toString("base64url")],
  ["in a URL", encodeURIComponent(key)],
];

test.each(echoes)("a key that an error echoes %s is redacted", async (_, echo) => {
  for (const body of [`Bad key: ${echo}.`, { error: { message: `Bad key: ${echo}.` } }]) {
    await using server = await startScriptedServer([status(401, body)]);
    const error: unknown = await ask(server, { api_key: key }).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toMatch(/"Bad key: \[redacted\]=*\."\.$/);
  }
});

test.each(echoes)("a key that a reply echoes %s is redacted", async (_, echo) => {
  const calls = [{ name: "create_note", arguments: { title: echo } }];
  await using server = await startScriptedServer([
    reply({ content: echo, calls, message: { reasoning: echo } }),
  ]);
  const answer = await ask(server, { api_key: key });
  expect(answer.text).toMatch(/^\[redacted\]=*$/);
  expect(JSON.stringify(answer)).not.toContain(JSON.stringify(echo).slice(1, -1));
});

test("credentials in headers are redacted like the key, other headers are not", async () => {
  const headers = { "api-key": "azure-0123456789", "x-title": "Agent Runner test" };
  await using server = await startScriptedServer([
    reply({ content: "azure-0123456789, Agent Runner test" }),
  ]);
  expect((await ask(server, { headers })).text).toBe("[redacted], Agent Runner test");
});

test("a key in a header of any name is redacted where the endpoint echoes it", async () => {
  const token = "tok-0123456789";
  const headers = { "X-Tok": token, "X-Name": `user ${token}x` };
  await using server = await startScriptedServer([
    reply({ content: `${token} ${Buffer.from(token).toString("base64url")}` }),
    status(401, `No user ${token}x, ${encodeURIComponent(token)}.`),
  ]);
  expect((await ask(server, { headers })).text).toBe("[redacted] [redacted]");
  const error: unknown = await ask(server, { headers }).catch((thrown: unknown) => thrown);
  expect((error as Error).message).toMatch(/"No \[redacted\], \[redacted\]\."\.$/);
});

test("a dummy key does not change what a reply says", async () => {
  await using server = await startScriptedServer([reply({ content: "Install ollama." })]);
  expect((await ask(server, { api_key: "ollama" })).text).toBe("Install ollama.");
});

test("a key or a header that cannot be sent is refused without showing it", async () => {
  await using server = await startScriptedServer([]);
  const refusals = [
    { changes: { api_key: "sk-a\nsk-b" }, code: "key_refused" },
    { changes: { headers: { "api-key": "sk-a\r\nsk-b" } }, code: "config_invalid" },
    { changes: { headers: { "bad name": "sk-a" } }, code: "config_invalid" },
  ];
  for (const { changes, code } of refusals) {
    let thrown: unknown;
    try {
      createEndpointModel(server.settings(changes));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
    expect((thrown as Error).cause).toBeUndefined();
    expect((thrown as Error).message).not.toContain("sk-");
  }
});
