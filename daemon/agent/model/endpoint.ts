import { RunnerError } from "../../core/errors.ts";
import { isLoopbackHost } from "../../core/loopback.ts";
import { formsOf, redact } from "../../core/secret-forms.ts";
import type { ModelSettings } from "../../protocol/agent.ts";

/** The address of requests and their headers; the only holder of the key. */
export interface Endpoint {
  baseUrl: string;
  /** Scheme, host and port. */
  origin: string;
  /** The base URL without its query, for messages. */
  place: string;
  /** `place` in two parts: the server's address, and the path of its OpenAI-compatible part ("/v1"). */
  root: string;
  base: string;
  /** The server is on this machine. */
  isLoopback: boolean;
  /** OpenAI itself, or Azure's copy of it. */
  isOpenAi: boolean;
  model: string;
  hasKey: boolean;
  /** Every header of a request; the environment adds none. */
  headers: Readonly<Record<string, string>>;
  /** A text from the endpoint, for a message: one line of at most 200 characters, without secrets. */
  excerpt(text: string): string;
  /** The same JSON without secrets that the endpoint echoed. */
  withoutSecrets<Json>(value: Json): Json;
}

// Keys that providers issue are longer. A shorter one is a dummy ("ollama", "lm-studio"): replacing it in a
// reply would change the reply. In a message a wrong replacement does no harm.
const SHORTEST_SECRET_IN_REPLIES = 12;

/**
 * The endpoint that the settings name. Sends nothing.
 *
 * @throws {RunnerError} `config_invalid` for a base_url or header that cannot be used, `key_refused` for a
 *   key that cannot be sent
 */
export function describeEndpoint(settings: ModelSettings): Endpoint {
  const values = secretsOf(settings);
  const secrets = formsOf(values);
  const long = formsOf(values.filter(mayBeKey));
  const excerpt = (text: string): string => {
    const line = redact(text, secrets).replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ");
    return line.trim().slice(0, 200);
  };
  const url = parseBaseUrl(settings.base_url, excerpt);
  const place = `${url.origin}${url.pathname}`;
  const [, root = place, base = ""] = /^(.*?)((?:\/engines)?\/v1)?\/?$/.exec(place) ?? [];
  return {
    baseUrl: settings.base_url,
    origin: url.origin,
    place,
    root,
    base,
    isLoopback: isLoopbackHost(url.hostname),
    isOpenAi: /(^|\.)openai\.(com|azure\.com)$/.test(url.hostname),
    model: settings.name,
    hasKey: Boolean(settings.api_key),
    headers: requestHeaders(settings),
    excerpt,
    withoutSecrets: (value) => mapStrings(value, (text) => redact(text, long)),
  };
}

function parseBaseUrl(value: string, excerpt: (text: string) => string): URL {
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new RunnerError(
      "config_invalid",
      `The address "${excerpt(value)}" in model.base_url is not an http or https address.`,
      {
        hint: "Write an http or https address that ends in /v1, e.g. http://127.0.0.1:11434/v1.",
      },
    );
  }
  if (url.username || url.password) {
    throw new RunnerError(
      "config_invalid",
      "The address in model.base_url contains a user name or a password.",
      {
        hint: "Put the key into model.api_key, or credentials of another kind into model.headers.",
      },
    );
  }
  return url;
}

function requestHeaders(settings: ModelSettings): Record<string, string> {
  const headers = new Headers({
    accept: "application/json",
    "content-type": "application/json",
    "user-agent": "agent-runner",
  });
  // The error that `Headers` throws contains the value, so it is not kept as the cause.
  const set = (name: string, value: string): boolean => {
    try {
      headers.set(name, value);
      return true;
    } catch {
      return false;
    }
  };
  if (settings.api_key && !set("authorization", `Bearer ${settings.api_key}`)) {
    throw new RunnerError(
      "key_refused",
      "The key in model.api_key contains a line break or another character that cannot be sent.",
      { hint: "Check the variable that model.api_key names for stray characters." },
    );
  }
  for (const [name, value] of Object.entries(settings.headers)) {
    if (set(name, value)) continue;
    throw new RunnerError(
      "config_invalid",
      `The header "${name}" in model.headers cannot be sent.`,
      {
        hint: "Use letters, digits and hyphens in a header's name, and one line of Latin text as its value.",
      },
    );
  }
  return Object.fromEntries(headers);
}

/** The key, and every header with its parts: a key may be in a header of any name. */
function secretsOf({ api_key, headers }: ModelSettings): string[] {
  const values = Object.values(headers).flatMap((value) => [value, ...value.split(/\s+/)]);
  return [...(api_key ? [api_key.trim()] : []), ...values];
}

/** Whether a reply can have it only as an echo. Words, addresses and dummies may be in what a model writes. */
function mayBeKey(value: string): boolean {
  return (
    value.length >= SHORTEST_SECRET_IN_REPLIES && !/\s|^[a-z]+(\/[a-z-]+)?$|^https?:/i.test(value)
  );
}

function mapStrings<Json>(value: Json, change: (text: string) => string): Json {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === "string" ? change(part) : part,
  ) as Json;
}
