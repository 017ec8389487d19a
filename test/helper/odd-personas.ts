import { always, CALL, openAiError, type Persona, work } from "./persona.ts";
import { raw, redirect, reply, status } from "./scripted-server.ts";

const made = { name: CALL.name, arguments: JSON.stringify(CALL.arguments) };

/** Calls whose replay it checks as the server would, before the conversation goes on. */
function withCalls(
  calls: readonly object[],
  isFine: (said: readonly { id: string; function: { arguments: string } }[]) => boolean,
): Persona["script"] {
  return () => (request) => {
    const said = request.body.messages.flatMap(({ tool_calls = [] }) => tool_calls);
    if (said.length === 0) return work(request, { tool_calls: calls });
    return isFine(said)
      ? work(request)
      : status(400, openAiError("invalid tool call arguments or ids"));
  };
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

/** Servers whose replies or refusals have an unusual form. */
export const ODD: readonly Persona[] = [
  {
    name: "A gateway that gives calls no ids",
    source: "https://github.com/vercel/ai/blob/main/packages/openai-compatible",
    script: withCalls(
      [
        { type: "function", function: made },
        { id: "", type: "function", function: made },
      ],
      (said) => new Set(said.map(({ id }) => id)).size === 2 && said.every(({ id }) => id !== ""),
    ),
  },
  {
    name: "Gemini behind a gateway, which uses an id twice",
    source: "https://github.com/brainlid/langchain/issues/620",
    script: withCalls(
      [
        { id: "call_0", index: 0, type: "function", function: made },
        { id: "call_0", index: 0, type: "function", function: made },
      ],
      (said) => new Set(said.map(({ id }) => id)).size === 2,
    ),
  },
  {
    name: "A server that gives arguments as an object",
    source: "https://github.com/huggingface/smolagents/blob/main/src/smolagents/models.py",
    script: withCalls(
      [{ id: "a", type: "function", function: { name: CALL.name, arguments: CALL.arguments } }],
      (said) => said.every((call) => isObject(call.function.arguments)),
    ),
  },
  {
    name: "Ollama, which refuses a history with arguments that are not JSON",
    source: "https://github.com/ollama/ollama/blob/main/openai/openai.go",
    script: withCalls(
      [{ id: "a", type: "function", function: { name: CALL.name, arguments: '{"title": "Pl' } }],
      (said) => said.every((call) => isObject(call.function.arguments)),
    ),
  },
  {
    name: "LM Studio, which ends calls with stop",
    source: "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1794",
    script: () => (request) =>
      request.body.messages.some(({ role }) => role === "tool")
        ? reply({ content: "Done." })
        : reply({ calls: [CALL], finish_reason: "stop" }),
  },
  {
    name: "vLLM, which announces calls and sends none",
    source: "https://github.com/vllm-project/vllm/issues/53363",
    script: always(
      reply({ content: "", message: { tool_calls: [] }, finish_reason: "tool_calls" }),
    ),
  },
  {
    name: "A server that cuts a call off",
    source: "https://platform.openai.com/docs/api-reference/chat/object",
    script: always(
      reply({
        calls: [{ name: CALL.name, arguments: '{"title": "Pl' }],
        finish_reason: "length",
      }),
    ),
  },
  {
    name: "Mistral, whose thoughts are parts of the content",
    source: "https://docs.mistral.ai/capabilities/reasoning",
    script: () => (request) => {
      const said = request.body.messages.find(({ role }) => role === "assistant");
      const thought = { type: "thinking", thinking: [{ type: "text", text: "Hm." }] };
      return said === undefined
        ? work(request, { content: [thought, { type: "text", text: "I note it." }] })
        : work(request);
    },
  },
  {
    name: "DeepSeek R1, which refuses its own thoughts back",
    source: "https://api-docs.deepseek.com/guides/reasoning_model",
    script: () => (request) => {
      const said = request.body.messages.find(({ role }) => role === "assistant");
      if (said === undefined) return work(request, { reasoning_content: "Hm." });
      return "reasoning_content" in said
        ? status(400, openAiError("reasoning_content is not supported in input messages"))
        : work(request);
    },
  },
  {
    name: "A server that leaves thoughts and a call in the text",
    source: "https://docs.vllm.ai/en/latest/features/tool_calling.html",
    script: () => (request) =>
      request.body.messages.some(({ role }) => role === "tool")
        ? reply({ content: "<think>Hm.</think>Done." })
        : reply({ content: `<think>Hm.</think><tool_call>${JSON.stringify(CALL)}</tool_call>` }),
  },
  {
    name: "vLLM with a prompt that does not fit",
    source:
      "https://github.com/vllm-project/vllm/blob/main/vllm/entrypoints/openai/serving_engine.py",
    script: always(
      status(400, {
        object: "error",
        message: "This model's maximum context length is 8192 tokens. You requested 9000 tokens.",
        code: 400,
      }),
    ),
  },
  {
    name: "Groq with a prompt that does not fit",
    source: "https://console.groq.com/docs/errors",
    script: always(
      status(413, openAiError("Please reduce the length of the messages or completion.")),
    ),
  },
  {
    name: "Cerebras, which refuses with an empty body",
    source:
      "https://github.com/anomalyco/opencode/blob/dev/packages/opencode/src/provider/error.ts",
    script: always(status(400)),
  },
  {
    name: "A gateway that answers with a page",
    source: "https://nginx.org/en/docs/http/ngx_http_core_module.html#error_page",
    script: always(status(502, "<html><h1>502 Bad Gateway</h1></html>")),
  },
  {
    name: "A rate limit that names its wait",
    source: "https://platform.openai.com/docs/guides/rate-limits",
    script: always(
      status(429, openAiError("Rate limit reached", { code: "rate_limit_exceeded" }), {
        "retry-after": "120",
      }),
    ),
  },
  {
    name: "LM Studio at a path that it does not have",
    source: "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues",
    script: always(status(200, { error: "Unexpected endpoint or method. (POST /chat)" })),
  },
  {
    name: "A server that moved",
    source: "https://www.rfc-editor.org/rfc/rfc9110#name-307-temporary-redirect",
    script: always(redirect("http://192.0.2.1/v1")),
  },
  {
    name: "A completion that calls itself text",
    source: "https://github.com/openai/openai-node",
    script: always(raw('{"choices":[{"message":{"content":"Done."}}]}', "text/plain")),
  },
  {
    name: "A completion that ends in the middle",
    source: "https://github.com/openai/openai-node",
    script: always(raw('{"choices":[{"message":{"content":"Do', "application/json")),
  },
];
