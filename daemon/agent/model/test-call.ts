import { createFence } from "../../core/id.ts";
import type { ModelReply, ModelRequest } from "./model.ts";

const TOOL = "answer";
// Enough for the thoughts of a model that reasons before it calls a tool.
const OUTPUT_TOKENS = 1_024;

/** A small request that a model can answer well only by calling a tool. It holds nothing of the user's. */
export function createTestRequest(now: string): ModelRequest {
  const text = `Call the tool ${TOOL} with the word "ready".`;
  return {
    messages: [
      { role: "system", content: "You answer by calling tools." },
      { role: "user", content: text },
    ],
    tools: [
      {
        name: TOOL,
        description: "Gives the answer.",
        parameters: {
          type: "object",
          properties: { word: { type: "string", description: "The word." } },
          required: ["word"],
          additionalProperties: false,
        },
      },
    ],
    may_call_tools: true,
    max_output_tokens: OUTPUT_TOKENS,
    iteration: 1,
    document: {
      content_type: "text/plain",
      title: null,
      text,
      headings: [],
      metadata: {},
      warnings: [],
    },
    frame: {
      fence: createFence(),
      today: now.slice(0, 10),
      file_name: "",
      relative_path: "",
      modified_at: now,
      projects: [],
      earlier: [],
    },
  };
}

/** Whether a model answered the test by the tool. */
export function hasCalledTool({ tool_calls }: ModelReply): boolean {
  return tool_calls.some(({ name, argument_error }) => name === TOOL && argument_error === null);
}
