// Chooses the model of a new agent. It shows the models found on this machine and in the config, where each runs
// and what it costs, and a person chooses. It never chooses a remote model by itself.
import { isLoopback, originOf } from "../core/endpoint.ts";
import type { ModelChoice } from "../config/edit.ts";
import { RunnerError } from "../core/errors.ts";
import { RULES } from "../protocol/agent.ts";
import type { OfferedModel } from "../protocol/api.ts";
import type { Dialog } from "./dialog.ts";
import { formatPrice } from "./format.ts";
import type { Output } from "./output.ts";

/** A model to write into the config, and what is known of it. */
export interface Chosen {
  choice: ModelChoice;
  /** Whether the text of files goes to another machine. */
  is_remote: boolean;
}

export const RULES_CHOSEN: Chosen = { choice: RULES, is_remote: false };

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
      `Expected an address that begins with http:// or https://, got ${JSON.stringify(base_url)}.`,
      { hint: "Write the whole address, such as http://127.0.0.1:11434/v1." },
    );
  }
  if (key !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/u.test(key)) {
    // Without the value, which may be the key itself.
    throw new RunnerError(
      "invalid_request",
      "Expected the name of a variable, such as OPENAI_API_KEY.",
      { hint: "Put the key itself into secrets.env beside config.yaml, as NAME=value." },
    );
  }
  const api_key = key === undefined ? null : `\${${key}}`;
  return { choice: { base_url, name, api_key }, is_remote: isCloud || !isLoopback(base_url) };
}

/** Lists the models and asks which to use; Enter means the built-in rules. */
export async function askForModel(
  offered: readonly OfferedModel[],
  dialog: Dialog,
  output: Output,
): Promise<Chosen> {
  const other = offered.length + 2;
  output.note("\nWhat should read your files?");
  output.note("  1  built-in rules: not a language model; free, and nothing leaves this machine");
  for (const [index, model] of offered.entries()) {
    output.note(`  ${index + 2}  ${model.name} at ${model.base_url}: ${describeModel(model)}`);
  }
  output.note(`  ${other}  another endpoint, whose address you type`);
  for (;;) {
    const answer = await dialog.ask("Number", "1");
    if (answer === "1") return RULES_CHOSEN;
    if (answer === String(other)) return askForEndpoint(dialog);
    const model = /^\d+$/u.test(answer) ? offered[Number(answer) - 2] : undefined;
    if (model !== undefined) return findChosen([model], { name: model.name });
    output.note(`Type a number from 1 to ${other}.`);
  }
}

async function askForEndpoint(dialog: Dialog): Promise<Chosen> {
  const at = await dialog.ask(
    "Address of the endpoint, with /v1 at the end",
    "https://api.openai.com/v1",
  );
  const name = await dialog.ask("Name of the model", "gpt-4.1");
  const key = isLoopback(at)
    ? await dialog.ask("Variable that holds the API key (Enter for none)", "")
    : await dialog.ask("Variable that holds the API key", "OPENAI_API_KEY");
  return toChosen(at, name, key === "" ? undefined : key, false);
}

function describePlace({ server, base_url, is_cloud }: OfferedModel): string {
  if (is_cloud || !isLoopback(base_url)) return "remote: your text leaves this machine";
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
      ? ["doesn't support tool calling, which Agent Runner needs"]
      : []),
    ...(model.context_tokens === null ? [] : [`context window of ${model.context_tokens} tokens`]),
  ].join("; ");
}
