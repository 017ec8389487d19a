import { isWrittenCall } from "./calls.ts";
import { parseJson } from "./json.ts";
import { isRecord } from "../../core/record.ts";
import type { ToolDescription } from "./model.ts";

/*
 * Reads the calls that a server left in the text because it does not know its model's form of calls. Accepts
 * them only if nothing speaks against it, since a document might have dictated them.
 */

/** The calls of a text, and the rest of the text. */
export interface WrittenCalls {
  calls: { name: string; arguments: Record<string, unknown> }[];
  rest: string;
}

// Hermes and Qwen, Qwen Coder, LM Studio, Mistral, a code block.
const OPENING =
  /(?<hermes><tool_call>)|(?<coder><function=)|(?<studio>\[TOOL_REQUEST\])|(?<mistral>\[TOOL_CALLS\]\s*(?=\[))|(?<block>```(?:json)?\s*\n)/gu;
const ENDS = {
  hermes: "</tool_call>",
  coder: "</function>",
  studio: "[END_TOOL_REQUEST]",
  mistral: "]",
  block: "\n```",
} as const;
type Form = keyof typeof ENDS;
const CODER_CALL = /^<function=([\w-]+)>([\s\S]*)<\/function>$/u;
const PARAMETER_END = "</parameter>";
const CODER_ARGUMENT = /<parameter=([\w-]+)>\n?([\s\S]*?)\n?<\/parameter>/gu;

/**
 * Reads the calls in a text; null if none of them may be run. All of them must be together at the
 * beginning or the end of the text, name a tool exactly and fit it, and the document must not contain such calls.
 */
export function readWrittenCalls(
  text: string,
  tools: readonly ToolDescription[],
  document: string,
): WrittenCalls | null {
  const names = tools.map(({ name }) => name);
  if (!isWrittenCall(text, names) || isWrittenCall(document, names)) return null;
  const isJson = typeof parseJson(text) !== "string";
  const found = isJson ? [{ index: 0, span: text, payload: text }] : findSpans(text);

  // The text before, between and after the calls.
  const ends = [0, ...found.map(({ index, span }) => index + span.length)];
  const starts = [...found.map(({ index }) => index), text.length];
  const gaps = ends.map((end, place) => text.slice(end, starts[place]).trim());
  const said = gaps.filter((gap) => gap !== "");
  const isAtAnEnd = said.length === 0 || (said.length === 1 && (gaps[0] || gaps.at(-1)));
  if (!isAtAnEnd) return null;

  const written = withoutBlanks(document);
  if (found.some(({ payload }) => written.includes(withoutBlanks(payload)))) return null;
  const calls = found.flatMap(({ payload }) => readPayload(payload));
  const isSound = calls.every((call): call is WrittenCalls["calls"][number] => fits(call, tools));
  return isSound && calls.length > 0 ? { calls, rest: said.join("") } : null;
}

interface Span {
  index: number;
  span: string;
  payload: string;
}

function findSpans(all: string): Span[] {
  const text = all.trimEnd();
  const forms = Object.keys(ENDS) as Form[];
  // Searched once, so that openings without an end cost no search each.
  const lasts = new Map(forms.map((form) => [form, text.lastIndexOf(ENDS[form])]));
  const spans: Span[] = [];
  let after = 0;
  for (const { 0: opening, index, groups = {} } of text.matchAll(OPENING)) {
    const form = forms.find((name) => groups[name] !== undefined);
    if (index < after || form === undefined) continue;
    const start = index + opening.length;
    // The line break that ends the opening of an empty block begins its end.
    const from = form === "block" ? start - 1 : start;
    const isClosed = (lasts.get(form) ?? -1) >= from;
    if (!isClosed && form !== "hermes") continue;
    if (form === "mistral" && !text.endsWith("]")) continue;
    const isWhole = !isClosed || form === "mistral";
    const end = isWhole ? text.length : text.indexOf(ENDS[form], from);
    after = isWhole ? end : end + ENDS[form].length;
    const span = text.slice(index, after);
    const inner = text.slice(start, Math.max(start, end));
    const payload = form === "coder" ? span : form === "block" ? inner : inner.trim();
    spans.push({ index, span, payload });
  }
  return spans;
}

/** A text without blanks, since a model may repeat a document with other blanks. */
function withoutBlanks(text: string): string {
  return text.replaceAll(/\s+/gu, "");
}

/** The calls of one span; other content gives an empty call, which fits no tool. */
function readPayload(payload: string): { name?: unknown; arguments?: unknown }[] {
  const coder = CODER_CALL.exec(payload.trim());
  if (coder !== null) {
    const [, name, body = ""] = coder;
    const whole = body.slice(0, body.lastIndexOf(PARAMETER_END) + PARAMETER_END.length);
    const args = [...whole.matchAll(CODER_ARGUMENT)].map(([, key = "", value = ""]) => [
      key,
      value,
    ]);
    return [{ name, arguments: Object.fromEntries(args) as Record<string, string> }];
  }
  const parsed = parseJson(payload);
  return (Array.isArray(parsed) ? parsed : [parsed]).map((call: unknown) => {
    if (!isRecord(call)) return {};
    const given = call["arguments"] ?? call["parameters"];
    const args = typeof given === "string" ? parseJson(given) : given;
    return { name: call["name"], arguments: args };
  });
}

/** Whether a call names a tool exactly, with all its required arguments and no unknown ones. */
function fits(
  call: { name?: unknown; arguments?: unknown },
  tools: readonly ToolDescription[],
): boolean {
  const parameters = tools.find(({ name }) => name === call.name)?.parameters;
  if (parameters === undefined || !isRecord(call.arguments)) return false;
  const { properties = {}, required = [] } = parameters;
  if (!isRecord(properties) || !Array.isArray(required)) return false;
  const given = Object.keys(call.arguments);
  return (
    given.every((key) => key in properties) &&
    required.every((key) => typeof key === "string" && given.includes(key))
  );
}
