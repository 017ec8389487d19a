/**
 * A model whose server keeps replies to a JSON Schema and knows no tools. The tools are described in the system message,
 * each reply is a list of calls in the form of a schema, and their results go back as a message of the user. To the
 * loop it is a model like any other; what it stores is the same.
 */
import { isRecord } from "../../core/record.ts";
import { createCallId, readCalls } from "./calls.ts";
import { parseJson } from "./json.ts";
import type { Message, Model, ModelReply, ModelRequest, ToolDescription } from "./model.ts";

const RULES =
  'You have no other way to call the tools than this: answer with one JSON object {"calls": [{"name": …, "arguments": {…}}]} and nothing else. Leave out arguments that you do not need. When nothing is left to do, answer {"calls": []}. The tools:';

/** Wraps a model whose server honours schemas. Closing it closes the model inside. */
export function createSchemaModel(inner: Model, newCallId = createCallId): Model {
  return {
    provider: inner.provider,
    name: inner.name,
    endpoint: inner.endpoint,
    get window() {
      return inner.window;
    },
    get is_unverified() {
      return inner.is_unverified;
    },
    get is_reasoning_off() {
      return inner.is_reasoning_off;
    },
    get is_uncached() {
      return inner.is_uncached;
    },
    get retires_on() {
      return inner.retires_on;
    },
    // Some servers put the schema into the prompt too, which is about as long as the tools.
    reserve: (request) => inner.reserve({ ...toSchemaRequest(request), tools: request.tools }),
    sizeOf: (request) => inner.sizeOf(toSchemaRequest(request)),
    ensureRoom: (request, options) => inner.ensureRoom(toSchemaRequest(request), options),
    async complete(request, options) {
      const reply = await inner.complete(toSchemaRequest(request), options);
      return request.may_call_tools ? readSchemaReply(reply, request, newCallId) : reply;
    },
    findFault: (request, reply) => inner.findFault(toSchemaRequest(request), reply),
    close: () => inner.close(),
  };
}

function toSchemaRequest(request: ModelRequest): ModelRequest {
  const { tools, may_call_tools } = request;
  return {
    ...request,
    messages: toPlainMessages(request.messages, tools),
    tools: [],
    may_call_tools: false,
    ...(may_call_tools && { reply_schema: schemaOf(tools) }),
  };
}

/** The conversation without tools. Results in a row are one message, since roles must alternate at some servers. */
function toPlainMessages(
  messages: readonly Message[],
  tools: readonly ToolDescription[],
): Message[] {
  const plain: Message[] = [];
  for (const message of messages) {
    if (message.role === "system") {
      const listed = tools.map((tool) => JSON.stringify(tool));
      plain.push({ ...message, content: [message.content, RULES, ...listed].join("\n") });
    } else if (message.role === "assistant") {
      const { reply } = message;
      const calls = reply.tool_calls.map((call) => ({
        name: call.name,
        arguments: call.arguments ?? {},
      }));
      const text = calls.length > 0 ? JSON.stringify({ calls }) : reply.text;
      plain.push({ role: "assistant", reply: { ...reply, text, tool_calls: [] } });
    } else if (message.role === "tool") {
      const content = `Result of ${message.name}: ${message.content}`;
      const last = plain.at(-1);
      if (last?.role === "user" && plain.length > 2) {
        plain.splice(-1, 1, { ...last, content: `${last.content}\n${content}` });
      } else plain.push({ role: "user", content });
    } else plain.push(message);
  }
  return plain;
}

function schemaOf(tools: readonly ToolDescription[]): Record<string, unknown> {
  const call = ({ name, parameters }: ToolDescription): object => ({
    type: "object",
    properties: { name: { type: "string", enum: [name] }, arguments: parameters },
    required: ["name", "arguments"],
    additionalProperties: false,
  });
  return {
    type: "object",
    properties: { calls: { type: "array", items: { anyOf: tools.map(call) } } },
    required: ["calls"],
    additionalProperties: false,
  };
}

/** The reply with the calls of its text. Only a whole text in the form of the schema has calls. */
function readSchemaReply(
  reply: ModelReply,
  { tools, document }: ModelRequest,
  newCallId: () => string,
): ModelReply {
  if (reply.stop !== "final") return reply;
  const parsed = parseJson(reply.text);
  const calls = isRecord(parsed) && Object.keys(parsed).length === 1 ? parsed["calls"] : undefined;
  if (!Array.isArray(calls)) return reply;
  if (calls.length === 0) return { ...reply, text: "Done." };
  const names = new Set(tools.map(({ name }) => name));
  const written = withoutBlanks(document.text);
  const isSound = calls.every(
    (call: unknown) =>
      isRecord(call) &&
      typeof call["name"] === "string" &&
      names.has(call["name"]) &&
      isRecord(call["arguments"]) &&
      // A document that holds the call may have dictated it.
      !written.includes(withoutBlanks(JSON.stringify(call))),
  );
  if (!isSound) return { ...reply, stop: "written" };
  const list = calls.map((call: unknown) => ({ function: call }));
  const { calls: tool_calls } = readCalls(list, newCallId);
  return { ...reply, text: "", stop: "calls", tool_calls };
}

function withoutBlanks(text: string): string {
  return text.replaceAll(/\s+/gu, "");
}
