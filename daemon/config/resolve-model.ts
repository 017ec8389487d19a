import { RULES, modelSchema } from "../protocol/agent.ts";
import type { AgentConfig, ModelSettings } from "../protocol/agent.ts";
import { isLoopback, originOf, userinfoOf, withoutUserinfo } from "../core/endpoint.ts";
import { fillVariables } from "./variable.ts";
import type { Environment } from "./variable.ts";

/*
 * The rule of this file: a key goes only to the origin (scheme, host and port) it was written for. So an agent with
 * another origin inherits neither key nor headers, the default key is only for api.openai.com, and an unknown address
 * gets no key.
 */

/** The keys of a `model` section as written, without defaults, with variables not filled. */
export type WrittenModel = NonNullable<AgentConfig["model"]>;

/** A reason why a model cannot be used. */
export interface ModelFault {
  code: "variable_unset" | "base_url_invalid" | "key_missing";
  message: string;
  hint: string;
}

export interface ResolvedModel {
  model: ModelSettings;
  /** If there are any, no request may be sent. */
  faults: ModelFault[];
  /** Every text that must never be logged or shown, used or not. */
  secrets: string[];
}

const DEFAULTS = modelSchema.parse({});
const DEFAULT_KEY = DEFAULTS.api_key ?? "";
const DEFAULT_KEY_ORIGIN = originOf(DEFAULTS.base_url);

/** The model of an agent, filled: its own keys, then the keys of the `model` section, then the defaults. */
export function resolveModel(
  section: WrittenModel,
  own: WrittenModel,
  env: Environment,
): ResolvedModel {
  const written = layOver(section, own, env);
  const bare = modelSchema.parse({ ...written, api_key: null, headers: {} });
  const secrets = secretsOf(written, env);
  if (bare.provider === RULES) return { model: bare, faults: [], secrets };

  const faults: ModelFault[] = [];
  const fill = (key: string, text: string): string | null => {
    const { text: filled, unset } = fillVariables(text, env);
    for (const name of unset) faults.push(variableUnset(key, name));
    return unset.length === 0 ? filled : null;
  };
  const baseUrl = fill("base_url", bare.base_url);
  const origin = baseUrl === null ? undefined : originOf(baseUrl);
  if (baseUrl === null || origin === undefined) {
    if (baseUrl !== null) faults.push(baseUrlInvalid());
    return { model: bare, faults, secrets };
  }

  const headers: Record<string, string> = {};
  for (const [header, text] of Object.entries(written.headers ?? {})) {
    const value = fill(`headers.${header}`, text);
    if (value !== null) headers[header] = value;
  }

  let key: string | null = null;
  if (typeof written.api_key === "string") {
    key = fill("api_key", written.api_key);
    if (key === "" && !isLoopback(baseUrl)) faults.push(keyMissing(origin));
  } else if (written.api_key === undefined) {
    const filled = fillVariables(DEFAULT_KEY, env);
    if (origin === DEFAULT_KEY_ORIGIN && filled.unset.length === 0) key = filled.text;
    else if (!isLoopback(baseUrl)) faults.push(keyMissing(origin));
  }
  return {
    model: { ...bare, base_url: baseUrl, api_key: key === "" ? null : key, headers },
    faults,
    secrets,
  };
}

function layOver(section: WrittenModel, own: WrittenModel, env: Environment): WrittenModel {
  const sectionUrl = section.base_url ?? DEFAULTS.base_url;
  const sectionName = section.name ?? DEFAULTS.name;
  const place = { base_url: own.base_url ?? sectionUrl, name: own.name ?? sectionName };
  const inherited = { ...section };
  const origin = originAt(place.base_url, env);
  const moved =
    own.base_url !== undefined && (origin === undefined || origin !== originAt(sectionUrl, env));
  if (moved) {
    delete inherited.api_key;
    delete inherited.headers;
  }
  // These two describe one model. They would be wrong for another, and a wrong price breaks a budget.
  if (moved || place.name !== sectionName) {
    delete inherited.price;
    delete inherited.context_tokens;
  }
  return { ...inherited, ...own, ...place };
}

/** The origin of an address once filled; undefined if a variable is unset. */
function originAt(baseUrl: string, env: Environment): string | undefined {
  const { text, unset } = fillVariables(baseUrl, env);
  return unset.length === 0 ? originOf(text) : undefined;
}

function secretsOf({ api_key, headers, base_url }: WrittenModel, env: Environment): string[] {
  const secrets = new Set(userinfoOf(fillVariables(base_url ?? "", env).text));
  for (const text of [api_key ?? DEFAULT_KEY, ...Object.values(headers ?? {})]) {
    const { text: filled, values, unset } = fillVariables(text, env);
    for (const value of values) secrets.add(value);
    if (unset.length > 0) continue;
    // Short parts, such as "Bearer" or "true", are not secrets.
    for (const part of [filled, ...filled.split(/\s+/)]) {
      if (text === api_key || part.length >= 8) secrets.add(part);
    }
  }
  secrets.delete("");
  return [...secrets];
}

/** The hint that says how to set a variable. */
export function howToSet(name: string): string {
  return `Put ${name}=… into secrets.env beside config.yaml, or into the daemon's environment.`;
}

function variableUnset(key: string, name: string): ModelFault {
  const message = `The variable ${name} in model.${key} is not set.`;
  return { code: "variable_unset", message, hint: howToSet(name) };
}

function baseUrlInvalid(): ModelFault {
  return {
    code: "base_url_invalid",
    message: "With its variable filled in, model.base_url does not begin with http:// or https://.",
    hint: "Set the variable to a whole address, such as http://127.0.0.1:4000/v1.",
  };
}

function keyMissing(origin: string): ModelFault {
  return {
    code: "key_missing",
    message: `There is no key for ${origin} in model.api_key.`,
    hint:
      origin === DEFAULT_KEY_ORIGIN
        ? howToSet("OPENAI_API_KEY")
        : "Write `api_key: ${NAME}` next to its base_url, or `api_key: null` if it needs no key.",
  };
}

/** A model that may be shown: keys and headers are visible, their values are not. */
export function withoutSecrets(model: ModelSettings): ModelSettings {
  return {
    ...model,
    base_url: withoutUserinfo(model.base_url),
    api_key: model.api_key === null ? null : "(hidden)",
    headers: Object.fromEntries(Object.keys(model.headers).map((name) => [name, "(hidden)"])),
  };
}
