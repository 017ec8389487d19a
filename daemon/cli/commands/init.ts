import { existsSync } from "node:fs";
import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import { RunnerError } from "../../core/errors.ts";
import type { Initialized } from "../../protocol/initialized.ts";
import type { Context } from "../context.ts";
import { formatModel } from "../format.ts";
import { explain } from "../help.ts";
import { type InitOptions, collectAnswers } from "../init/answers.ts";
import { writeConfig } from "../init/written-config.ts";
import { formatFacts } from "../table.ts";
import { CALL } from "../../core/call.ts";

export function registerInit(program: Command, context: Context): void {
  const command = program
    .command("init")
    .summary("Write a config for your directories, or add an agent to it")
    .description(
      "Write a commented config for a directory of yours, or add an agent to the existing config",
    )
    .option("--directory <dir...>", "a directory to read; repeat it for more")
    .option("--name <name>", "name of the agent")
    .option("--model <name>", "what reads the files: a model, or rules")
    .option("--at <base-url>", "address of that model's endpoint, with /v1 at the end")
    .option("--key <variable>", "the variable that holds the API key for --at")
    .option("--replace", "write a new config, and keep the old one beside it")
    .option("--yes", "do not ask; use the inbox and the built-in rules by default")
    .action(async (options: InitOptions) => {
      const { paths, output } = context;
      const isNew = options.replace === true || !existsSync(paths.config);
      const hasSaid = options.directory !== undefined || options.yes === true;
      if (!hasSaid && context.dialog === undefined) {
        throw new RunnerError("invalid_request", "Expected --directory, or --yes for the inbox.", {
          hint: "Add one of them, or run `init` on a terminal, where it asks.",
        });
      }
      if (!isNew && options.directory === undefined && options.yes) {
        throw new RunnerError("invalid_request", `${paths.config} exists already.`, {
          hint: "Add an agent to it with --directory DIR, or write a new one with --replace.",
        });
      }
      const answers = await collectAnswers(options, isNew, context);
      if (answers === undefined) {
        output.note("Nothing was written.");
        context.exitCode = 1;
        return;
      }
      const written = writeConfig(answers, isNew, context);
      const isRunning = await connect(paths, context.signal).then(
        () => true,
        () => false,
      );
      output.show({ ...written, daemon_running: isRunning }, renderInitialized);
    });
  explain(command, {
    more: `On a terminal it asks for what you leave out. It looks for model servers only on this machine, shows where each
model runs and what it costs, and never chooses a remote one by itself.`,
    examples: [
      ["init", "answer three questions"],
      ["init --directory ~/Documents/Notes --model qwen3.5:4b --yes", "answer no questions"],
      ["init --directory ~/Mail --name Mail", "add an agent to the existing config"],
    ],
    exits: [
      [1, "you said no, so nothing was written"],
      [2, "a config exists, and neither --directory nor --replace is given; or it is not valid"],
    ],
  });
}

function renderInitialized(written: Initialized): string[] {
  const { agent, model } = written;
  const remote = written.is_remote
    ? [
        "This agent sends what it reads to another machine.",
        "Without a budget in the config, it spends at most $1 a day, or sends 500 requests if the price is unknown.",
        "If the API key is not set yet, put it into secrets.env beside the config, as NAME=value.",
      ]
    : [];
  return [
    written.created ? `Wrote ${written.config}.` : `Added an agent to ${written.config}.`,
    ...(written.replaced === null ? [] : [`The old config is now ${written.replaced}.`]),
    "",
    ...formatFacts([
      ["agent", `${agent.id} (${agent.name})`],
      ["reads", agent.directories.join("\n")],
      ["model", model === null ? "the config's model" : formatModel(model)],
    ]),
    "",
    ...remote,
    written.daemon_running
      ? "The running daemon applies it at once. To see what it does:"
      : "Next, start the daemon, which reads the files and then watches for changes:",
    `  ${CALL} ${written.daemon_running ? "status" : "start"}`,
  ];
}
