import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { listOffered } from "../../daemon/agent/model/catalog.ts";
import { createEndpointModel } from "../../daemon/agent/model/endpoint-model.ts";
import { probeEndpoint } from "../../daemon/agent/model/probe.ts";
import type { ServerKind } from "../../daemon/agent/model/servers.ts";
import { modelSchema } from "../../daemon/protocol/agent.ts";
import { modelRequest } from "../helper/model-request.ts";
import { startSite } from "../helper/site.ts";

const patience = { signal: new AbortController().signal, timeoutMs: 10_000 };

const named = (port: number, name: string, api_key: string | null = null) =>
  modelSchema.parse({
    provider: "openai",
    base_url: `http://127.0.0.1:${port}/v1`,
    name,
    api_key,
  });

async function offeredAt(kind: ServerKind, pages: Record<string, unknown>) {
  await using site = await startSite(pages);
  return await listOffered([], { ...patience, ports: { [kind]: [site.port] } });
}

test("Ollama's models are listed with tool calls, window, size, and whether they are in the cloud", async () => {
  const offered = await offeredAt("ollama", {
    "/api/tags": {
      models: [
        { name: "qwen3.5:4b", size: 3_400_000_000, capabilities: ["completion", "tools"] },
        { name: "glm-5:cloud", size: 400, remote_host: "https://ollama.com" },
      ],
    },
    "/api/ps": { models: [{ name: "qwen3.5:4b", context_length: 4_096 }] },
    "/api/show": {
      capabilities: ["completion", "tools"],
      model_info: { "general.architecture": "qwen35", "qwen35.context_length": 262_144 },
    },
  });
  expect(offered).toMatchObject([
    {
      name: "qwen3.5:4b",
      server: "ollama",
      calls_tools: true,
      context_tokens: 4_096,
      max_context_tokens: 262_144,
      size_bytes: 3_400_000_000,
      is_loaded: true,
      is_cloud: false,
    },
    {
      name: "glm-5:cloud",
      context_tokens: 262_144,
      size_bytes: null,
      is_loaded: null,
      is_cloud: true,
    },
  ]);
});

test("LM Studio's and llama.cpp's models are listed as the servers describe them", async () => {
  const lmStudio = await offeredAt("lm_studio", {
    "/api/v1/models": {
      models: [
        {
          key: "qwen3-4b",
          type: "llm",
          size_bytes: 2_500_000_000,
          max_context_length: 40_960,
          capabilities: { trained_for_tool_use: true },
          loaded_instances: [],
        },
        { key: "gemma-4b", type: "llm", capabilities: { trained_for_tool_use: false } },
      ],
    },
  });
  expect(lmStudio).toMatchObject([
    {
      name: "qwen3-4b",
      calls_tools: true,
      context_tokens: null,
      max_context_tokens: 40_960,
      size_bytes: 2_500_000_000,
      is_loaded: false,
    },
    // LM Studio prompts it for calls all the same, so it is not refused.
    { name: "gemma-4b", calls_tools: null },
  ]);
  const llamaCpp = await offeredAt("llama_cpp", {
    "/v1/models": { data: [{ id: "gemma.gguf", owned_by: "llamacpp" }] },
    "/props": {
      default_generation_settings: { n_ctx: 6_144 },
      chat_template_caps: { supports_tools: false },
    },
  });
  expect(llamaCpp).toMatchObject([
    { name: "gemma.gguf", calls_tools: false, context_tokens: 6_144, is_loaded: true },
  ]);
});

test("a model that the config names is listed once, even if its server does not answer", async () => {
  await using found = await startSite({ "/api/tags": { models: [{ name: "a" }] } });
  await using vllm = await startSite({
    "/v1/models": { data: [{ id: "b", max_model_len: 16_384 }, { id: "c" }] },
  });
  const gone = await startSite({});
  await gone[Symbol.asyncDispose]();
  const offered = await listOffered(
    [named(found.port, "a"), named(vllm.port, "b"), named(gone.port, "d")],
    { ...patience, ports: { ollama: [found.port] } },
  );
  expect(offered.map(({ name, server, context_tokens }) => [name, server, context_tokens])).toEqual(
    [
      ["a", "ollama", null],
      ["b", null, 16_384],
      ["c", null, null],
      ["d", null, null],
    ],
  );
});

