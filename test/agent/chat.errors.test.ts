import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createEndpointModel } from "../../daemon/agent/model/endpoint-model.ts";
import { describeEndpoint } from "../../daemon/agent/model/endpoint.ts";
import { connectionFault } from "../../daemon/agent/model/connection-fault.ts";
import { readRetryAfter } from "../../daemon/agent/model/fault.ts";
import { RunnerError, type ErrorCode } from "../../daemon/core/errors.ts";
import { modelSchema, type ModelSettings } from "../../daemon/protocol/agent.ts";
import { modelRequest } from "../helper/model-request.ts";
import {
  raw,
  redirect,
  reply,
  reset,
  startScriptedServer,
  status,
  type Step,
} from "../helper/scripted-server.ts";

async function faultOf(settings: ModelSettings): Promise<RunnerError> {
  const model = createEndpointModel(settings);
  const thrown: unknown = await model
    .complete(modelRequest(), { signal: new AbortController().signal })
    .catch((error: unknown) => error);
  if (!(thrown instanceof RunnerError)) throw new Error(`Not a RunnerError: ${String(thrown)}`);
  return thrown;
}

async function faultAfter(
  step: Step,
  changes: Partial<ModelSettings> = {},
  requests = 1,
): Promise<RunnerError> {
  await using server = await startScriptedServer(Array<Step>(requests).fill(step));
  return await faultOf(server.settings(changes));
}

const openai = (message: string, code: string | null = null, type = "invalid_request_error") => ({
  error: { message, type, param: null, code },
});

test.each<[number, string, unknown, ErrorCode]>([
  [401, "OpenAI", openai("Incorrect API key provided", "invalid_api_key"), "key_refused"],
  [403, "anyone", "Forbidden", "key_refused"],
  [400, "Gemini, key", [{ error: { code: 400, message: "API key not valid." } }], "key_refused"],
  [404, "OpenAI, model", openai("The model `m-4.1` does not exist"), "model_not_found"],
  [404, "Ollama", openai('model "m" not found, try pulling it first'), "model_not_found"],
  [403, "OpenAI, access", openai("No access", "model_not_found"), "model_not_found"],
  [400, "Mistral, model", { object: "error", message: "Invalid model: m" }, "model_not_found"],
  [400, "DeepSeek", openai("Model Not Exist"), "model_not_found"],
  [404, "a wrong path", "404 page not found", "request_rejected"],
  [402, "OpenRouter", openai("Insufficient credits"), "quota_exhausted"],
  [429, "OpenAI, quota", openai("You exceeded", "insufficient_quota"), "quota_exhausted"],
  [400, "LiteLLM", openai("Budget has been exceeded", null, "budget_exceeded"), "quota_exhausted"],
  [429, "OpenAI, rate", openai("Rate limit reached", "rate_limit_exceeded"), "rate_limited"],
  [429, "nothing said", "", "rate_limited"],
  [408, "a gateway", "", "endpoint_fault"],
  [409, "a gateway", "", "endpoint_fault"],
  [500, "anyone", openai("The server had an error"), "endpoint_fault"],
  [502, "nginx", "<html><h1>502 Bad Gateway</h1></html>", "endpoint_fault"],
  [503, "llama.cpp", openai("Loading model", "503", "unavailable_error"), "endpoint_fault"],
  [529, "Anthropic", openai("Overloaded", null, "overloaded_error"), "endpoint_fault"],
  [400, "OpenAI, length", openai("Too many", "context_length_exceeded"), "too_long"],
  [400, "llama.cpp, length", openai("x", null, "exceed_context_size_error"), "too_long"],
  [400, "LM Studio", { error: "Trying to keep the first 9000 tokens" }, "too_long"],
  [400, "vLLM", { object: "error", message: "maximum context length is 9 tokens" }, "too_long"],
  [400, "Anthropic", openai("prompt is too long: 9 tokens > 8 maximum"), "too_long"],
  [400, "OpenRouter", openai("This endpoint's maximum context length is 9 tokens"), "too_long"],
  [413, "anyone", "", "too_long"],
  [400, "Azure", openai("The response was filtered", "content_filter"), "reply_filtered"],
  [
    400,
    "Azure, inside",
    { error: { message: "x", innererror: { code: "ResponsibleAIPolicyViolation" } } },
    "reply_filtered",
  ],
  [403, "OpenRouter", openai("requires moderation and your input was flagged"), "reply_filtered"],
  [500, "Ollama", openai("error parsing tool call: raw='{'"), "bad_tool_calls"],
  [400, "Groq", openai("Failed to call a function.", "tool_use_failed"), "bad_tool_calls"],
  [400, "anyone", openai("Something else"), "request_rejected"],
  [422, "FastAPI", { detail: [{ loc: ["body", "x"], msg: "Field required" }] }, "request_rejected"],
  [418, "a teapot", "", "request_rejected"],
])("a %i from %s is understood", async (code, _, body, expected) => {
  const requests = expected === "bad_tool_calls" ? 3 : 1;
  const fault = await faultAfter(status(code, body), {}, requests);
  expect(fault.code).toBe(expected);
  expect(fault.data["status"]).toBe(code);
  expect(fault.hint).toMatch(/\.$/);
});

