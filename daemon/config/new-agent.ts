import { RunnerError } from "../core/errors.ts";
import { addItem, type YamlObject } from "../core/yaml-edit.ts";
import { type Config, configSchema } from "./schema.ts";
import { checkIds } from "./check.ts";
import { readYaml } from "./yaml-source.ts";
import { CALL } from "../core/call.ts";

/** A new agent, before anything else is configured. */
export interface NewAgent {
  id: string;
  name: string;
  /** Absolute paths, or paths that begin with ~/. */
  directories: readonly string[];
  /** The only host that what is in them may be sent to; undefined: as the top level says. */
  host?: string | undefined;
  /** undefined: the model of the `model` section. */
  model?: { provider: string; base_url?: string; name?: string; api_key?: string | null };
}

/**
 * The text of config.yaml with one more agent at the end. Everything else stays, including comments.
 *
 * @throws {RunnerError} config_invalid if the text is invalid before or after
 */
export function withAgent(text: string, agent: NewAgent): string {
  readAgentIds(text);
  const edited = addItem(text, ["agents"], toYaml(agent));
  readAgentIds(edited);
  return edited;
}

function toYaml({ id, name, directories, host, model }: NewAgent): YamlObject {
  const sends = host === undefined ? {} : { sends: [host] };
  const paths = directories.map((path) => ({ path, ...sends }));
  return { id, name, directories: paths, ...(model === undefined ? {} : { model }) };
}

/**
 * The ids of the agents in a text of config.yaml.
 *
 * @throws {RunnerError} config_invalid if the text is invalid
 */
function readAgentIds(text: string): string[] {
  return readSettings(text).agents.map(({ id }) => id);
}

/**
 * The settings in a text of config.yaml.
 *
 * @throws {RunnerError} config_invalid if the text is invalid
 */
export function readSettings(text: string): Config {
  const source = readYaml(text);
  const parsed = source.faults ? undefined : configSchema.safeParse(source.value ?? {}).data;
  if (parsed === undefined || checkIds(parsed.agents).length > 0) {
    throw new RunnerError(
      "config_invalid",
      "The file config.yaml is not valid, so it was not changed.",
      {
        hint: `Correct it first; \`${CALL} config check\` shows which line is wrong.`,
      },
    );
  }
  return parsed;
}
