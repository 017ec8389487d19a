import { RunnerError } from "../core/errors.ts";
import { removeAt, writeAt } from "../core/yaml-edit.ts";
import { RULES } from "../protocol/agent.ts";
import { checkModel } from "./check.ts";
import { isLoopback, originOf } from "./endpoint.ts";
import { configSchema } from "./schema.ts";
import { readYaml } from "./yaml-source.ts";

/**
 * What `model` shall name: the built-in rules, or a model at an endpoint. `api_key` is what the config says of
 * it, such as `${NAME}`; left out for one on this machine.
 */
export type ModelChoice =
  | typeof RULES
  | { base_url: string; name: string; api_key?: string | null };

/**
 * A text of config.yaml with another model for all agents that name none of their own; what else stands in
 * it, comments too, stays. A key never goes over to another endpoint.
 *
 * @throws {RunnerError} config_invalid where the text is not right before or after, invalid_request for a
 *   remote endpoint whose key would have to be written with it
 */
export function withModel(text: string, choice: ModelChoice): string {
  const before = readModel(text);
  let edited = text;
  const set = (key: string, value: string | null): void => {
    edited = writeAt(edited, ["model", key], value);
  };
  const drop = (key: string): void => {
    edited = removeAt(edited, ["model", key]);
  };
  if (choice === RULES) {
    set("provider", RULES);
  } else {
    const isMoved = originOf(choice.base_url) !== originOf(before.base_url);
    if (isMoved && !isLoopback(choice.base_url) && choice.api_key === undefined) {
      throw new RunnerError(
        "invalid_request",
        `${choice.base_url} is another endpoint than that of the model section, with a key of its own`,
        { hint: "Write model.base_url, name and api_key into config.yaml by hand." },
      );
    }
    set("provider", "openai");
    set("base_url", choice.base_url);
    set("name", choice.name);
    if (isMoved || choice.api_key !== undefined) set("api_key", choice.api_key ?? null);
    if (isMoved) drop("headers");
    // These describe one model: of another they would be wrong.
    if (isMoved || choice.name !== before.name) {
      drop("price");
      drop("context_tokens");
    }
  }
  readModel(edited);
  return edited;
}

function readModel(text: string): { base_url: string; name: string } {
  const source = readYaml(text);
  const parsed = source.faults ? undefined : configSchema.safeParse(source.value).data;
  if (parsed === undefined || checkModel(parsed.model).length > 0) {
    throw new RunnerError("config_invalid", "config.yaml is not valid, so it was left as it is", {
      hint: "Mend it first: `status` says which line is wrong.",
    });
  }
  return parsed.model;
}
