import { always, CALL, openAiError, type Persona, work } from "./persona.ts";
import { status } from "./scripted-server.ts";

/** Providers that serve their own models. */
export const HOSTED: readonly Persona[] = [
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
      if (call !== undefined && call["extra_content"] === undefined) {
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
    name: "DeepSeek, whose empty thoughts go back",
    source: "https://github.com/openclaw/openclaw/issues/73417",
    script: () => (request) => {
      const said = request.body.messages.find(({ role }) => role === "assistant");
      if (said === undefined) return work(request, { reasoning_content: "" });
      const message =
        "The `reasoning_content` in the thinking mode must be passed back to the API.";
      return said["reasoning_content"] === ""
        ? work(request)
        : status(400, openAiError(message, { code: "invalid_request_error" }));
    },
  },
  {
    name: "Kimi, which misses thoughts that it did not send",
    source: "https://github.com/anomalyco/opencode/issues/16318",
    script: () => (request) => {
      const index = request.body.messages.findIndex(({ role }) => role === "assistant");
      const said = request.body.messages[index];
      const message = `thinking is enabled but reasoning_content is missing in assistant tool call message at index ${index}`;
      return said === undefined || "reasoning_content" in said
        ? work(request)
        : status(400, openAiError(message));
    },
  },
  {
    name: "Claude with thinking behind LiteLLM",
    source: "https://docs.litellm.ai/docs/reasoning_content",
    script: () => (request) => {
      const thinking_blocks = [
        { type: "thinking", thinking: "Hm.", signature: "c2ln" },
        { type: "redacted_thinking", data: "ZGF0YQ==" },
      ];
      const said = request.body.messages.find(({ role }) => role === "assistant");
      if (said === undefined) return work(request, { reasoning_content: "Hm.", thinking_blocks });
      const message =
        "litellm.BadRequestError: AnthropicException - messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block.";
      const isSame = JSON.stringify(said["thinking_blocks"]) === JSON.stringify(thinking_blocks);
      return isSame ? work(request) : status(400, openAiError(message));
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
];
