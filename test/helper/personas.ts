import { z } from "zod";
import { HOSTED } from "./hosted-personas.ts";
import { ODD } from "./odd-personas.ts";
import { always, CALL, openAiError, type Persona, refusing, work } from "./persona.ts";
import { reply, status, type Step } from "./scripted-server.ts";

const OTHER_CALL = { name: "create_note", arguments: { title: "Other" } };

const toolSchema = z.looseObject({
  function: z.looseObject({
    parameters: z.looseObject({
      properties: z.record(
        z.string(),
        z.looseObject({ type: z.union([z.string(), z.array(z.string())]) }),
      ),
    }),
  }),
});

const toolUseFailed = (message: string): Step =>
  status(400, {
    error: {
      message,
      type: "invalid_request_error",
      code: "tool_use_failed",
      failed_generation: '{"name": "create_note", "arguments": {"title": "A", "body": null}}',
    },
  });

/** Every provider and server, with what its documents and reports say of it. */
export const PERSONAS: readonly Persona[] = [
  ...HOSTED,
  ...ODD,
  {
    name: "Mistral",
    source: "https://github.com/Hmbown/DeepSeek-TUI/issues/739",
    script: () => (request) => {
      const known = new Set([
        "model",
        "messages",
        "tools",
        "tool_choice",
        "max_tokens",
        "parallel_tool_calls",
      ]);
      const unknown = Object.keys(request.body).find((field) => !known.has(field));
      if (unknown !== undefined) {
        const detail = [
          {
            type: "extra_forbidden",
            loc: ["body", unknown],
            msg: "Extra inputs are not permitted",
          },
        ];
        return status(422, { object: "error", message: { detail }, type: "invalid_request_error" });
      }
      const roles = request.body.messages.map(({ role }) => role);
      if (roles.some((role, at) => role === "user" && roles[at - 1] === "tool")) {
        const message = "Unexpected role 'user' after role 'tool'";
        return status(400, { object: "error", message, code: "3230" });
      }
      const ids = request.body.messages.flatMap(({ tool_calls = [] }) =>
        tool_calls.map(({ id }) => id),
      );
      if (!ids.every((id) => /^[A-Za-z0-9]{9}$/u.test(id))) {
        const message = "Tool call id has to be defined, a-z, A-Z, 0-9, with a length of 9.";
        return status(400, { object: "error", message, code: "3280" });
      }
      return work(request);
    },
  },
  {
    name: "vLLM without a tool parser",
    source: "https://docs.vllm.ai/en/latest/features/tool_calling.html",
    script: always(
      status(400, {
        object: "error",
        message:
          '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        type: "BadRequestError",
        code: 400,
      }),
    ),
  },
  {
    name: "OpenRouter, a provider that fails in its reply",
    source: "https://openrouter.ai/docs/api/reference/errors-and-debugging",
    script: always(
      status(200, {
        id: "gen-1",
        choices: [
          {
            finish_reason: "error",
            native_finish_reason: null,
            message: { role: "assistant", content: "" },
            error: { code: 502, message: "Provider returned error", metadata: { raw: "down" } },
          },
        ],
      }),
    ),
  },
  {
    name: "OpenRouter, a provider that limits the rate in its reply",
    source: "https://openrouter.ai/docs/api/reference/errors-and-debugging",
    script: always(
      status(200, {
        id: "gen-1",
        choices: [
          {
            finish_reason: null,
            message: { role: "assistant", content: "I have" },
            error: { code: 429, message: "Rate limit exceeded" },
          },
        ],
      }),
    ),
  },
  {
    name: "OpenRouter, an error that has no status",
    source: "https://openrouter.ai/docs/api/reference/errors-and-debugging",
    script: always(status(200, { error: { code: "server_error", message: "Provider error" } })),
  },
  {
    name: "OpenRouter, the free models of the day are used up",
    source: "https://openrouter.ai/docs/api/reference/limits",
    script: always(
      status(429, {
        error: { code: 429, message: "Rate limit exceeded: free-models-per-day. Add 10 credits." },
      }),
    ),
  },
  {
    name: "OpenRouter without credit",
    source: "https://openrouter.ai/docs/api/reference/errors-and-debugging",
    script: always(status(402, { error: { code: 402, message: "Insufficient credits" } })),
  },
  {
    name: "Groq, a model that fills in nulls",
    source: "https://github.com/vierisid/jarvis/pull/199",
    script: () => (request) => {
      const [tool] = request.body.tools ?? [];
      const { properties } = toolSchema.parse(tool).function.parameters;
      const refused = Object.entries(properties).find(
        ([name, { type }]) => name !== "title" && ![type].flat().includes("null"),
      );
      if (refused === undefined) return work(request);
      return toolUseFailed(
        `tool call validation failed: parameters for tool create_note did not match schema: errors: [\`/${refused[0]}\`: expected string, but got null]`,
      );
    },
  },
  {
    name: "Groq, a call that fails once in three",
    source: "https://console.groq.com/docs/tool-use",
    script: () => {
      let failed = 0;
      return (request) => {
        const isFirst = !request.body.messages.some(({ role }) => role === "tool");
        if (isFirst) failed += 1;
        return !isFirst || failed % 3 === 0
          ? work(request)
          : toolUseFailed("Failed to call a function. Please adjust your prompt.");
      };
    },
  },
  {
    name: "Groq, a model that cannot call the tool",
    source: "https://console.groq.com/docs/tool-use",
    script: always(toolUseFailed("Failed to call a function. Please adjust your prompt.")),
  },
  {
    name: "llama.cpp before April 2026, which takes one call of a reply",
    source: "https://github.com/ggml-org/llama.cpp/blob/master/docs/function-calling.md",
    script: () => (request) => {
      const isAnswered = request.body.messages.some(({ role }) => role === "tool");
      const calls = request.body["parallel_tool_calls"] === true ? [CALL, OTHER_CALL] : [CALL];
      return isAnswered ? reply({ content: "Done." }) : reply({ calls });
    },
  },
  {
    name: "llama.cpp while it loads its model",
    source: "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
    script: always(
      status(503, { error: { code: 503, message: "Loading model", type: "unavailable_error" } }),
    ),
  },
  {
    name: "llama.cpp with a prompt that does not fit",
    source: "https://github.com/ggml-org/llama.cpp/pull/15780",
    script: always(
      status(400, {
        error: {
          code: 400,
          message:
            "the request exceeds the available context size. try increasing the context size or enable context shift",
          type: "exceed_context_size_error",
          n_prompt_tokens: 5_000,
          n_ctx: 4_096,
        },
      }),
    ),
  },
  {
    name: "LiteLLM with a model that refuses a parameter",
    source: "https://docs.litellm.ai/docs/completion/drop_params",
    script: refusing({
      parallel_tool_calls: (field) =>
        status(
          400,
          openAiError(
            `litellm.UnsupportedParamsError: bedrock does not support parameters: ['${field}'], for model=m. To drop these, set litellm.drop_params=True`,
          ),
        ),
    }),
  },
  {
    name: "LiteLLM, a budget of the deployment is crossed",
    source: "https://github.com/BerriAI/litellm/issues/14144",
    script: always(
      status(429, {
        error: {
          message:
            "No deployments available - crossed budget: Exceeded budget for deployment model_name: m: 0.363 >= 0.3",
          type: "None",
          param: "None",
          code: "429",
        },
      }),
    ),
  },
  {
    name: "LiteLLM, the budget of the user is used up",
    source: "https://docs.litellm.ai/docs/proxy/users",
    script: always(
      status(400, {
        error: {
          message: "ExceededBudget: End User=ann over budget. Spend=0.2, Budget=0.1",
          type: "auth_error",
          param: "None",
          code: 401,
        },
      }),
    ),
  },
  {
    name: "LiteLLM without a database, a wrong key",
    source: "https://github.com/BerriAI/litellm/issues/12273",
    script: always(
      status(400, {
        error: { message: "No connected db.", type: "no_db_connection", param: null, code: "400" },
      }),
    ),
  },
  {
    name: "LM Studio, calls that it left in the text",
    source: "https://lmstudio.ai/docs/developer/openai-compat/tools",
    script: () => (request) =>
      request.body.messages.some(({ role }) => role === "tool")
        ? reply({ content: "Done." })
        : reply({
            content: `[TOOL_REQUEST]${JSON.stringify(CALL)}[END_TOOL_REQUEST]`,
            finish_reason: "stop",
          }),
  },
  {
    name: "LM Studio with a prompt that does not fit",
    source: "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues",
    script: always(
      status(400, {
        error:
          "Trying to keep the first 6112 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens",
      }),
    ),
  },
  {
    name: "Ollama",
    source: "https://github.com/ollama/ollama/blob/main/openai/openai.go",
    script: () => (request) => {
      const isEmpty = request.body.messages.some(
        ({ content, tool_calls }) => typeof content !== "string" && tool_calls === undefined,
      );
      return isEmpty
        ? status(400, openAiError("invalid message content type: <nil>"))
        : work(request);
    },
  },
  {
    name: "Ollama, a model without tools",
    source: "https://github.com/ollama/ollama/blob/main/server/routes.go",
    script: always(status(400, openAiError("registry.ollama.ai/library/m does not support tools"))),
  },
  {
    name: "Ollama, a call that it cannot parse",
    source: "https://github.com/ollama/ollama/issues/12884",
    script: always(status(500, openAiError("error parsing tool call: raw='{\"title\":'"))),
  },
  {
    name: "DeepSeek without credit",
    source: "https://api-docs.deepseek.com/quick_start/error_codes",
    script: always(status(402, openAiError("Insufficient Balance", { code: "invalid_request" }))),
  },
  {
    name: "DeepSeek, a reply that it broke off",
    source: "https://api-docs.deepseek.com/api/create-chat-completion",
    script: always(reply({ calls: [CALL], finish_reason: "insufficient_system_resource" })),
  },
  {
    name: "z.ai, a network error in the reply",
    source: "https://docs.z.ai/api-reference/llm/chat-completion",
    script: always(reply({ content: "", finish_reason: "network_error" })),
  },
  {
    name: "z.ai, a text that it withholds",
    source: "https://docs.z.ai/api-reference/llm/chat-completion",
    script: always(reply({ content: "", finish_reason: "sensitive" })),
  },
  {
    name: "xAI with a prompt that does not fit",
    source:
      "https://github.com/anomalyco/opencode/blob/dev/packages/opencode/src/provider/error.ts",
    script: always(
      status(400, {
        code: "invalid argument",
        error:
          "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
      }),
    ),
  },
];
