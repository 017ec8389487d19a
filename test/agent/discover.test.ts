import { expect, test } from "vitest";
import { discoverServers } from "../../daemon/agent/model/discover.ts";
import type { ServerKind } from "../../daemon/agent/model/servers.ts";
import { isAbort } from "../../daemon/core/errors.ts";
import { startSite } from "../helper/site.ts";

const list = (...data: object[]) => ({ object: "list", data });

test.each<[string, ServerKind, Record<string, unknown>, string, string[]]>([
  [
    "Ollama",
    "ollama",
    {
      "/api/tags": {
        models: [
          { name: "qwen3:4b", capabilities: ["completion", "tools"] },
          { name: "bge-m3:latest", capabilities: ["embedding"] },
          { name: "llama3.2:latest" },
        ],
      },
    },
    "/v1",
    ["qwen3:4b", "llama3.2:latest"],
  ],
  [
    "LM Studio",
    "lm_studio",
    {
      "/api/v1/models": {
        models: [
          { type: "llm", key: "qwen/qwen3-4b", loaded_instances: [] },
          { type: "embedding", key: "text-embedding-nomic" },
        ],
      },
    },
    "/v1",
    ["qwen/qwen3-4b"],
  ],
  [
    "an older LM Studio",
    "lm_studio",
    { "/v1/models": list({ id: "qwen3-4b" }, { id: "text-embedding-nomic-embed-text-v1.5" }) },
    "/v1",
    ["qwen3-4b"],
  ],
  [
    "llama.cpp",
    "llama_cpp",
    { "/v1/models": list({ id: "qwen3.gguf", owned_by: "llamacpp" }) },
    "/v1",
    ["qwen3.gguf"],
  ],
  [
    "llama.cpp by its properties",
    "llama_cpp",
    { "/props": { default_generation_settings: {}, model_path: "/models/qwen3.gguf" } },
    "/v1",
    ["qwen3.gguf"],
  ],
  [
    "Docker Model Runner",
    "docker_model_runner",
    { "/engines/v1/models": list({ id: "ai/qwen3:latest", owned_by: "docker" }) },
    "/engines/v1",
    ["ai/qwen3:latest"],
  ],
  ["a server without models", "ollama", { "/api/tags": { models: [] } }, "/v1", []],
])("%s is found with its models", async (_, kind, pages, base, models) => {
  await using site = await startSite(pages);
  const [server, ...more] = await discoverServers({
    timeoutMs: 2000,
    ports: { [kind]: [site.port] },
  });
  expect(more).toEqual([]);
  expect(server).toMatchObject({ kind, base_url: `http://127.0.0.1:${site.port}${base}` });
  expect(server?.models.map(({ name }) => name)).toEqual(models);
});

test.each<[string, ServerKind, Record<string, unknown>]>([
  ["a web page", "ollama", { "/api/tags": "<html></html>" }],
  ["another shape", "ollama", { "/api/tags": { models: "none" } }],
  ["a server of another owner at 8080", "llama_cpp", { "/v1/models": list({ id: "a" }) }],
  ["an answer of megabytes", "ollama", { "/api/tags": { models: [], x: "x".repeat(4e6) } }],
  ["nothing but 404", "docker_model_runner", {}],
  ["a server that is too slow", "ollama", { "/api/tags": null }],
])("%s is no model server", async (_, kind, pages) => {
  await using site = await startSite(pages);
  expect(await discoverServers({ timeoutMs: 200, ports: { [kind]: [site.port] } })).toEqual([]);
});

test("a port where nothing listens is no model server, and does not hide others", async () => {
  const gone = await startSite({});
  await gone[Symbol.asyncDispose]();
  await using site = await startSite({ "/api/tags": { models: [{ name: "a" }] } });
  const found = await discoverServers({
    timeoutMs: 2000,
    ports: { ollama: [gone.port, site.port] },
  });
  expect(found.map(({ models }) => models.map(({ name }) => name))).toEqual([["a"]]);
});

test("no key is sent, and a name that could not be shown is left out", async () => {
  const names = ["good", "bad\u001B[31m", "x".repeat(201), ""];
  await using site = await startSite({ "/api/tags": { models: names.map((name) => ({ name })) } });
  const [server] = await discoverServers({ timeoutMs: 2000, ports: { ollama: [site.port] } });
  expect(server?.models.map(({ name }) => name)).toEqual(["good"]);
  expect(site.headers.length).toBeGreaterThan(0);
  expect(site.headers.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
});

test("the search ends when the caller aborts", async () => {
  await using site = await startSite({ "/api/tags": null });
  const caller = new AbortController();
  const search = discoverServers({
    timeoutMs: 60_000,
    signal: caller.signal,
    ports: { ollama: [site.port] },
  }).catch((error: unknown) => error);
  caller.abort();
  expect(isAbort(await search)).toBe(true);
});
