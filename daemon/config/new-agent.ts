import { RunnerError } from "../core/errors.ts";
import { addItem, type YamlObject } from "../core/yaml-edit.ts";
import { configSchema } from "./schema.ts";
import { checkIds } from "./check.ts";
import { readYaml } from "./yaml-source.ts";
import { CALL } from "../core/call.ts";

/** An agent as a person describes it to begin with. */
export interface NewAgent {
  id: string;
  name: string;
  /** Absolute, or beginning with ~/. */
  directories: readonly string[];
  /** undefined: the one of the `model` section. */
  model?: { provider: string; base_url?: string; name?: string; api_key?: string | null };
}

/**
 * A text of config.yaml with one more agent, after those it has; what else stands in it, comments too, stays.
 *
 * @throws {RunnerError} config_invalid where the text is not right before or after
 */
export function withAgent(text: string, agent: NewAgent): string {
  readAgentIds(text);
  const edited = addItem(text, ["agents"], toYaml(agent));
  readAgentIds(edited);
  return edited;
}

function toYaml({ id, name, directories, model }: NewAgent): YamlObject {
  const paths = directories.map((path) => ({ path }));
  return { id, name, directories: paths, ...(model === undefined ? {} : { model }) };
}

/**
 * The ids that a text of config.yaml gives its agents.
 *
 * @throws {RunnerError} config_invalid where the text is not right
 */
export function readAgentIds(text: string): string[] {
  const source = readYaml(text);
  const parsed = source.faults ? undefined : configSchema.safeParse(source.value ?? {}).data;
  if (parsed === undefined || checkIds(parsed.agents).length > 0) {
    throw new RunnerError("config_invalid", "config.yaml is not valid, so it was left as it is", {
      hint: `Mend it first: \`${CALL} doctor\` says which line is wrong.`,
    });
  }
  return parsed.agents.map(({ id }) => id);
}
