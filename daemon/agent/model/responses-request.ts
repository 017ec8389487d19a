import { isRecord } from "../../core/record.ts";
import type { ModelSettings } from "../../protocol/agent.ts";
import type { Message, ModelReply, ModelRequest, ToolCall } from "./model.ts";
import { withNulls } from "./nullable.ts";
import type { Quirks } from "./quirks.ts";

/** One item of the input or output of the Responses API. */
type Item = Record<string, unknown>;
type Body = { input: Item[] } & Record<string, unknown>;

/** What the body of a request depends on beside the request. */
interface ResponsesForm {
  model: string;
  quirks: Quirks;
  /** null: the model's own. */
  effort: ModelSettings["reasoning_effort"];
  /** Whether the output of a reply goes back as it came: its own endpoint alone can read it. */
  isReplayed(reply: ModelReply): boolean;
}

/**
 * Renders the body of a request of the Responses API. The endpoint keeps nothing: the whole conversation is in each
 * request, with the thoughts of the model as it encrypted them.
 * Source: https://developers.openai.com/api/docs/guides/reasoning
 */
export function renderResponsesRequest(
  request: ModelRequest,
  { model, quirks, effort, isReplayed }: ResponsesForm,
): Body {
  const kept = (field: string): boolean => !quirks.without.includes(field);
  const system = request.messages.filter(({ role }) => role === "system");
  const body: Body = {
    model,
    instructions: system.map((message) => ("content" in message ? message.content : "")).join("\n"),
    input: request.messages.flatMap((message) => renderMessage(message, quirks, isReplayed)),
    // Never left out: without it OpenAI keeps the conversation for 30 days.
    store: false,
  };
  if (kept("include")) body["include"] = ["reasoning.encrypted_content"];
  if (request.tools.length > 0) {
    body["tools"] = request.tools.map((tool) => ({
      type: "function",
      ...tool,
      parameters: quirks.nullable ? withNulls(tool.parameters) : tool.parameters,
      // The default is true, and requires every field.
      ...(kept("strict") && { strict: false }),
    }));
    if (!request.may_call_tools && kept("tool_choice")) body["tool_choice"] = "none";
    if (kept("parallel_tool_calls")) body["parallel_tool_calls"] = true;
  }
  if (request.reply_schema !== undefined) {
    const schema = request.reply_schema;
    body["text"] = { format: { type: "json_schema", name: "calls", schema, strict: false } };
  }
  if (kept("max_output_tokens")) body["max_output_tokens"] = request.max_output_tokens;
  if (effort !== null && kept("reasoning")) body["reasoning"] = { effort };
  return body;
}

// Without these an item is another one, or none.
const NEEDED = new Set(["type", "role", "content", "call_id", "name", "arguments", "output"]);
const NEEDED_OF_BODY = new Set(["model", "instructions", "input", "store", "tools", "text"]);
// What an endpoint made of its thoughts goes back as it came, or not at all.
const THOUGHTS = "reasoning";

/** The fields of a body that can be left out without changing the request. */
export function optionalResponsesFields(body: Body): string[] {
  const ofBody = Object.keys(body).filter((field) => !NEEDED_OF_BODY.has(field));
  const replayed = body.input.filter(({ type }) => type !== THOUGHTS);
  const ofItems = replayed.flatMap((item) => Object.keys(item)).filter((key) => !NEEDED.has(key));
  const ofTools = body["tools"] === undefined ? [] : ["strict"];
  return [...new Set([...ofBody, ...ofTools, ...ofItems])];
}

function renderMessage(
  message: Message,
  quirks: Quirks,
  isReplayed: ResponsesForm["isReplayed"],
): Item[] {
  switch (message.role) {
    case "system":
      return [];
    case "user":
      return [{ type: "message", role: "user", content: message.content }];
    case "tool":
      return [
        {
          type: "function_call_output",
          call_id: message.tool_call_id,
          output: message.content || "(nothing)",
        },
      ];
    case "assistant": {
      const { reply } = message;
      const output = isReplayed(reply) ? outputOf(reply) : null;
      return output === null ? renderReply(reply) : output.map((item) => allowed(item, quirks));
    }
  }
}

/** A reply from another API or endpoint: what it said and called, without its thoughts. */
function renderReply({ text, tool_calls: calls }: ModelReply): Item[] {
  const said: Item[] = text === "" ? [] : [{ type: "message", role: "assistant", content: text }];
  return [...said, ...calls.map(renderCall)];
}

function renderCall({ id, name, arguments: args }: ToolCall): Item {
  return { type: "function_call", call_id: id, name, arguments: JSON.stringify(args ?? {}) };
}

/** The output as it came, its calls under our ids; null where it does not fit the calls that were read. */
function outputOf({ replay, tool_calls: calls }: ModelReply): Item[] | null {
  if (!Array.isArray(replay["output"])) return null;
  const items = (replay["output"] as unknown[]).filter(isRecord);
  const rest = [...calls];
  const output = items.flatMap((item): Item[] => {
    // By its id alone an endpoint that kept nothing does not find a thought.
    if (item["type"] === THOUGHTS && !hasContent(item)) return [];
    if (item["type"] !== "function_call") return [item];
    const call = rest.shift();
    return call === undefined ? [] : [{ ...item, ...renderCall(call) }];
  });
  return rest.length === 0 ? output : null;
}

/** Encrypted by OpenAI and xAI, as text from vLLM and llama.cpp. */
function hasContent({ encrypted_content: encrypted, content }: Item): boolean {
  return Boolean(encrypted) || (Array.isArray(content) && content.length > 0);
}

function allowed(item: Item, { without }: Quirks): Item {
  if (item["type"] === THOUGHTS) return item;
  const entries = Object.entries(item);
  return Object.fromEntries(entries.filter(([key]) => NEEDED.has(key) || !without.includes(key)));
}
