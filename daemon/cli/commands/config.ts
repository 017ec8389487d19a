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

/** `config check`, `path`, `schema` and `edit`. None needs a daemon. */
export function registerConfig(program: Command, context: Context): void {
  const config = program.command("config").description("Check or edit the settings");
  explain(config, {
    examples: [
      ["config check", "what is wrong, and on which line"],
      ["config edit", "in an editor; an invalid edit is not saved"],
      ["help config edit", "details of one subcommand"],
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
    .description("Check config.yaml, and show each mistake with its line")
    .argument("[file]", "check this file instead of the one in use")
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
    more: "Something missing outside the file, such as a variable that is not set, is a problem, not an error.",
    examples: [
      ["config check", "the file in use"],
      ["config check draft.yaml", "another file, before you use it"],
    ],
    exits: [[2, "the file is not valid"]],
  });
}

function registerPath(config: Command, { paths, output }: Context): void {
  const where = config
    .command("path")
    .description("Print the path of config.yaml")
    .action(() => output.show({ config: paths.config }, (shown) => [shown.config]));
  explain(where, {
    examples: [
      ["config path", "only the path, for scripts"],
      ["config path --json", "as JSON"],
    ],
  });
}

function registerSchema(config: Command, { output }: Context): void {
  const schema = config
    .command("schema")
    .description("Print the JSON Schema of config.yaml, for editors")
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
