import { RunnerError } from "../../core/errors.ts";
import { LONGEST_WAIT_MS } from "../../protocol/plausible.ts";
import type { Endpoint } from "./endpoint.ts";
import { adviceOf, isDayQuota, isWithoutDatabase, meaningOf } from "./quirks.ts";
import type { Meaning, Refusal } from "./quirks.ts";
import { shellCommand } from "../../core/shell-command.ts";

// A file that is too long stays too long until a person acts, and every try reads it again.
export const TOO_LONG_RETRY_MS = 6 * 60 * 60_000;
// A quota of a day returns at a midnight that the provider does not name; the wait it names may be half a minute.
const DAY_QUOTA_RETRY_MS = 60 * 60_000;

/** The error for a refusal: an answer that is not a completion. */
export function refusalFault(refusal: Refusal, headers: Headers, endpoint: Endpoint): RunnerError {
  const meaning = meaningOf(refusal);
  const [verb, hint] = wordingOf(meaning, refusal, endpoint);
  const words = endpoint.excerpt(refusal.message);
  const quoted = words === "" ? "" : `: "${words}"`;
  const message = `The endpoint ${endpoint.place} ${verb} (${refusal.status})${quoted}.`;
  const retryAfterMs = waitFor(meaning, refusal, headers);
  return new RunnerError(meaning, message, {
    hint,
    data: {
      status: refusal.status,
      ...(retryAfterMs === null ? {} : { retry_after_ms: retryAfterMs }),
    },
  });
}

function waitFor(meaning: Meaning, refusal: Refusal, headers: Headers): number | null {
  if (meaning === "too_long") return TOO_LONG_RETRY_MS;
  const named = readRetryAfter(headers, Date.now());
  if (isDayQuota(refusal)) return Math.max(named ?? 0, DAY_QUOTA_RETRY_MS);
  return named ?? refusal.wait_ms;
}

/** The endpoint's action, as the verb of the message, and the hint. */
function wordingOf(
  meaning: Meaning,
  refusal: Refusal,
  endpoint: Endpoint,
): [verb: string, hint: string] {
  switch (meaning) {
    case "key_refused":
      if (isWithoutDatabase(refusal)) {
        return [
          "refused the key",
          "Set model.api_key to the master key of LiteLLM: without a database it accepts no other.",
        ];
      }
      return endpoint.hasKey
        ? [
            "refused the key",
            "Check model.api_key in the config, and the variable it names in the environment or secrets.env.",
          ]
        : ["requires a key", "Set model.api_key in the config, e.g. to ${OPENAI_API_KEY}."];
    case "model_not_found":
      return [
        `has no model "${endpoint.model}"`,
        looksLikeOllama(refusal, endpoint)
          ? `Run \`${shellCommand("ollama pull", endpoint.model)}\`, or set model.name to a model that the server has.`
          : "Set model.name to a model that the endpoint has.",
      ];
    case "no_tool_calling":
      return [
        `cannot call tools with model "${endpoint.model}"`,
        "Choose a model that can call tools: this one or its server cannot.",
      ];
    case "quota_exhausted":
      if (isDayQuota(refusal)) {
        return [
          "reports that the quota of the day is used up",
          "Wait for the next day: the files are tried again; or raise the quota at the provider, or choose another model.",
        ];
      }
      return [
        "reports that the quota or credit is used up",
        "Add credit or raise the limit at the provider, or choose another model.",
      ];
    case "rate_limited":
      return ["limits the rate of requests", "Wait: the files are tried again."];
    case "endpoint_fault":
      return ["failed", "Wait: the files are tried again."];
    case "too_long":
      return [
        `cannot take this much text with model "${endpoint.model}"`,
        "Choose a model with a larger context window, or load this one with a larger window and retry the file.",
      ];
    case "reply_filtered":
      return [
        "rejected the text because of its content filter",
        "Use another provider's model for this text.",
      ];
    case "bad_tool_calls":
      return [
        "could not read the tool calls of its model",
        "Retry the file, or choose a model that calls tools more reliably.",
      ];
    case "request_rejected":
      return ["rejected the request", adviceOf(refusal)];
  }
}

function looksLikeOllama({ words }: Refusal, { origin }: Endpoint): boolean {
  return /:11434$|ollama/.test(origin) || words.includes("try pulling");
}

/** The time to wait that the endpoint names, in milliseconds; null where it names no readable or plausible time. */
export function readRetryAfter(headers: Headers, now: number): number | null {
  const asked =
    readNumber(headers.get("retry-after-ms")) ?? readWait(headers.get("retry-after"), now);
  return asked !== null && asked <= LONGEST_WAIT_MS ? asked : null;
}

function readWait(value: string | null, now: number): number | null {
  const seconds = readNumber(value);
  if (seconds !== null) return seconds * 1000;
  // All three forms of RFC 9110, section 5.6.7, begin with the day's name; Date.parse accepts many more.
  if (!value || !/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return null;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

function readNumber(value: string | null): number | null {
  return value && /^\d{1,20}(\.\d{1,20})?$/.test(value.trim()) ? Number(value) : null;
}

/** The error for an answer with status 200 that is not a reply. */
export function shapeFault(text: string, endpoint: Endpoint): RunnerError {
  const words = endpoint.excerpt(text);
  return new RunnerError(
    "bad_response",
    `The endpoint ${endpoint.place} answered with ${words ? `"${words}"` : "nothing"} instead of a reply.`,
    {
      hint: "Check that model.base_url ends in /v1 and that an OpenAI-compatible server answers there.",
    },
  );
}

/** The error for a reply that ended for a reason that is not known, and so perhaps before its end. */
export function endingFault(reason: string, endpoint: Endpoint): RunnerError {
  return new RunnerError(
    "bad_response",
    `The endpoint ${endpoint.place} ended its reply for a reason that is not known: "${endpoint.excerpt(reason)}". Nothing of the reply was taken.`,
    {
      hint: "Look at the endpoint's documentation or log, or use another model; the files are tried again.",
    },
  );
}

/** The error for an answer that took longer than the settings allow. */
export function timeoutFault(seconds: number, endpoint: Endpoint): RunnerError {
  return new RunnerError(
    "request_timeout",
    `The endpoint ${endpoint.place} did not finish its answer within ${seconds} s.`,
    {
      hint: "Raise model.timeout_seconds, or choose a faster model; a local server may still be loading it.",
    },
  );
}

/** The error for a reply to a prompt that the server cut without reporting it. */
export function promptCut(readTokens: number, sentTokens: number, endpoint: Endpoint): RunnerError {
  return new RunnerError(
    "prompt_truncated",
    `The endpoint ${endpoint.place} read ${readTokens} tokens of a prompt of about ${sentTokens} and left out the rest without reporting it.`,
    {
      hint: "Give the model a larger window where it runs (Ollama: OLLAMA_CONTEXT_LENGTH, or num_ctx in a Modelfile), or set model.context_tokens to its real window.",
      data: { retry_after_ms: TOO_LONG_RETRY_MS },
    },
  );
}
