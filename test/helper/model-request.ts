import type { Message, ModelReply, ModelRequest } from "../../daemon/agent/model/model.ts";

/** A request of the first iteration with one tool, about an empty document. */
export function modelRequest(changes: Partial<ModelRequest> = {}): ModelRequest {
  return {
    messages: [
      { role: "system", content: "You keep notes." },
      { role: "user", content: "A document." },
    ],
    tools: [
      {
        name: "create_note",
        description: "Creates a note.",
        parameters: {
          type: "object",
          properties: { title: { type: "string" } },
          required: ["title"],
        },
      },
    ],
    may_call_tools: true,
    max_output_tokens: 1_000,
    iteration: 1,
    document: {
      content_type: "text/plain",
      title: null,
      text: "",
      headings: [],
      metadata: {},
      warnings: [],
    },
    frame: {
      fence: "f",
      today: "2026-01-01",
      file_name: "a.txt",
      relative_path: "a.txt",
      modified_at: "2026-01-01T00:00:00.000Z",
      projects: [],
      earlier: [],
    },
    ...changes,
  };
}

/** The messages of the request after this reply, its calls answered with "ok". */
export function afterReply(request: ModelRequest, reply: ModelReply): Message[] {
  return [
    ...request.messages,
    { role: "assistant", reply },
    ...reply.tool_calls.map((call): Message => ({
      role: "tool",
      tool_call_id: call.id,
      name: call.name,
      content: "ok",
    })),
  ];
}
