import os from "node:os";
import path from "node:path";
import type { Command } from "commander";
import { configJsonSchema } from "../../config/json-schema.ts";
import { readConfig } from "../../config/load.ts";
import { TOOL_NAMES } from "../../protocol/tool.ts";
import type { Context } from "../context.ts";
import { formatCount } from "../format.ts";
import { explain } from "../help.ts";
import { registerConfigEdit } from "./config-edit.ts";

/** What stands in config.yaml: `check`, `path`, `schema` and `edit`. None needs a daemon. */
export function registerConfig(program: Command, context: Context): void {
  const config = program.command("config").description("Check or edit the settings");
  explain(config, {
    examples: [
      ["config check", "what is wrong, at its line"],
      ["config edit", "in an editor; what is not valid is not put in place"],
      ["help config edit", "more of one of them"],
    ],
  });
  registerCheck(config, context);
  registerPath(config, context);
  registerSchema(config, context);
  registerConfigEdit(config, context);
}

function registerCheck(config: Command, { paths, env, output }: Context): void {
  const check = config
    .command("check")
    .description("Say what is wrong with config.yaml, each with its line")
    .argument("[file]", "another file than the one in use")
    .action((file: string | undefined) => {
      const place = file === undefined ? paths.config : path.resolve(file);
      const { problems, agents } = readConfig({ config: place, secrets: paths.secrets }, env, {
        userHome: os.homedir(),
        tools: TOOL_NAMES,
      });
      output.show({ config: place, valid: true, agents: agents.length, problems }, (shown) => [
        `${shown.config} is valid: ${formatCount(shown.agents, "agent")}.`,
        ...shown.problems.flatMap(({ message, hint }) => [
          `Problem: ${message}`,
          ...(hint === null ? [] : [`  ${hint}`]),
        ]),
      ]);
    });
  explain(check, {
    more: "What is missing around it, such as a variable that is not set, is a problem and no error.",
    examples: [
      ["config check", "the file in use"],
      ["config check draft.yaml", "before it is put in place"],
    ],
    exits: [[2, "it is not valid"]],
  });
}

function registerPath(config: Command, { paths, output }: Context): void {
  const where = config
    .command("path")
    .description("Say where config.yaml is")
    .action(() => output.show({ config: paths.config }, (shown) => [shown.config]));
  explain(where, {
    examples: [
      ["config path", "the path alone, for scripts"],
      ["config path --json", "as JSON"],
    ],
  });
}

function registerSchema(config: Command, { output }: Context): void {
  const schema = config
    .command("schema")
    .description("Print the JSON Schema of config.yaml, which editors use")
    .action(() => {
      const document = configJsonSchema();
      output.print(`${JSON.stringify(document, null, 2)}\n`, document);
    });
  explain(schema, {
    examples: [
      ["config schema", "to read"],
      ["config schema > config.schema.json", "for an editor"],
    ],
  });
}
