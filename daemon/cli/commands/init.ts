import { existsSync } from "node:fs";
import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import { RunnerError } from "../../core/errors.ts";
import type { Initialized } from "../../protocol/initialized.ts";
import type { Context } from "../context.ts";
import { formatModel } from "../format.ts";
import { explain } from "../help.ts";
import { type InitOptions, settle } from "../init/answers.ts";
import { writeConfig } from "../init/written-config.ts";
import { formatFacts } from "../table.ts";
import { CALL } from "../../core/call.ts";

export function registerInit(program: Command, context: Context): void {
  const command = program
    .command("init")
    .summary("Write a config of your own, or add an agent to it")
    .description(
      "Write a commented config for a directory of yours, or add an agent to the one there is",
    )
    .option("--directory <dir...>", "what the agent reads; may be given several times")
    .option("--name <name>", "what the agent is called")
    .option("--model <name>", "who reads the files: a model, or rules")
    .option("--at <base-url>", "where that model is, up to and with /v1")
    .option("--key <variable>", "the variable that holds the key of --at")
    .option("--replace", "write a new config; the old one is kept beside it")
    .option("--yes", "ask nothing: the inbox and the built-in rules where nothing else is said")
    .action(async (options: InitOptions) => {
      const { paths, output } = context;
      const isNew = options.replace === true || !existsSync(paths.config);
      const hasSaid = options.directory !== undefined || options.yes === true;
      if (!hasSaid && context.dialog === undefined) {
        throw new RunnerError("invalid_request", "expected --directory, or --yes for the inbox", {
          hint: "On a terminal `init` asks what it is not told.",
        });
      }
      if (!isNew && options.directory === undefined && options.yes) {
        throw new RunnerError("invalid_request", `${paths.config} is there already`, {
          hint: "Add an agent to it with --directory DIR, or write a new one with --replace.",
        });
      }
      const answers = await settle(options, isNew, context);
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
    more: `On a terminal it asks what it is not told. It looks for model servers on this machine alone, says of each
model where it runs and what it costs, and never chooses a remote one by itself.`,
    examples: [
      ["init", "answer three questions"],
      ["init --directory ~/Documents/Notes --model qwen3.5:4b --yes", "ask nothing"],
      ["init --directory ~/Mail --name Mail", "one more agent, in the config there is"],
    ],
    exits: [
      [1, "you said no, and nothing was written"],
      [2, "a config is there already and nothing was said of it, or it is not valid"],
    ],
  });
}

function renderInitialized(written: Initialized): string[] {
  const { agent, model } = written;
  const key = written.is_remote
    ? [
        "What the agent reads goes to another machine. Without a budget in the config, a day costs one dollar at most, or 500 requests.",
      ]
    : [];
  return [
    written.created ? `${written.config} is written.` : `${written.config} has one more agent.`,
    ...(written.replaced === null ? [] : [`The one before is kept as ${written.replaced}.`]),
    "",
    ...formatFacts([
      ["agent", `${agent.id} (${agent.name})`],
      ["reads", agent.directories.join("\n")],
      ["model", model === null ? "that of the config" : formatModel(model)],
    ]),
    "",
    ...key,
    written.daemon_running
      ? "The daemon that runs takes it up by itself. To see what comes of it:"
      : "Next, start the daemon; it reads what is there, and then what changes:",
    `  ${CALL} ${written.daemon_running ? "status" : "start"}`,
  ];
}
