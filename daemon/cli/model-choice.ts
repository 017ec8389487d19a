// Finds the model that a person names, and describes those that can be named. It never chooses a remote model by itself.
import { isLoopback, originOf } from "../core/endpoint.ts";
import { checkModel } from "../config/check.ts";
import type { ModelChoice } from "../config/edit.ts";
import { RunnerError } from "../core/errors.ts";
import type { OfferedModel } from "../protocol/api.ts";
import { formatPrice } from "./format.ts";

/** A model to write into the config, and what is known of it. */
export interface Chosen {
  choice: ModelChoice;
  /** Whether the text of files goes to another machine. */
  is_remote: boolean;
}

/**
 * The offered model of this name.
 *
 * @param at the base URL, to choose among several endpoints that offer it
 * @throws invalid_request if no endpoint offers it, or several do
 */
export function findOffered(
  offered: readonly OfferedModel[],
  name: string,
  at?: string,
): OfferedModel {
  const found = offered.filter(
    (model) => model.name === name && (at === undefined || model.base_url === at),
  );
  const [first, ...more] = found;
  if (first === undefined) {
    const names = [...new Set(offered.map((model) => model.name))].join(", ");
    throw new RunnerError("invalid_request", `No model ${JSON.stringify(name)} was found.`, {
      hint: names === "" ? "Start a model server on this machine." : `Choose one of: ${names}.`,
    });
  }
  if (more.length > 0) {
    const places = found.map(({ base_url }) => base_url).join(", ");
    throw new RunnerError("invalid_request", `Several endpoints have ${JSON.stringify(name)}.`, {
      hint: `Add --at with one of: ${places}.`,
    });
  }
  return first;
}

/**
 * The model that the options name.
 *
 * @param at its base URL, offered or not; optional if exactly one endpoint offers the model
 * @param key the variable that holds its key
 * @throws invalid_request if no endpoint offers the model and `at` is missing
 */
export function findChosen(
  offered: readonly OfferedModel[],
  { name, at, key }: { name: string; at?: string | undefined; key?: string | undefined },
): Chosen {
  const isOffered = offered.some((model) => model.name === name && model.base_url === at);
  if (at !== undefined && !isOffered) return toChosen(at, name, key, false);
  const { base_url, is_cloud } = findOffered(offered, name, at);
  if (key !== undefined) return toChosen(base_url, name, key, is_cloud);
  // A model that the config names already has its key.
  return { choice: { base_url, name }, is_remote: isRemote({ base_url, is_cloud }) };
}

function toChosen(
  base_url: string,
  name: string,
  key: string | undefined,
  isCloud: boolean,
): Chosen {
  checkAddress(base_url);
  if (key !== undefined) checkVariable(key);
  const api_key = key === undefined ? null : `\${${key}}`;
  const is_remote = isRemote({ base_url, is_cloud: isCloud });
  return { choice: { base_url, name, api_key }, is_remote };
}

/** @throws {RunnerError} invalid_request if it is not the address of an endpoint */
export function checkAddress(base_url: string): void {
  if (originOf(base_url) !== undefined && checkModel({ base_url }).length === 0) return;
  const whole = `http://${base_url}`;
  const isMeant = /^[\w.:[\]-]+(\/\S*)?$/u.test(base_url) && isLoopback(whole);
  throw new RunnerError(
    "invalid_request",
    `Expected an address that begins with http:// or https://, got ${JSON.stringify(base_url)}.`,
    {
      hint: `Write the whole address, such as ${isMeant ? whole : "http://127.0.0.1:11434/v1"}.`,
    },
  );
}

/** @throws {RunnerError} invalid_request if it is not the name of a variable */
export function checkVariable(name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)) return;
  // Without the value, which may be the key itself.
  throw new RunnerError(
    "invalid_request",
    "Expected the name of a variable, such as OPENAI_API_KEY.",
    { hint: "Put the key itself into secrets.env beside config.yaml, as NAME=value." },
  );
}

/** Whether the text of files goes to another machine. */
export function isRemote({
  base_url,
  is_cloud = false,
}: {
  base_url: string;
  is_cloud?: boolean;
}): boolean {
  return is_cloud || !isLoopback(base_url);
}

function describePlace({ server, base_url, is_cloud }: OfferedModel): string {
  if (isRemote({ base_url, is_cloud })) return "remote: your text leaves this machine";
  // An unknown server may be a proxy.
  return server === null
    ? "answers on this machine, but may run elsewhere"
    : "runs on this machine";
}

const COSTS: Readonly<Record<string, string>> = {
  free: "free",
  unknown: "price unknown",
};

/** Where a model runs, what it costs, and what it lacks. */
export function describeModel(model: OfferedModel): string {
  const price = formatPrice(model);
  return [
    describePlace(model),
    COSTS[price] ?? `${price} per million tokens in/out`,
    ...(model.calls_tools === false
      ? [
          "its server says that it cannot call tools, so its files wait unless model.force_model is true",
        ]
      : []),
    ...(model.context_tokens === null ? [] : [`context window of ${model.context_tokens} tokens`]),
  ].join("; ");
}
