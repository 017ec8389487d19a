import { type RecordedRequest, reply, type Script, status, type Step } from "./scripted-server.ts";

/** A provider or server as its documents and reports describe it: how it answers chat completions. */
export interface Persona {
  name: string;
  /** Where this behaviour is described. */
  source: string;
  /** Starts it afresh. */
  script(): Exclude<Script, readonly Step[]>;
  /** What it answers to other paths. */
  pages?: Readonly<Record<string, unknown>>;
}

const CALL = { name: "create_note", arguments: { title: "Plan" } };

/** Calls the tool once, and ends when it was answered. */
function work(request: RecordedRequest, message: Record<string, unknown> = {}): Step {
  const isAnswered = request.body.messages.some(({ role }) => role === "tool");
  return isAnswered
    ? reply({ content: "Done." })
    : reply({ calls: [CALL], ...(Object.keys(message).length > 0 && { message }) });
}

/** Answers every request alike. */
function always(step: Step): Persona["script"] {
  return () => () => step;
}

/** Refuses a request that has one of these fields with the answer for it, and does the work else. */
function refusing(fields: Readonly<Record<string, (field: string) => Step>>): Persona["script"] {
  return () => (request) => {
    const sent = Object.keys(request.body);
    const [field, answer] = Object.entries(fields).find(([name]) => sent.includes(name)) ?? [];
    return field === undefined || answer === undefined ? work(request) : answer(field);
  };
}

const openAiError = (message: string, more: object = {}) => ({
  error: { message, type: "invalid_request_error", param: null, code: null, ...more },
});

const isFunction = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

export const PERSONAS: readonly Persona[] = [
  {
    name: "OpenAI gpt-4.1",
    source: "https://platform.openai.com/docs/api-reference/chat/create",
    script: () => (request) => work(request),
  },
  {
    name: "OpenAI gpt-5.6 over chat",
    source: "https://github.com/BerriAI/litellm/pull/34569",
    script: () => (request) => {
      if ("max_tokens" in request.body) {
        const message =
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
        return status(
          400,
          openAiError(message, { param: "max_tokens", code: "unsupported_parameter" }),
        );
      }
      if (request.body["reasoning_effort"] !== "none") {
        const message =
          "Function tools with reasoning_effort are not supported for this model in /v1/chat/completions. Please use /v1/responses instead, or set reasoning_effort to 'none'.";
        return status(400, openAiError(message, { param: "reasoning_effort" }));
      }
      return work(request);
    },
  },
  {
    name: "OpenAI gpt-5-pro over chat",
    source: "https://github.com/pgadmin-org/pgadmin4/issues/9795",
    script: always(
      status(
        404,
        openAiError(
          "This model is only supported in v1/responses and not in v1/chat/completions.",
          { param: "model" },
        ),
      ),
    ),
  },
  {
    name: "OpenAI, a model that does not chat",
    source: "https://github.com/micz/ThunderAI/issues/570",
    script: always(
      status(
        404,
        openAiError(
          "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?",
          { param: "model" },
        ),
      ),
    ),
  },
  {
    name: "Azure, a document that its filter stops",
    source: "https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter",
    script: always(
      status(400, {
        error: {
          message:
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
          type: null,
          param: "prompt",
          code: "content_filter",
          status: 400,
          innererror: { code: "ResponsibleAIPolicyViolation" },
        },
      }),
    ),
  },
  {
    name: "Gemini",
    source: "https://ai.google.dev/gemini-api/docs/thought-signatures",
    script: () => (request) => {
      const said = request.body.messages.find(({ role }) => role === "assistant");
      const [call] = said?.tool_calls ?? [];
      if (call !== undefined && !isFunction(call["extra_content"])) {
        const message =
          "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly.";
        return status(400, [{ error: { code: 400, message, status: "INVALID_ARGUMENT" } }]);
      }
      const extra_content = { google: { thought_signature: "c2ln" } };
      const { name, arguments: args } = CALL;
      const made = { name, arguments: JSON.stringify(args) };
      return work(request, {
        ...(said === undefined && {
          tool_calls: [{ id: "", type: "function", function: made, extra_content }],
        }),
      });
    },
  },
  {
    name: "Gemini, the free quota of the day is used up",
    source: "https://github.com/google-gemini/gemini-cli/issues/8437",
    script: always(
      status(429, [
        {
          error: {
            code: 429,
            message:
              "You exceeded your current quota, please check your plan and billing details.\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 250\nPlease retry in 11.1s.",
            status: "RESOURCE_EXHAUSTED",
            details: [
              {
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier" }],
              },
              { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "11.1s" },
            ],
          },
        },
      ]),
    ),
  },
  {
    name: "Gemini, a model that the free tier does not have",
    source: "https://github.com/continuedev/continue/issues/9570",
    script: always(
      status(429, {
        error: {
          code: 429,
          message:
            "You exceeded your current quota.\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 0, model: gemini-3-pro",
          status: "RESOURCE_EXHAUSTED",
        },
      }),
    ),
  },
  {
    name: "Gemini, the quota of the minute is used up",
    source: "https://github.com/google-gemini/gemini-cli/issues/8437",
    script: always(
      status(429, [
        {
          error: {
            code: 429,
            message: "You exceeded your current quota. Please retry in 45.57s.",
            status: "RESOURCE_EXHAUSTED",
            details: [
              {
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                violations: [{ quotaId: "GenerateRequestsPerMinutePerProjectPerModel-FreeTier" }],
              },
              { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "45.57s" },
            ],
          },
        },
      ]),
    ),
  },
  {
    name: "Anthropic's OpenAI-compatible endpoint",
    source: "https://platform.claude.com/docs/en/api/openai-sdk",
    script: () => (request) => {
      const isEmpty = request.body.messages.some(({ content }) => content === "");
      return isEmpty
        ? status(400, openAiError("messages: text content blocks must be non-empty"))
        : work(request);
    },
  },
  {
    name: "Mistral",
    source: "https://github.com/Hmbown/DeepSeek-TUI/issues/739",
    script: () => (request) => {
      const known = new Set([
        ...["model", "messages", "tools", "tool_choice", "max_tokens", "parallel_tool_calls"],
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
