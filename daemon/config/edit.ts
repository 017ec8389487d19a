import { CALL } from "../core/call.ts";
import { RunnerError } from "../core/errors.ts";
import { type NamedModel, writeModel } from "../core/model-edit.ts";
import { RULES } from "../protocol/agent.ts";
import { checkModel } from "./check.ts";
import { isLoopback, originOf } from "../core/endpoint.ts";
import { configSchema } from "./schema.ts";
import { readYaml } from "./yaml-source.ts";

/** The new model: the built-in rules, or a model at an endpoint. Without a key, the endpoint is on this machine. */
export type ModelChoice = typeof RULES | NamedModel;

/**
 * The text of config.yaml with another model for all agents without their own. Everything else stays, including
 * comments. A key is never moved to another endpoint.
 *
 * @throws {RunnerError} config_invalid if the text is invalid before or after, invalid_request for another remote
 *   endpoint without its key
 */
export function withModel(text: string, choice: ModelChoice): string {
  const before = readModel(text);
  const isMoved = choice !== RULES && originOf(choice.base_url) !== originOf(before.base_url);
  if (isMoved && !isLoopback(choice.base_url) && choice.api_key === undefined) {
    throw new RunnerError(
      "invalid_request",
      `The endpoint ${choice.base_url} is remote and needs a key of its own.`,
      { hint: "Write model.base_url, name and api_key into config.yaml by hand." },
    );
  }
  const model = isMoved ? { ...choice, api_key: choice.api_key ?? null } : choice;
  const edited = writeModel(text, ["model"], model, before);
  readModel(edited);
  return edited;
}

function readModel(text: string): { base_url: string; name: string } {
  const source = readYaml(text);
  const parsed = source.faults ? undefined : configSchema.safeParse(source.value).data;
  if (parsed === undefined || checkModel(parsed.model).length > 0) {
    throw new RunnerError(
      "config_invalid",
      "The file config.yaml is not valid, so it was not changed.",
      {
        hint: `Correct it first; \`${CALL} config check\` shows which line is wrong.`,
      },
    );
  }
  return parsed.model;
}
