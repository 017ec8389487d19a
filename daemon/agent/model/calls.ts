import { randomBytes } from "node:crypto";
import { z } from "zod";
import { isRecord } from "../../core/record.ts";
import type { ToolCall } from "./model.ts";

// As many as a reply of the usual length has room for. A longer list comes from a model that goes in circles. How
// many are run is limited for each file.
const MAX_CALLS = 256;

const ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH = 9;

const callSchema = z.looseObject({
  function: z.looseObject({ name: z.string().catch(""), arguments: z.unknown().optional() }),
});

/** A random id in the form that every endpoint accepts (Mistral: exactly nine letters and digits). */
export function createCallId(): string {
  const bytes = randomBytes(ID_LENGTH);
  return Array.from(bytes, (byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join("");
}

/** The calls of a reply. */
interface Calls {
  calls: ToolCall[];
  /** By our id: the fields beside name and arguments, which endpoints like Gemini require back. */
  replay: Record<string, Record<string, unknown>>;
}

/** Reads the calls of a reply and gives each an id of ours: endpoints leave out ids or use one twice. */
export function readCalls(list: readonly unknown[], newCallId: () => string): Calls {
  const calls: ToolCall[] = [];
  const replay: Calls["replay"] = {};
  for (const [index, entry] of list.slice(0, MAX_CALLS).entries()) {
    const left = index === MAX_CALLS - 1 ? list.length - MAX_CALLS : 0;
    const call = readCall(entry, left, newCallId());
    calls.push(call);
    const extra = extraFields(entry);
    if (Object.keys(extra).length > 0) replay[call.id] = extra;
  }
  return { calls, replay };
}

/** @param left how many calls come after this one and are too many; it is refused with them, so that the model knows */
function readCall(entry: unknown, left: number, id: string): ToolCall {
  const asked = callSchema.safeParse(entry).data?.function;
  // The name goes back in the history, and OpenAI refuses any other character in it.
  const name =
    asked?.name
      .trim()
      .replaceAll(/[^\w-]/g, "_")
      .slice(0, 64) || "unnamed";
  const refuse = (argument_error: string): ToolCall => ({
    id,
    name,
    arguments: null,
    argument_error,
  });
  if (left > 0) {
    return refuse(
      `Not done, nor the ${left} calls after it: a reply can hold ${MAX_CALLS - 1} calls before them. Repeat them in your next reply.`,
    );
  }
  const read = readArguments(asked?.arguments);
  return typeof read === "string"
    ? refuse(read)
    : { id, name, arguments: read, argument_error: null };
}

// The marks before a call: Hermes and Qwen, Gemma, Mistral, LM Studio, Qwen Coder, Llama 3, or nothing but JSON.
const CALL_MARK =
  /<\|?tool_call|\[TOOL_(?:CALLS|REQUEST)\]|<function(?==)|<\|python_tag\|>|```\w*\s*(?=[[{])|^(?=[[{])/gu;
// The longest distance from the mark to the name, in characters.
const NAME_WITHIN = 200;
const CALLED_NAME = /(?<=["'=[:]\s*)[\w-]{1,64}(?=["'>({])/gu;

/**
 * Whether a text contains a call of one of these tools. Servers leave a call in the text if they do not know
 * their model's form of calls. Not every such call may be run, since a document might have dictated it.
 */
export function isWrittenCall(text: string, tools: readonly string[]): boolean {
  return [...text.matchAll(CALL_MARK)].some(({ index }) => {
    const names = text.slice(index, index + NAME_WITHIN).match(CALLED_NAME) ?? [];
    return names.some((name) => tools.includes(name));
  });
}

/** The arguments, or their fault as a sentence for the model. */
function readArguments(value: unknown): Record<string, unknown> | string {
  let found = value;
  // JSON text by the protocol; an object from some servers, JSON text in JSON text from others.
  for (let layer = 0; layer < 2 && typeof found === "string"; layer += 1) {
    if (found.trim() === "") return {};
    try {
      found = JSON.parse(found) as unknown;
    } catch (error) {
      return `The arguments are not valid JSON: ${error instanceof Error ? error.message : "unreadable"}`;
    }
  }
  if (found === undefined || found === null) return {};
  return isRecord(found) ? found : "The arguments must be one JSON object.";
}

function extraFields(entry: unknown): Record<string, unknown> {
  if (!isRecord(entry)) return {};
  const { id: _id, index: _index, type: _type, function: _function, ...extra } = entry;
  return Object.fromEntries(Object.entries(extra).filter(([, value]) => value !== null));
}
