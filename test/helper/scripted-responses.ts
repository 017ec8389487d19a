import type { ServerResponse } from "node:http";
import { z } from "zod";
import type { Api, ScriptedReply } from "./scripted-reply.ts";

/*
 * The Responses API of the scripted server, so that one script answers over both.
 * Source: https://developers.openai.com/api/docs/api-reference/responses
 */

export const API_PATHS: Readonly<Record<Api, string>> = {
  chat: "/chat/completions",
  responses: "/responses",
};

/** The API of the request that this answers. */
export function apiOf(response: ServerResponse): Api {
  return response.req.url?.endsWith(API_PATHS.responses) ? "responses" : "chat";
}

// As strict as OpenAI: every item has its own form.
const itemSchema = z.discriminatedUnion("type", [
  z.looseObject({
    type: z.literal("message"),
    role: z.enum(["user", "assistant", "system"]),
    content: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string() }))]),
  }),
  z.looseObject({
    type: z.literal("function_call"),
    call_id: z.string().min(1),
    name: z.string().min(1),
    arguments: z.string(),
  }),
  z.looseObject({
    type: z.literal("function_call_output"),
    call_id: z.string().min(1),
    output: z.string(),
  }),
  z.looseObject({
    type: z.literal("reasoning"),
    id: z.string(),
    summary: z.array(z.unknown()),
    encrypted_content: z.string().nullish(),
    content: z.array(z.unknown()).optional(),
  }),
]);

const bodySchema = z.looseObject({
  model: z.string(),
  instructions: z.string(),
  input: z.array(itemSchema),
  store: z.literal(false),
  tools: z
    .array(
      z.looseObject({
        type: z.literal("function"),
        name: z.string(),
        parameters: z.looseObject({ type: z.literal("object") }),
        strict: z.literal(false).optional(),
      }),
    )
    .optional(),
});

/**
 * A request as chat completions would have it: the items of one reply are one message.
 *
 * @throws for what OpenAI would refuse: a call without exactly one output, an id twice, other forms
 */
export function toChatBody(sent: unknown): Record<string, unknown> {
  const { input, instructions, tools, ...rest } = bodySchema.parse(sent);
  const messages: Record<string, unknown>[] = [{ role: "system", content: instructions }];
  let said: { content: string | null; tool_calls: unknown[] } | undefined;
  const open = new Set<string>();
  const seen = new Set<string>();
  for (const item of input) {
    const isOfReply = item.type === "function_call" || item.type === "reasoning";
    if (isOfReply || (item.type === "message" && item.role === "assistant")) {
      if (said === undefined) {
        said = { content: null, tool_calls: [] };
        messages.push({ role: "assistant", ...said });
      }
    }
    const message = messages.at(-1) ?? {};
    if (item.type === "message") {
      const { content } = item;
      const text =
        typeof content === "string" ? content : content.map((part) => part.text).join("");
      if (item.role === "assistant") message["content"] = text;
      else messages.push({ role: item.role, content: text });
    } else if (item.type === "function_call") {
      if (seen.has(item.call_id)) throw new Error(`Duplicate call_id ${item.call_id}`);
      seen.add(item.call_id);
      open.add(item.call_id);
      const call = { name: item.name, arguments: item.arguments };
      (message["tool_calls"] as unknown[]).push({
        id: item.call_id,
        type: "function",
        function: call,
      });
    } else if (item.type === "function_call_output") {
      if (!open.delete(item.call_id)) throw new Error(`No call for the output ${item.call_id}`);
      messages.push({ role: "tool", tool_call_id: item.call_id, content: item.output });
    }
    if (item.type === "function_call_output" || (item.type === "message" && item.role === "user")) {
      said = undefined;
    }
  }
  if (open.size > 0) throw new Error(`No tool output found for ${[...open].join(", ")}`);
  for (const message of messages) {
    if ((message["tool_calls"] as unknown[] | undefined)?.length === 0)
      delete message["tool_calls"];
  }
  const functions = tools?.map(({ type, ...tool }) => ({ type, function: tool }));
  return { ...rest, messages, ...(functions && { tools: functions }) };
}

/** The body of a response. */
export function responsesBody(scripted: ScriptedReply): object {
  const { content = null, calls = [], usage, finish_reason, thoughts = [] } = scripted;
  const said = content === null || content === "" ? [] : [content];
  const output = [
    ...thoughts,
    ...said.map((text) => ({
      type: "message",
      id: "msg_scripted",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text, annotations: [] }],
    })),
    ...calls.map((call, index) => ({
      type: "function_call",
      id: `fc_${index}`,
      status: "completed",
      call_id: `call_${index}`,
      name: call.name,
      arguments:
        typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
    })),
  ];
  const reasons: Readonly<Record<string, string>> = {
    length: "max_output_tokens",
    content_filter: "content_filter",
  };
  const reason = reasons[finish_reason ?? ""];
  const given = z
    .object({ prompt_tokens: z.number(), completion_tokens: z.number() })
    .catch({ prompt_tokens: 100, completion_tokens: 20 })
    .parse(usage);
  return {
    id: "resp_scripted",
    object: "response",
    created_at: 0,
    model: "scripted",
    status: reason === undefined ? "completed" : "incomplete",
    incomplete_details: reason === undefined ? null : { reason },
    error: null,
    output,
    usage:
      usage === null
        ? null
        : { input_tokens: given.prompt_tokens, output_tokens: given.completion_tokens },
  };
}
