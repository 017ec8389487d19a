import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createModel } from "../../daemon/agents/create-model.ts";
import type { Model } from "../../daemon/agent/model/model.ts";
import { RULES_VERSION } from "../../daemon/rules/rules.ts";
import { PROMPT_VERSION } from "../../daemon/agent/prompt.ts";
import { TOOL_NAMES } from "../../daemon/protocol/tool.ts";
import { type LoadedConfig, parseConfig, readConfig } from "../../daemon/config/load.ts";
import { RunnerError, toRunnerError } from "../../daemon/core/errors.ts";
import { agentSchema, type ModelSettings, RULES } from "../../daemon/protocol/agent.ts";
import { createMemory } from "../../daemon/agent/model/memory.ts";
import { openIsolate } from "../../daemon/preprocess/isolate.ts";
import { attempt } from "./attempt.ts";
import { readFixtures } from "./fixture.ts";
import { formatMisses, formatScores, type Scored } from "./report.ts";
import { SAME_TITLE, SAME_TITLE_AND_PLACE, score } from "./score.ts";

/*
 * `npm run eval`: how good the tasks, notes and projects are that a model makes of the fixture documents.
 * Nothing is written but to temporary directories. Exit code 0 whatever the score, 2 for a wrong call, 1 where it
 * could not be run.
 */

const USAGE = `npm run eval [-- OPTIONS]

  --misses             shows what was missed, found wrongly or dated wrongly, with its line
  --only TEXT          only documents whose path contains this, e.g. mail/
  --config PATH        the model of this config.yaml (secrets.env beside it is read)
  --base-url URL       an OpenAI-compatible endpoint, with
  --model NAME           the model's name and
  --api-key-from NAME    the environment variable that has its key, if it needs one

Without a model, the built-in rules are scored.
`;

const WIDTH = 200;

try {
  await main();
} catch (error) {
  const { code, message, hint } = toRunnerError(error);
  process.stderr.write(`${code}: ${message}\n${hint ?? ""}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) return;
  await using isolate = openIsolate();
  const model = createModel(settingsOf(readSettings(options)), createMemory());
  try {
    const fixtures = readFixtures().filter((one) => one.path.includes(options.only ?? ""));
    const scored: Scored[] = [];
    for (const fixture of fixtures) {
      if (model.provider !== RULES) process.stderr.write(`${fixture.path}\n`);
      const made = await attempt(fixture, model, isolate);
      scored.push({ fixture, attempt: made, score: score(fixture.wanted, made) });
    }
    print(model, scored, options.misses ?? false);
  } finally {
    await model.close();
  }
}

interface Options {
  misses?: boolean;
  only?: string;
  config?: string;
  "base-url"?: string;
  model?: string;
  "api-key-from"?: string;
  help?: boolean;
}

function readOptions(): Options | undefined {
  try {
    const text = { type: "string" } as const;
    const { values } = parseArgs({
      options: {
        misses: { type: "boolean" },
        only: text,
        config: text,
        "base-url": text,
        model: text,
        "api-key-from": text,
        help: { type: "boolean" },
      },
    });
    const isHalf = (values["base-url"] === undefined) !== (values.model === undefined);
    if (values.help !== true && !isHalf) return values;
    process.stdout.write(USAGE);
    process.exitCode = isHalf ? 2 : 0;
  } catch (error) {
    process.stderr.write(`${String(error)}\n\n${USAGE}`);
    process.exitCode = 2;
  }
  return undefined;
}

function readSettings(options: Options): LoadedConfig {
  const how = { userHome: os.homedir(), tools: TOOL_NAMES };
  if (options.config !== undefined) {
    const config = path.resolve(options.config);
    const secrets = path.join(path.dirname(config), "secrets.env");
    return readConfig({ config, secrets }, process.env, how);
  }
  const key = options["api-key-from"];
  const model = options.model && {
    provider: "openai",
    base_url: options["base-url"],
    name: options.model,
    api_key: key === undefined ? null : `\${${key}}`,
  };
  // JSON is YAML too.
  const text = JSON.stringify({ version: 1, ...(model && { model }), agents: [] });
  return parseConfig(text, { ...how, env: process.env });
}

/** What an agent that names no model of its own would use. */
function settingsOf(config: LoadedConfig): ModelSettings {
  const written = agentSchema.parse({ id: "eval", directories: [{ path: os.tmpdir() }] });
  const { agent, problems, ready } = config.resolve(written);
  const [problem] = problems;
  if (ready || problem === undefined) return agent.model;
  throw new RunnerError("key_missing", problem.message, { hint: problem.hint ?? "" });
}

function print(model: Model, scored: readonly Scored[], showMisses: boolean): void {
  const version = model.provider === RULES ? ` (version ${RULES_VERSION})` : "";
  const lines = [
    `Model ${model.name}${version}${model.endpoint === null ? "" : ` at ${model.endpoint}`}, prompt version ${PROMPT_VERSION}, ${scored.length} documents`,
    `A task is matched from ${SAME_TITLE} of common words on, or ${SAME_TITLE_AND_PLACE} where its quote shows the passage; one to one.`,
    "",
    ...formatScores(scored, WIDTH),
    ...(showMisses ? ["", ...formatMisses(scored)] : []),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
