import { reply } from "./scripted-server.ts";
import type { RecordedRequest, Step } from "./scripted-server.ts";

/** What a request is about, read from its last user message. */
export interface AskedDocument {
  /** The path that the prompt names, or null. */
  file: string | null;
  text: string;
  firstLine: string;
  /** 1-based: how many replies the conversation holds, and one. */
  iteration: number;
}

export function readDocument({ body }: RecordedRequest): AskedDocument {
  const message = body.messages.findLast(({ role }) => role === "user")?.content ?? "";
  const fenced = /<(document-[^>\s]+)>\n([\s\S]*)\n<\/\1>/.exec(message)?.[2];
  const text = fenced ?? message;
  return {
    file: /^File: (.+)$/m.exec(message)?.[1] ?? null,
    text,
    firstLine: text.split("\n").find((line) => line.trim() !== "") ?? "",
    iteration: body.messages.filter(({ role }) => role === "assistant").length + 1,
  };
}

const CALLS_PER_REPLY = 15;

/**
 * A model that always does the same with the same document: one note with its first heading, else its
 * first line, as the title; one task for each `- [ ]` line; then one sentence. As a script:
 * `startScriptedServer(answerDocument)`. It answers a test of the model as one that calls tools.
 *
 * @param usage what it reports; null: nothing
 */
export function answerDocument(request: RecordedRequest, usage?: object | null): Step {
  const { text, firstLine, iteration } = readDocument(request);
  const title = /^#{1,6} +(.+)$/m.exec(text)?.[1] ?? firstLine;
  const tasks = [...text.matchAll(/^\s*[-*] \[ \] +(.+)$/gm)].map((match) => match[1] ?? "");
  const offered = new Set(request.body.tools?.map((tool) => tool.function.name));
  // A test of the model, which holds no document.
  if (offered.has("answer")) {
    return reply({ calls: [{ name: "answer", arguments: { word: "ready" } }], usage });
  }
  const calls = [
    {
      name: "create_note",
      arguments: { title: title.trim(), body: text.slice(0, 200), quote: firstLine },
    },
    ...tasks.map((task) => ({
      name: "create_task",
      arguments: { title: task.trim(), quote: task.trim() },
    })),
  ].filter(({ name }) => offered.has(name));
  const batch = calls.slice((iteration - 1) * CALLS_PER_REPLY, iteration * CALLS_PER_REPLY);
  const isLast = request.body["tool_choice"] === "none";
  return batch.length > 0 && !isLast
    ? reply({ calls: batch, usage })
    : reply({ content: `Recorded "${title.trim()}".`, usage });
}
