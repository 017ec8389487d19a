/**
 * The differences between providers. This is the only place that reads their words: it finds the meaning of a
 * refusal, and the part of a request to leave out so that the same endpoint accepts it.
 * It never sends anything and never decides what follows from a meaning.
 */
import type { ErrorCode } from "../../core/errors.ts";
import { isRecord } from "../../core/record.ts";

/** A refusal in the words of the endpoint. */
export interface Refusal {
  /** HTTP status. */
  status: number;
  /** Its message for people; without one, the body. */
  message: string;
  /** The texts of its messages, codes, types and names of parameters, in lower case. */
  words: string;
  /** The time to wait that its body names, in milliseconds; null: none. */
  wait_ms: number | null;
}

// A body can quote the whole request, and so the user's document: read only the fields that hold the endpoint's
// own words, up to a limit.
const TELLING = ["message", "msg", "code", "type", "param", "loc", "detail", "error", "innererror"];
// Google names the quota in `details`, OpenRouter the provider's own words in `metadata`.
const WRAPPED = ["metadata", "raw", "reasons", "details", "violations", "quotaId"];
const MAX_WORDS = 4_000;

/** Reads a refusal from any of the shapes that servers give it. */
export function readRefusal(status: number, body: unknown): Refusal {
  const words = wordsOf(body).slice(0, MAX_WORDS).toLowerCase();
  const message = messageOf(body) ?? (typeof body === "string" ? body : JSON.stringify(body ?? ""));
  return { status, message, words, wait_ms: waitOf(body) };
}

/** Google's `RetryInfo`: `{"retryDelay": "45.5s"}` in a list of details. Its header names no time. */
function waitOf(body: unknown): number | null {
  const outer: unknown = Array.isArray(body) ? body[0] : body;
  const inner = isRecord(outer) ? (isRecord(outer["error"]) ? outer["error"] : outer) : {};
  const details = Array.isArray(inner["details"]) ? inner["details"] : [];
  const delays = details.map((detail: unknown) => (isRecord(detail) ? detail["retryDelay"] : null));
  const delay = delays.find((value) => typeof value === "string") ?? "";
  const seconds = /^(\d{1,6}(?:\.\d{1,9})?)s$/.exec(delay)?.[1];
  return seconds === undefined ? null : Math.ceil(Number(seconds) * 1_000);
}

function wordsOf(value: unknown): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(wordsOf).join(" ");
  if (!isRecord(value)) return "";
  return [...TELLING, ...WRAPPED]
    .filter((key) => key in value)
    .map((key) => wordsOf(value[key]))
    .join(" ");
}

function messageOf(body: unknown): string | undefined {
  const value: unknown = Array.isArray(body) ? body[0] : body;
  if (!isRecord(value)) return undefined;
  for (const key of ["message", "msg", "error", "detail"]) {
    const found = typeof value[key] === "string" ? value[key] : messageOf(value[key]);
    if (found) return found;
  }
  return undefined;
}

/** The meaning of a refusal, as an error code. */
export type Meaning = Extract<
  ErrorCode,
  | "key_refused"
  | "model_not_found"
  | "no_tool_calling"
  | "quota_exhausted"
  | "rate_limited"
  | "endpoint_fault"
  | "too_long"
  | "reply_filtered"
  | "bad_tool_calls"
  | "request_rejected"
>;

const FILTERED =
  /content_filter|responsibleaipolicyviolation|content_policy_violation|content management policy|(input|prompt) was flagged/;
const BAD_CALLS = /tool_use_failed|pars(e|ing) tool call/;
const NO_CREDIT = new RegExp(
  [
    "insufficient_quota|billing_hard_limit_reached|billing_not_active", // OpenAI
    "insufficient balance", // DeepSeek, Kimi
    "credit balance is too low", // Anthropic
    "budget_exceeded|budget has been exceeded|exceeded ?budget|(crossed|over) budget", // LiteLLM
    "free_tier\\w*, limit: 0\\b", // Gemini: the model is not in the free tier
  ].join("|"),
);
// Gemini's name of a quota, and OpenRouter's of its free models.
const DAY_QUOTA = /requestsperday|tokensperday|tokencountperday|free-models-per-day/;
const BAD_KEY = new RegExp(
  [
    "invalid_api_key|api_key_invalid|api key not valid|(invalid|incorrect) api key",
    "no_db_connection|no connected db", // LiteLLM without a database knows no key but its master key
  ].join("|"),
);
const NO_MODEL =
  /model_not_found|model_decommissioned|deploymentnotfound|(invalid|not a valid) model|no models? loaded|access to (the )?model|model.{0,120}(not found|not exist|not available)/;