test("the document that a refusal quotes does not decide what it means", async () => {
  const detail = [{ loc: ["body"], msg: "Field required", input: "context_length_exceeded" }];
  expect((await faultAfter(status(422, { detail }))).code).toBe("request_rejected");
});

test("the message quotes the answer on one line of at most 200 characters", async () => {
  const fault = await faultAfter(status(500, `a\r\n\u0000\u202Eb${"x".repeat(5000)}`));
  expect(fault.message).toMatch(/\(500\): "a bx{195,197}"\.$/);
});

test("a missing model at Ollama is one command away", async () => {
  const fault = await faultAfter(status(404, openai('model "m" not found, try pulling it first')), {
    name: "qwen3:4b",
  });
  expect(fault.message).toContain('has no model "qwen3:4b" (404)');
  expect(fault.hint).toContain("ollama pull qwen3:4b");
});

test.each([
  [null, /requires a key \(401\)/, /Set model.api_key/],
  ["sk-secret", /refused the key \(401\)/, /variable it names in the environment or secrets.env/],
])("with the key %s a 401 says what to do about it", async (api_key, message, hint) => {
  const fault = await faultAfter(status(401), { api_key });
  expect(fault.message).toMatch(message);
  expect(fault.hint).toMatch(hint);
});

test.each([
  ["does not support tools", /can call tools/],
  ["Please use /v1/responses instead.", /Responses API/],
])("a rejected request that says %j gets that advice", async (message, hint) => {
  expect((await faultAfter(status(400, openai(message)))).hint).toMatch(hint);
});

test.each<[Record<string, string>, number | null]>([
  [{ "retry-after-ms": "1500", "retry-after": "9" }, 1500],
  [{ "retry-after": "2" }, 2000],
  [{ "retry-after": "86400" }, 86_400_000],
  [{ "retry-after": "0" }, 0],
  [{ "retry-after": "Thu, 01 Jan 2026 00:02:00 GMT" }, 120_000],
  [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
  [{ "retry-after": "-1" }, null],
  [{ "retry-after": "soon 1" }, null],
  [{ "retry-after": "Thu soon" }, null],
  [{ "retry-after": "99999999999999" }, null],
  [{ "retry-after": "" }, null],
  [{}, null],
])("%j means a wait of %s milliseconds", (headers, expected) => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  expect(readRetryAfter(new Headers(headers), now)).toBe(expected);
});

test.each([429, 503])("a %i passes on the time to wait", async (code) => {
  const fault = await faultAfter(status(code, "", { "retry-after": "120" }));
  expect(fault.data).toEqual({ status: code, retry_after_ms: 120_000 });
});

test("calls that the server could not read are asked for twice more, each as a request of its own", async () => {
  const step = status(400, openai("Failed to call a function.", "tool_use_failed"));
  await using server = await startScriptedServer([step, step, step]);
  const refused: string[] = [];
  const asked = createEndpointModel(server.settings()).complete(modelRequest(), {
    signal: new AbortController().signal,
    onRefused: ({ code }) => void refused.push(code),
  });
  await expect(asked).rejects.toMatchObject({ code: "bad_tool_calls" });
  expect(refused).toEqual(["bad_tool_calls", "bad_tool_calls"]);
});

test("a refusal is not sent again", async () => {
  await using server = await startScriptedServer([status(500, "", { "x-should-retry": "true" })]);
  await faultOf(server.settings());
  expect(server.requests).toHaveLength(1);
});

test("a redirect is refused: nothing reaches the other address", async () => {
  await using other = await startScriptedServer([]);
  const fault = await faultAfter(redirect(`${other.url}/chat/completions`));
  expect([fault.code, fault.data["status"], other.requests]).toEqual(["request_rejected", 302, []]);
  expect(fault.hint).toContain("base_url");
});

test.each([
  ["before the answer", reset()],
  ["in the answer", reset('{"choices":[{"mess')],
])("a connection that breaks %s is a fault of the endpoint", async (_, step) => {
  const fault = await faultAfter(step);
  expect([fault.code, fault.kind]).toEqual(["endpoint_fault", "transient"]);
  expect(fault.message).toContain("closed the connection before the answer ended");
});

test.each([
  ["as it is", raw("x".repeat(8_000_001), "application/json")],
  [
    "after decompression",
    status(200, gzipSync("x".repeat(30_000_000)), { "content-encoding": "gzip" }),
  ],
])("a body over 8 MB %s is given up", async (_, step) => {
  const fault = await faultAfter(step);
  expect([fault.code, fault.message]).toEqual([
    "bad_response",
    "The answer is longer than 8000000 bytes.",
  ]);
});

