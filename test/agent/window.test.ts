import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { createEndpointModel } from "../../daemon/agent/model/endpoint-model.ts";
import { describeEndpoint } from "../../daemon/agent/model/endpoint.ts";
import { openTransport } from "../../daemon/agent/model/fetch.ts";
import { createMemory } from "../../daemon/agent/model/memory.ts";
import { createWindowFinder } from "../../daemon/agent/model/window.ts";
import { modelSchema } from "../../daemon/protocol/agent.ts";
import { modelRequest } from "../helper/model-request.ts";
import { MODELS, reply, startScriptedServer, status } from "../helper/scripted-server.ts";

const signal = new AbortController().signal;
const show = (fields: object) => ({ capabilities: ["completion", "tools"], ...fields });
const trained = { model_info: { "qwen3.context_length": 40_960 } };

test.each<[string, Record<string, unknown>, number]>([
  ["vLLM", { "/v1/models": { data: [{ id: "m", max_model_len: 16_384 }] } }, 16_384],
  ["OpenRouter", { "/v1/models": { data: [{ id: "m", context_length: 131_072 }] } }, 131_072],
  [
    "LM Studio, of the loaded instance",
    {
      "/api/v1/models": {
        models: [
          {
            key: "m",
            type: "llm",
            max_context_length: 131_072,
            loaded_instances: [{ id: "m", config: { context_length: 12_000 } }],
          },
        ],
      },
    },
    12_000,
  ],
  ["llama.cpp", { "/props": { default_generation_settings: { n_ctx: 6_144 } } }, 6_144],
  [
    "LiteLLM",
    { "/model/info": { data: [{ model_name: "m", model_info: { max_input_tokens: 200_000 } }] } },
    200_000,
  ],
  ["Ollama", { "/api/ps": { models: [{ name: "m:latest", context_length: 32_768 }] } }, 32_768],
  [
    "Ollama, of a cloud model",
    {
      "/api/ps": { models: [] },
      "/api/show": show({ ...trained, remote_host: "https://ollama.com" }),
    },
    40_960,
  ],
  [
    "an Ollama that does not tell what it has loaded, of the model itself",
    {
      "/api/ps": { models: [{ name: "m:latest" }] },
      "/api/show": show({ ...trained, parameters: 'stop "<|im_end|>"\nnum_ctx 16000' }),
      "/api/generate": {},
    },
    16_000,
  ],
  [
    "an Ollama that tells nothing, of its default",
    { "/api/ps": { models: [] }, "/api/show": show(trained), "/api/generate": {} },
    4_096,
  ],
])("the window is read from %s", async (_, pages, tokens) => {
  await using server = await startScriptedServer([], { pages });
  const model = createEndpointModel(server.settings({ name: "m" }));
  expect(model.window).toBeNull();
  await model.ensureRoom(modelRequest(), { signal });
  expect(model.window).toEqual({ tokens, source: "server" });
});

test("a model that Ollama has not loaded is loaded first, since only then it has a window", async () => {
  let isLoaded = false;
  await using server = await startScriptedServer([], {
    pages: {
      "/api/ps": () => ({ models: isLoaded ? [{ name: "m:4b", context_length: 9_000 }] : [] }),
      "/api/show": show(trained),
      "/api/generate": () => {
        isLoaded = true;
        return { done: true };
      },
    },
  });
  const model = createEndpointModel(server.settings({ name: "m:4b" }));
  await model.ensureRoom(modelRequest(), { signal });
  expect(model.window).toEqual({ tokens: 9_000, source: "server" });
});

test("the window of the config is used whatever the server says, and no model is loaded to find another", async () => {
  await using server = await startScriptedServer([], {
    pages: {
      "/props": { default_generation_settings: { n_ctx: 9_000 } },
      "/api/show": show(trained),
      "/api/generate": () => expect.unreachable(),
    },
  });
  const model = createEndpointModel(server.settings({ context_tokens: 5_000 }));
  expect(model.window).toEqual({ tokens: 5_000, source: "config" });
  await model.ensureRoom(modelRequest(), { signal });
  expect(model.window).toEqual({ tokens: 5_000, source: "config" });
});

test("a forced model whose window the config has is used without asking a server", async () => {
  await using server = await startScriptedServer([], {
    pages: { "/props": () => expect.unreachable() },
  });
  const model = createEndpointModel(server.settings({ context_tokens: 5_000, force_model: true }));
  await model.ensureRoom(modelRequest(), { signal });
});

