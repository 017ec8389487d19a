// Which model a new agent shall ask: what is found on this machine and in the config is shown with where it runs
// and what it costs, and a person chooses. Nothing remote is ever chosen by itself.
import { isLoopback, originOf } from "../core/endpoint.ts";
import type { ModelChoice } from "../config/edit.ts";
import { RunnerError } from "../core/errors.ts";
import { RULES } from "../protocol/agent.ts";
import type { OfferedModel } from "../protocol/api.ts";
import type { Dialog } from "./dialog.ts";
import { formatPrice } from "./format.ts";
import type { Output } from "./output.ts";

/** What the config shall name, and what was found of it. */
export interface Chosen {
  choice: ModelChoice;
  /** Whether what is read goes to another machine. */
  is_remote: boolean;
}

export const RULES_CHOSEN: Chosen = { choice: RULES, is_remote: false };

/**
 * The one of these models that has this name.
 *
 * @param at the base URL of one of several endpoints that have it
 * @throws invalid_request where none has it, or several
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
    throw new RunnerError("invalid_request", `no model ${JSON.stringify(name)} was found`, {
      hint: names === "" ? "No model server answers on this machine." : `There are: ${names}.`,
    });
  }
  if (more.length > 0) {
    const places = found.map(({ base_url }) => base_url).join(", ");
    throw new RunnerError("invalid_request", `several endpoints have ${JSON.stringify(name)}`, {
      hint: `Add --at with one of: ${places}.`,
    });
  }
  return first;
}

/**
 * The model that a person named.
 *
 * @param at its base URL, which nothing need offer; may be left out where one endpoint alone has it
 * @param key the variable that holds its key
 * @throws invalid_request where nothing has that name and no address is given
 */
export function findChosen(
  offered: readonly OfferedModel[],
  { name, at, key }: { name: string; at?: string | undefined; key?: string | undefined },
): Chosen {
  const isThere = offered.some((model) => model.name === name && model.base_url === at);
  if (at !== undefined && !isThere) return toChosen(at, name, key, false);
  const { base_url, is_cloud } = findOffered(offered, name, at);
  if (key !== undefined) return toChosen(base_url, name, key, is_cloud);
  // One that the config names has its key already.
  return { choice: { base_url, name }, is_remote: is_cloud || !isLoopback(base_url) };
}

function toChosen(
  base_url: string,
  name: string,
  key: string | undefined,
  isCloud: boolean,
): Chosen {
  if (originOf(base_url) === undefined) {
    throw new RunnerError(
      "invalid_request",
      `expected an address with http:// or https://, got ${base_url}`,
      {
        hint: "It ends in /v1 at most servers, e.g. http://127.0.0.1:11434/v1.",
      },
    );
  }
  if (key !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/u.test(key)) {
    throw new RunnerError(
      "invalid_request",
      "expected the name of a variable, such as OPENAI_API_KEY",
      {
        hint: "The key itself belongs into secrets.env beside config.yaml, as NAME=value.",
      },
    );
  }
  const api_key = key === undefined ? null : `\${${key}}`;
  return { choice: { base_url, name, api_key }, is_remote: isCloud || !isLoopback(base_url) };
}

/** Shows what there is and asks which; without an answer it is the built-in rules. */
export async function askForModel(
  offered: readonly OfferedModel[],
  dialog: Dialog,
  output: Output,
): Promise<Chosen> {
  const other = offered.length + 2;
  output.note("\nWho shall read the files?");
  output.note(
    "  1  built-in rules: not a language model; nothing leaves this machine, costs nothing",
  );
  for (const [index, model] of offered.entries()) {
    output.note(`  ${index + 2}  ${model.name} at ${model.base_url}: ${describeModel(model)}`);
  }
  output.note(`  ${other}  another endpoint, by its address`);
  for (;;) {
    const answer = await dialog.ask("Number", "1");
    if (answer === "1") return RULES_CHOSEN;
    if (answer === String(other)) return askForEndpoint(dialog);
    const model = /^\d+$/u.test(answer) ? offered[Number(answer) - 2] : undefined;
    if (model !== undefined) return findChosen([model], { name: model.name });
    output.note(`Expected a number from 1 to ${other}.`);
  }
}

async function askForEndpoint(dialog: Dialog): Promise<Chosen> {
  const at = await dialog.ask("Address, up to and with /v1", "https://api.openai.com/v1");
  const name = await dialog.ask("Name of the model there", "gpt-4.1");
  const usual = isLoopback(at) ? "" : "OPENAI_API_KEY";
  const key = await dialog.ask("Variable that holds the key (Enter for none)", usual);
  return toChosen(at, name, key === "" ? undefined : key, false);
}

function describePlace({ server, base_url, is_cloud }: OfferedModel): string {
  if (is_cloud || !isLoopback(base_url)) return "in the cloud: what is read leaves this machine";
  // A server that is not known may be a proxy.
  return server === null ? "asked on this machine, wherever it runs" : "runs on this machine";
}

const COSTS: Readonly<Record<string, string>> = {
  none: "costs nothing",
  "not known": "its price is not known",
};

/** Where a model runs, what it costs, and what it cannot. */
export function describeModel(model: OfferedModel): string {
  const price = formatPrice(model);
  return [
    describePlace(model),
    COSTS[price] ?? `${price} per million tokens in/out`,
    ...(model.calls_tools === false
      ? ["calls no tools, by which notes, tasks and projects are kept"]
      : []),
    ...(model.context_tokens === null ? [] : [`window ${model.context_tokens} tokens`]),
  ].join("; ");
}