test("a body just under 8 MB is read", async () => {
  const content = "x".repeat(7_999_000);
  await using server = await startScriptedServer([reply({ content })]);
  const answer = await createEndpointModel(server.settings()).complete(modelRequest(), {
    signal: new AbortController().signal,
  });
  expect(answer.text).toHaveLength(content.length);
});

test("where nothing listens, the error names the address and what to do", async () => {
  const server = await startScriptedServer([]);
  await server[Symbol.asyncDispose]();
  const fault = await faultOf(server.settings());
  expect(fault.code).toBe("endpoint_unreachable");
  expect(fault.message).toBe(
    `The endpoint ${server.url} cannot be reached: nothing listens there (ECONNREFUSED).`,
  );
  expect(fault.hint).toContain("Start the model server");
});

test("https at a plain server differs from a server that is down", async () => {
  await using server = await startScriptedServer([]);
  const fault = await faultOf(server.settings({ base_url: server.url.replace("http", "https") }));
  expect(fault.code).toBe("endpoint_unreachable");
  expect(fault.hint).toContain("http://");
});

test("a port that does not speak HTTP is a bad response", async () => {
  const server = createTcpServer((socket) => socket.resume().end("220 mail ready\r\n")).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const fault = await faultOf(modelSchema.parse({ base_url, api_key: null }));
  server.close();
  expect(fault.code).toBe("bad_response");
  expect(fault.message).toContain("not HTTP");
});

test.each<[string, ErrorCode, RegExp]>([
  ["ENOTFOUND", "endpoint_unreachable", /host name is unknown \(ENOTFOUND\)\.$/],
  ["EAI_AGAIN", "endpoint_unreachable", /host name is unknown/],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "endpoint_unreachable", /certificate is not trusted/],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "endpoint_unreachable", /certificate is not trusted/],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "endpoint_unreachable", /certificate is not trusted/],
  ["UND_ERR_CONNECT_TIMEOUT", "endpoint_unreachable", /cannot be reached \(UND_ERR/],
  ["EHOSTUNREACH", "endpoint_unreachable", /cannot be reached \(EHOSTUNREACH\)\.$/],
  ["Z_DATA_ERROR", "bad_response", /Z_DATA_ERROR/],
])("the system's %s is understood at any depth", (code, expected, message) => {
  const endpoint = describeEndpoint(modelSchema.parse({ base_url: "http://a.test/v1" }));
  const deep = new AggregateError([Object.assign(new Error("x"), { code })]);
  const thrown = new Error("Connection error.", {
    cause: new TypeError("failed", { cause: deep }),
  });
  const fault = connectionFault(thrown, endpoint);
  expect(fault.code).toBe(expected);
  expect(fault.message).toMatch(message);
});

test("a port that fetch does not open is not reached", async () => {
  const fault = await faultOf(
    modelSchema.parse({ base_url: "http://127.0.0.1:9/v1", api_key: null }),
  );
  expect(fault).toMatchObject({ code: "endpoint_unreachable" });
  expect(fault.message).toContain("no request may go to its port");
});

test.each<[string, string | undefined, ErrorCode]>([
  ["ETIMEDOUT", "connect", "endpoint_unreachable"],
  ["ETIMEDOUT", "read", "endpoint_fault"],
  ["EHOSTUNREACH", "connect", "endpoint_unreachable"],
  ["EHOSTUNREACH", "read", "endpoint_fault"],
  ["ENETUNREACH", "write", "endpoint_fault"],
  ["ENETDOWN", undefined, "endpoint_unreachable"],
  ["ECONNABORTED", "write", "endpoint_fault"],
  ["EPROTO", "write", "endpoint_unreachable"],
  ["UND_ERR_SOMETHING_NEW", undefined, "endpoint_fault"],
  ["EMFILE", "connect", "endpoint_unreachable"],
])("%s of %s counts as sent unless it is certain that no byte left", (code, syscall, expected) => {
  const endpoint = describeEndpoint(modelSchema.parse({ base_url: "http://a.test/v1" }));
  const cause = Object.assign(new Error("x"), { code, ...(syscall !== undefined && { syscall }) });
  const thrown = new Error("Connection error.", { cause: new TypeError("failed", { cause }) });
  expect(connectionFault(thrown, endpoint).code).toBe(expected);
});

test.each([
  ["", /"" in model.base_url is not an http/],
  ["127.0.0.1:11434", /"127.0.0.1:11434" in model.base_url/],
  ["ftp://example.test", /ftp/],
  ["http://user:hunter2@example.test/v1", /user name or a password/],
])("the base_url %j is refused before anything is sent", (base_url, message) => {
  const settings = { ...modelSchema.parse({}), base_url };
  let thrown: unknown;
  try {
    createEndpointModel(settings);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: "config_invalid", kind: "user" });
  expect((thrown as Error).message).toMatch(message);
  expect((thrown as Error).message).not.toContain("hunter2");
});