// Ollama, vLLM without a tool parser, and gateways before them.
const NO_TOOLS =
  /does not support (tools|tool use|tool calling|function calling)|no endpoints found that support tool use|tool-call-parser/;
const TOO_LONG = new RegExp(
  [
    "context[_ ]length[_ ]exceeded", // OpenAI, OpenRouter
    "maximum context length", // OpenAI, vLLM, Mistral, OpenRouter
    "exceeds? the (model'?s? )?context (window|length)", // OpenAI
    "exceed_context_size|exceeds the available context size", // llama.cpp
    "greater than the context length|trying to keep the first \\d+ tokens", // LM Studio
    "too large for model", // Mistral
    "prompt is too long|request_too_large", // Anthropic
    "input is too long for requested model", // Bedrock
    "input token count.*exceeds", // Gemini
    "maximum prompt length is \\d+", // xAI
    "reduce the length of the messages", // Groq
    "exceeded model token limit", // Kimi
    "context window exceeds limit", // MiniMax
  ].join("|"),
);

/** The two APIs that endpoints speak. */
export type ApiName = "chat" | "responses";

// OpenAI, LM Studio, Express.
const NO_PATH = /invalid url|unexpected endpoint|cannot post /;
/** How each API names the other one in a refusal. */
const OTHER_API: Readonly<Record<ApiName, RegExp>> = {
  // OpenAI says "not a chat model" of some that only the Responses API serves: https://github.com/micz/ThunderAI/issues/570
  chat: /\bv1\/responses|responses api|not a chat model/,
  responses: /chat\/completions|chat completions/,
};
// OpenAI: https://github.com/openai/codex/issues/8145, https://github.com/coder/mux/pull/59
const REPLAY =
  /invalid_encrypted_content|encrypted content .*(could not be|cannot be) (verified|decrypted)|without its required following item|items are not persisted/;
// DeepSeek, Kimi: https://github.com/Gitlawb/openclaude/issues/878, https://github.com/anomalyco/opencode/issues/16318
const NO_THOUGHTS =
  /reasoning_content.{0,80}(passed back|is missing|is required)|missing reasoning_content/;

// In this order, because words are more reliable than the status, which gateways invent.
const MEANINGS: readonly [Meaning, (refusal: Refusal) => boolean][] = [
  ["reply_filtered", ({ words }) => FILTERED.test(words)],
  ["bad_tool_calls", ({ words }) => BAD_CALLS.test(words)],
  ["quota_exhausted", (refusal) => hasNoCredit(refusal) || isDayQuota(refusal)],
  ["rate_limited", ({ status }) => status === 429],
  ["too_long", ({ status, words }) => status === 413 || TOO_LONG.test(words)],
  ["no_tool_calling", ({ status, words }) => status < 500 && NO_TOOLS.test(words)],
  ["model_not_found", ({ status, words }) => status < 500 && NO_MODEL.test(words)],
  ["key_refused", ({ status, words }) => status === 401 || status === 403 || BAD_KEY.test(words)],
  ["endpoint_fault", ({ status }) => status >= 500 || [408, 409, 425].includes(status)],
];

/** Finds the meaning of a refusal; `request_rejected` if there is no better one. */
export function meaningOf(refusal: Refusal): Meaning {
  return MEANINGS.find(([, holds]) => holds(refusal))?.[0] ?? "request_rejected";
}

function hasNoCredit({ status, words }: Refusal): boolean {
  return status === 402 || NO_CREDIT.test(words);
}

/** Whether a quota is used up that the provider renews with the day. */
export function isDayQuota({ status, words }: Refusal): boolean {
  return status === 429 && DAY_QUOTA.test(words);
}