test("a remote server that did not answer is asked again, and what it said before still holds", async () => {
  let now = 0;
  using clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  let answers: unknown = undefined;
  const site = createServer(({ url }, response) => {
    const status = answers === undefined ? 503 : url === "/v1/models" ? 200 : 404;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(answers ?? {}));
  }).listen(0, "127.0.0.1");
  await once(site, "listening");
  const base_url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/v1`;
  const settings = modelSchema.parse({ provider: "openai", base_url, name: "m", api_key: null });
  const endpoint = { ...describeEndpoint(settings), isLoopback: false };
  const transport = openTransport();
  const finder = createWindowFinder(settings, endpoint, transport);
  expect(await finder.find(signal)).toMatchObject({ source: "assumed" });
  answers = { data: [{ id: "m", max_input_tokens: 200_000 }] };
  now += 61_000;
  expect(await finder.find(signal)).toEqual({ tokens: 200_000, source: "server" });
  answers = undefined;
  now += 61 * 60_000;
  expect(await finder.find(signal)).toEqual({ tokens: 200_000, source: "server" });
  answers = { data: [{ id: "m", max_input_tokens: 400_000 }] };
  now += 61_000;
  expect(await finder.find(signal)).toEqual({ tokens: 400_000, source: "server" });
  expect(clock).toHaveBeenCalled();
  await transport.close();
  site.close();
});

test("a window that no server reports is assumed", async () => {
  await using server = await startScriptedServer([], { pages: { "/v1/models": MODELS } });
  const model = createEndpointModel(server.settings());
  await model.ensureRoom(modelRequest(), { signal });
  expect(model.window).toEqual({ tokens: 32_768, source: "assumed" });
});

test("OpenAI is asked only when it has a model no more, once an hour", async () => {
  let asked = 0;
  const list = () => {
    asked += 1;
    const listed = {
      id: "m",
      owned_by: "openai",
      shutdown_date: "2027-01-14",
      context_length: 9_000,
    };
    return { object: "list", data: [{ ...listed, id: "n", shutdown_date: null }, listed] };
  };
  await using server = await startScriptedServer([], { pages: { "/v1/models": list } });
  const settings = server.settings({ name: "m" });
  const transport = openTransport();
  const endpoint = { ...describeEndpoint(settings), isOpenAi: true };
  const finder = createWindowFinder(settings, endpoint, transport);
  for (const _ of [1, 2]) {
    expect(await finder.find(signal)).toEqual({ tokens: 128_000, source: "assumed" });
    expect(finder.retires_on).toBe("2027-01-14");
  }
  expect(asked).toBe(1);
  await transport.close();
});

const words = (count: number) =>
  modelRequest({ messages: [{ role: "user", content: "meeting notes ".repeat(count / 2) }] });

test("a request without room in the window is refused with the numbers, before it is sent", async () => {
  await using server = await startScriptedServer([]);
  const model = createEndpointModel(server.settings({ context_tokens: 4_096 }));
  await model.ensureRoom(words(1_000), { signal });
  const refused = model.ensureRoom(words(4_000), { signal });
  await expect(refused).rejects.toMatchObject({
    code: "too_long",
    kind: "user",
    message: expect.stringMatching(/about \d{4} tokens.*1024 for the reply.*window of 4096/su),
    data: { context_tokens: 4_096, retry_after_ms: 21_600_000 },
  });
  // A job that has begun needs room for one more reply only.
  const later = { ...words(2_000), iteration: 2 };
  const first = { ...later, iteration: 1 };
  await expect(model.ensureRoom(first, { signal })).rejects.toMatchObject({ code: "too_long" });
  await model.ensureRoom(later, { signal });
});

test("reported tokens narrow the estimate, for every model with the same memory", async () => {
  const request = words(1_000);
  const usage = { prompt_tokens: 1_050, completion_tokens: 5 };
  await using server = await startScriptedServer(() => reply({ content: "Done.", usage }));
  const memory = createMemory();
  const model = createEndpointModel(server.settings(), { memory });
  // The reply is reserved with it, so only what both have apart from it can be compared.
  const none = model.reserve(modelRequest({ messages: [], tools: [] })).tokens;
  const first = model.reserve(request).tokens - none;
  for (let count = 0; count < 8; count += 1) {
    expect(model.findFault(request, await model.complete(request, { signal }))).toBeNull();
  }
  const again = createEndpointModel(server.settings(), { memory });
  const learned = again.reserve(request).tokens - none;
  expect(learned).toBeLessThan(first * 0.8);
  expect(learned).toBeGreaterThanOrEqual(1_050);
});

test("a memory that cannot be read counts as empty", async () => {
  await using server = await startScriptedServer([status(200)]);
  const memory = { ...createMemory(), read: () => ({ calibration: "none" }) };
  const model = createEndpointModel(server.settings(), { memory });
  const plain = createEndpointModel(server.settings());
  expect(model.reserve(words(10))).toEqual(plain.reserve(words(10)));
  await expect(model.complete(words(10), { signal })).rejects.toMatchObject({
    code: "bad_response",
  });
});
