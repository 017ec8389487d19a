import { existsSync, mkdirSync, renameSync } from "node:fs";
import path from "node:path";
import { type ModelChoice, withModel } from "../../config/edit.ts";
import { replaceFile } from "../../config/config-file.ts";
import { readText } from "../../config/load.ts";
import { type NewAgent, withAgent } from "../../config/new-agent.ts";
import { starterConfig } from "../../config/starter.ts";
import { writeFileAtomic } from "../../core/atomic-file.ts";
import { RULES } from "../../protocol/agent.ts";
import type { Initialized } from "../../protocol/initialized.ts";
import type { Context } from "../context.ts";
import type { Answers } from "./answers.ts";

/** Writes a new config with the agent, or adds the agent to the existing config and keeps its comments. */
export function writeConfig(
  { agent, reader: { choice, is_remote, host } }: Answers,
  isNew: boolean,
  { paths }: Context,
): Omit<Initialized, "daemon_running" | "key"> {
  const replaced = isNew && existsSync(paths.config) ? keepOld(paths.config) : null;
  if (isNew) {
    const first = starterConfig({ ...agent, host });
    const text = choice === undefined ? first : withModel(first, choice);
    mkdirSync(path.dirname(paths.config), { recursive: true, mode: 0o700 });
    writeFileAtomic(paths.config, text, 0o600);
  } else {
    const model = choice && toModel(choice);
    const text = withAgent(readText(paths.config), { ...agent, host, ...(model && { model }) });
    replaceFile(paths.config, text);
  }
  return {
    config: paths.config,
    created: isNew,
    replaced,
    agent,
    model: choice === undefined ? null : describeChoice(choice),
    is_remote,
  };
}

/** Renames the config to the first free name, `config.yaml.1` and so on. */
function keepOld(config: string): string {
  for (let number = 1; ; number += 1) {
    const kept = `${config}.${number}`;
    if (existsSync(kept)) continue;
    renameSync(config, kept);
    return kept;
  }
}

function toModel(choice: ModelChoice): NonNullable<NewAgent["model"]> {
  return choice === RULES ? { provider: RULES } : { provider: "openai", ...choice };
}

function describeChoice(choice: ModelChoice): Initialized["model"] {
  return choice === RULES
    ? { provider: RULES, name: RULES, base_url: null }
    : { provider: "openai", name: choice.name, base_url: choice.base_url };
}