test("a key goes to the endpoint it was written for and to no other server", async () => {
  await using own = await startSite({ "/v1/models": { data: [{ id: "m" }] } });
  await using other = await startSite({ "/api/tags": { models: [] } });
  await listOffered([named(own.port, "m", "sk-of-this-endpoint")], {
    ...patience,
    ports: { ollama: [other.port] },
  });
  const keysOf = (site: { headers: { authorization?: string | undefined }[] }) =>
    new Set(site.headers.map(({ authorization }) => authorization));
  expect(keysOf(own)).toEqual(new Set(["Bearer sk-of-this-endpoint"]));
  expect(keysOf(other)).toEqual(new Set([undefined]));
});

test("what LiteLLM knows of a model is listed with it: tools, window and price", async () => {
  const info = (model_name: string, model_info: object) => ({ model_name, model_info });
  await using proxy = await startSite({
    "/v1/models": { data: [{ id: "sonnet" }, { id: "own" }] },
    "/model/info": {
      data: [
        info("sonnet", {
          max_input_tokens: 200_000,
          supports_function_calling: true,
          input_cost_per_token: 0.000003,
          output_cost_per_token: 0.000015,
        }),
        info("own", { supports_function_calling: false, input_cost_per_token: 0 }),
      ],
    },
  });
  const offered = await listOffered([named(proxy.port, "sonnet")], { ...patience, ports: {} });
  expect(offered).toMatchObject([
    {
      name: "sonnet",
      calls_tools: true,
      context_tokens: 200_000,
      price: { input_usd_per_million: 3, output_usd_per_million: 15 },
    },
    { name: "own", calls_tools: false, context_tokens: null },
  ]);
  expect(offered[1]).not.toHaveProperty("price");
});

// https://platform.claude.com/docs/en/api/models-list
test("Anthropic's list is asked with the key as it wants it, and its window is read", async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer(({ headers, url }, response) => {
    const key = headers["x-api-key"];
    if (url !== "/v1/models") return void response.writeHead(404).end();
    asked.push(key?.toString());
    const isOwner = key === "sk-ant-of-this-test" && headers["anthropic-version"] === "2023-06-01";
    const error = { type: "authentication_error", message: "Invalid bearer token" };
    const data = [{ type: "model", id: "claude", max_input_tokens: 200_000 }];
    response
      .writeHead(isOwner ? 200 : 401, { "content-type": "application/json" })
      .end(JSON.stringify(isOwner ? { data } : { type: "error", error }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const settings = named(port, "claude", "sk-ant-of-this-test");
  const { signal } = patience;
  expect(await probeEndpoint(settings, signal)).toMatchObject({
    fault: null,
    is_listed: true,
    model: { context_tokens: 200_000 },
  });
  const model = createEndpointModel(settings);
  await model.ensureRoom(modelRequest(), { signal });
  expect(model.window).toEqual({ tokens: 200_000, source: "server" });
  await model.close();
  asked.length = 0;
  const wrong = await probeEndpoint(named(port, "claude", "sk-wrong"), signal);
  expect(wrong.fault).toMatchObject({ code: "key_refused" });
  expect(asked).toEqual([undefined, "sk-wrong"]);
  server.closeAllConnections();
  server.close();
});

// https://ai.google.dev/api/models
test("Gemini's window is read beside its compatible part, and the name of its list is known", async () => {
  const server = createServer(({ headers, url }, response) => {
    const answer = (status: number, body: unknown) =>
      void response
        .writeHead(status, { "content-type": "application/json" })
        .end(JSON.stringify(body));
    if (url === "/v1beta/openai/models") return answer(200, { data: [{ id: "models/gemini-3" }] });
    if (url !== "/v1beta/models/gemini-3") return answer(404, {});
    const message = "Expected OAuth 2 access token, login cookie or other valid credential.";
    return headers["x-goog-api-key"] === "AIza-of-this-test"
      ? answer(200, { name: "models/gemini-3", inputTokenLimit: 1_048_576 })
      : answer(401, { error: { code: 401, message, status: "UNAUTHENTICATED" } });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const base_url = `http://127.0.0.1:${port}/v1beta/openai/`;
  const settings = { ...named(port, "gemini-3", "AIza-of-this-test"), base_url };
  const { signal } = patience;
  expect(await probeEndpoint(settings, signal)).toMatchObject({ fault: null, is_listed: true });
  const model = createEndpointModel(settings);
  await model.ensureRoom(modelRequest(), { signal });
  expect(model.window).toEqual({ tokens: 1_048_576, source: "server" });
  await model.close();
  server.closeAllConnections();
  server.close();
});
