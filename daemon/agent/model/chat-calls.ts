import { randomBytes } from "node:crypto";
import { z } from "zod";
import { isRecord } from "../../core/record.ts";
import type { ToolCall } from "./model.ts";

// A longer list is a model going in circles, or one that should say the rest in its next reply.
const MAX_CALLS = 16;
/** With those that are only told that they were too many. */
const MAX_ANSWERED_CALLS = 64;

const ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH = 9;

const callSchema = z.looseObject({
  function: z.looseObject({ name: z.string().catch(""), arguments: z.unknown().optional() }),
});

/** A random id in the one form that every endpoint takes (Mistral: exactly nine letters and digits). */
export function createCallId(): string {
  const bytes = randomBytes(ID_LENGTH);
  return Array.from(bytes, (byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join("");
}

interface Calls {
  calls: ToolCall[];
  /** By id of ours: fields beside name and arguments, which Gemini-like endpoints want back. */
  replay: Record<string, Record<string, unknown>>;
}

/** The calls of a reply with ids of ours, since endpoints leave theirs out or give one twice. */
export function readCalls(list: readonly unknown[], newCallId: () => string): Calls {
  const calls: ToolCall[] = [];
  const replay: Calls["replay"] = {};
  for (const [index, entry] of list.slice(0, MAX_ANSWERED_CALLS).entries()) {
    const call = readCall(entry, index, newCallId());
    calls.push(call);
    const extra = extraFields(entry);
    if (Object.keys(extra).length > 0) replay[call.id] = extra;
  }
  return { calls, replay };
}

function readCall(entry: unknown, index: number, id: string): ToolCall {
  const asked = callSchema.safeParse(entry).data?.function;
  // The name is replayed, and OpenAI refuses a history with any other characters in one.
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
  if (index >= MAX_CALLS) {
    return refuse(
      `Not done: a reply can hold ${MAX_CALLS} calls. Repeat this call in your next reply.`,
    );
  }
  const read = readArguments(asked?.arguments);
  return typeof read === "string"
    ? refuse(read)
    : { id, name, arguments: read, argument_error: null };
}

// What models put before a call: Hermes and Qwen, Gemma, Mistral, LM Studio, Qwen Coder, Llama 3, or nothing but JSON.
const CALL_MARK =
  /<\|?tool_call|\[TOOL_(?:CALLS|REQUEST)\]|<function(?==)|<\|python_tag\|>|```\w*\s*(?=[[{])|^(?=[[{])/gu;
// How far behind the mark the name stands at the most.
const NAME_WITHIN = 200;
const CALLED_NAME = /(?<=["'=[:]\s*)[\w-]{1,64}(?=["'>({])/gu;

/**
 * Whether a text is, or holds, a call of one of these tools, as servers leave it that do not know their
 * model's way to call one. Not every one may be run, since a document might have dictated it.
 */
export function isWrittenCall(text: string, tools: readonly string[]): boolean {
  return [...text.matchAll(CALL_MARK)].some(({ index }) => {
    const names = text.slice(index, index + NAME_WITHIN).match(CALLED_NAME) ?? [];
    return names.some((name) => tools.includes(name));
  });
}

/** The arguments, or what is wrong with them as a sentence for the model. */
function readArguments(value: unknown): Record<string, unknown> | string {
  let found = value;
  // Text by the protocol; an object from some servers, JSON text within JSON text from others.
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
