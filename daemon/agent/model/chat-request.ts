import type OpenAI from "openai";
import type { ModelSettings } from "../../protocol/agent.ts";
import type { Message, ModelRequest, ToolCall } from "./model.ts";
import { withNulls } from "./nullable.ts";
import type { Quirks } from "./quirks.ts";

type Body = OpenAI.ChatCompletionCreateParamsNonStreaming;
type AssistantMessage = OpenAI.ChatCompletionAssistantMessageParam;

/** What the body of a chat completion depends on beside the request. */
interface ChatForm {
  model: string;
  quirks: Quirks;
  isOpenAi: boolean;
  /** null: the model's own. */
  effort?: ModelSettings["reasoning_effort"];
}

/** Renders the body of a chat completion with the fewest possible fields: some endpoint refuses each of them. */
export function renderChatRequest(
  request: ModelRequest,
  { model, quirks, isOpenAi, effort = null }: ChatForm,
): Body {
  const kept = (field: string): boolean => !quirks.without.includes(field);
  const body: Body = {
    model,
    messages: request.messages.flatMap((message) => renderMessage(message, quirks)),
  };
  if (request.tools.length > 0) {
    body.tools = request.tools.map((tool) => ({
      type: "function",
      function: {
        ...tool,
        parameters: quirks.nullable ? withNulls(tool.parameters) : tool.parameters,
      },
    }));
    if (!request.may_call_tools && kept("tool_choice")) body.tool_choice = "none";
    // llama.cpp before April 2026 takes one call of a reply without it. At OpenAI it is the default.
    if (!isOpenAi && kept("parallel_tool_calls")) body.parallel_tool_calls = true;
  }
  if (request.reply_schema !== undefined) {
    const json_schema = { name: "calls", schema: request.reply_schema };
    body.response_format = { type: "json_schema", json_schema };
  }
  // Some endpoint refuses each of them; all but OpenAI know at least the first.
  const caps = ["max_tokens", "max_completion_tokens"] as const;
  const cap = (isOpenAi ? caps.toReversed() : caps).find(kept);
  if (cap !== undefined) body[cap] = request.max_output_tokens;
  const reasoning = quirks.reasoning_effort ?? effort;
  if (reasoning !== null && kept("reasoning_effort")) body.reasoning_effort = reasoning;
  return body;
}

/** The fields of a body that can be left out without changing the request. */
export function optionalFields(body: Body): string[] {
  const needed = new Set([
    "model",
    "messages",
    "tools",
    "response_format",
    "role",
    "content",
    "tool_calls",
  ]);
  const neededOfCall = new Set(["id", "type", "function"]);
  const found = Object.keys(body);
  for (const message of body.messages) {
    if (message.role !== "assistant") continue;
    found.push(...Object.keys(message));
    for (const call of message.tool_calls ?? []) {
      found.push(...Object.keys(call).filter((key) => !neededOfCall.has(key)));
    }
  }
  return [...new Set(found)].filter((field) => !needed.has(field));
}

function renderMessage(message: Message, quirks: Quirks): OpenAI.ChatCompletionMessageParam[] {
  switch (message.role) {
    case "system":
    case "user":
      return [{ role: message.role, content: message.content }];
    case "tool":
      return [
        {
          role: "tool",
          tool_call_id: message.tool_call_id,
          // One plain string, never empty: some servers drop any other content, and with it the call's id.
          content: message.content || "(nothing)",
        },
      ];
    case "assistant": {
      const { text, tool_calls: calls, replay } = message.reply;
      // Some servers refuse a message without text and calls.
      if (!text && calls.length === 0) return [];
      const rendered: AssistantMessage = {
        role: "assistant",
        content: text || quirks.no_content,
      };
      const { tool_calls: callReplays, output: _, output_of: _of, ...messageReplay } = replay;
      if (calls.length > 0) {
        rendered.tool_calls = calls.map((call) =>
          Object.assign(renderCall(call), allowed(fieldsOf(callReplays, call.id), quirks)),
        );
      }
      const thoughts = calls.length > 0 ? emptyThoughts(quirks) : {};
      return [Object.assign(rendered, allowed({ ...thoughts, ...messageReplay }, quirks))];
    }
  }
}

/** The thoughts of a message that came without any. */
function emptyThoughts({ empty_thoughts: is }: Quirks): Record<string, unknown> {
  return is ? { reasoning_content: "" } : {};
}

function renderCall(call: ToolCall): OpenAI.ChatCompletionMessageFunctionToolCall {
  return {
    id: call.id,
    type: "function",
    // Always a JSON object: after one bad text in the history, an endpoint refuses every later request.
    function: { name: call.name, arguments: JSON.stringify(call.arguments ?? {}) },
  };
}

function allowed(fields: Record<string, unknown>, quirks: Quirks): Record<string, unknown> {
  const entries = Object.entries(fields).filter(([field]) => !quirks.without.includes(field));
  return Object.fromEntries(entries);
}

/** The fields to replay with one call of a reply. */
function fieldsOf(callReplays: unknown, id: string): Record<string, unknown> {
  if (typeof callReplays !== "object" || callReplays === null) return {};
  const fields: unknown = Object.entries(callReplays).find(([key]) => key === id)?.[1];
  return typeof fields === "object" && fields !== null ? { ...fields } : {};
}