/** Whether LiteLLM could not look a key up: without a database it knows only its master key. */
export function isWithoutDatabase({ words }: Refusal): boolean {
  return /no_db_connection|no connected db/.test(words);
}

/** The hint for a rejected request. */
export function adviceOf({ status, words }: Refusal): string {
  if (/\bv1\/responses/.test(words)) {
    return "Choose another model, or an endpoint with the Responses API and model.api: auto.";
  }
  if (/not a chat model/.test(words)) {
    return "Choose another model: this one does not chat.";
  }
  if (status < 400 || status === 404 || status === 405) {
    return "Check model.base_url, which must be the full address, including /v1, and model.api.";
  }
  return "Check the model section of the config against the provider's manual.";
}

/** Changes to requests, learned from refusals. */
export interface Quirks {
  /** The fields to leave out of the request and of replayed messages. */
  without: string[];
  reasoning_effort: "none" | null;
  /** The content of an assistant message that has calls and no text. */
  no_content: "" | null;
  /** Optional fields of tools are described so that they may be null. */
  nullable: boolean;
  /** A message with calls has thoughts, if only empty ones. */
  empty_thoughts: boolean;
}

/** Before any refusal: the form that most endpoints accept. */
export const NO_QUIRKS: Quirks = {
  without: [],
  reasoning_effort: null,
  no_content: null,
  nullable: false,
  empty_thoughts: false,
};

/** Whether tools are refused with reasoning: OpenAI's newer models reason by default, and chat takes no tools then. */
export function isOfEffort({ status, words }: Refusal): boolean {
  const terms = new Set(words.split(/\W+/));
  return (status === 400 || status === 422) && terms.has("reasoning_effort") && terms.has("tools");
}

/** Whether a refusal says that its path does not exist: the endpoint lacks this API. */
export function isOfPath(refusal: Refusal): boolean {
  const { status, words } = refusal;
  if (REPLAY.test(words)) return false;
  // A path that exists has other words for a model that does not.
  const isUnknown = (status === 404 || status === 405) && meaningOf(refusal) === "request_rejected";
  return isUnknown || status === 501 || NO_PATH.test(words);
}

/** Whether a refusal sends the model to the other API. */
export function isOfApi({ status, words }: Refusal, api: ApiName): boolean {
  return status >= 400 && status < 500 && OTHER_API[api].test(words);
}

/** Whether the refusal is about thoughts that were sent back: they are of another key, or no longer known. */
export function isOfReplay({ status, words }: Refusal): boolean {
  return (status === 400 || status === 404) && REPLAY.test(words);
}

const COMPLAINT =
  /unsupported|unrecognized|unknown|unexpected|not support|not permitted|not allowed|extra_forbidden|invalid|too large/;

/**
 * Adds one quirk learned from a refusal; null if the refusal names nothing that can be changed.
 *
 * @param optional the fields of the refused request that can be left out
 */
export function learnQuirk(
  known: Quirks,
  refusal: Refusal,
  optional: readonly string[],
  api: ApiName,
): Quirks | null {
  if (refusal.status !== 400 && refusal.status !== 422) return null;
  if (BAD_CALLS.test(refusal.words)) {
    // It names fields of a tool, not of the request.
    const isOfNull = /(but )?got null/.test(refusal.words) && !known.nullable;
    return isOfNull ? { ...known, nullable: true } : null;
  }
  const terms = new Set(refusal.words.split(/\W+/));
  const names = (field: string): boolean => terms.has(field.toLowerCase());

  if (api === "chat") {
    const isEffortOpen = !known.reasoning_effort && !known.without.includes("reasoning_effort");
    if (isEffortOpen && isOfEffort(refusal)) return { ...known, reasoning_effort: "none" };
    if (NO_THOUGHTS.test(refusal.words)) {
      return known.empty_thoughts ? null : { ...known, empty_thoughts: true };
    }
    const isOfContent = names("content") && /null|none|valid string/.test(refusal.words);
    if (known.no_content === null && isOfContent) return { ...known, no_content: "" };
  }
  const refused = COMPLAINT.test(refusal.words) ? optional.find(names) : undefined;
  return refused === undefined ? null : { ...known, without: [...known.without, refused] };
}
