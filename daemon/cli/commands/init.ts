import { existsSync } from "node:fs";
import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import { readSecrets } from "../../config/secrets.ts";
import { isAbort, RunnerError } from "../../core/errors.ts";
import type { Initialized } from "../../protocol/initialized.ts";
import type { Context } from "../context.ts";
import { formatModel } from "../format.ts";
import { explain } from "../help.ts";
import { type Answers, collectAnswers, type InitOptions } from "../init/answers.ts";
import { testChosen } from "../test-chosen.ts";
import { type KeptAnswers, openKeptAnswers } from "../init/kept-answers.ts";
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
      const kept = openKeptAnswers(paths, output);
      const answers = await collectOrExplain(options, isNew, kept, context);
      if (answers === undefined) {
        output.note(explainUnfinished(kept));
        context.exitCode = 1;
        return;
      }
      const written = writeConfig(answers, isNew, context);
      kept.remove();
      const isRunning = await connect(paths, context.signal).then(
        () => true,
        () => false,
      );
      const key = findKey(answers.reader.key, context);
      output.show({ ...written, key, daemon_running: isRunning }, renderInitialized);
      // Who does not answer has not agreed that a remote model costs money.
      const isAgreed = !written.is_remote || (context.dialog !== undefined && !options.yes);
      const { model } = written;
      if (isAgreed && model !== null && model.base_url !== null) {
        await testChosen(context, { base_url: model.base_url, name: model.name });
      }
    });
  explain(command, {
    more: `On a terminal it asks for what you leave out: the directory and what reads the files, at most three questions.
It looks for model servers only on this machine, shows where each model runs and what it costs, and asks before it
writes a remote one. If it is interrupted, the next \`init\` offers your answers again.`,
    examples: [
      ["init", "answer the questions"],
      ["init --directory ~/Documents/Notes --model qwen3.5:4b --yes", "answer no questions"],
      ["init --directory ~/Mail --name Mail", "add an agent to the existing config"],
    ],
    exits: [
      [1, "you did not agree that text leaves this machine, so nothing was written"],
      [2, "a config exists, and neither --directory nor --replace is given; or it is not valid"],
      [130, "interrupted; your answers are kept"],
    ],
  });
}

async function collectOrExplain(
  options: InitOptions,
  isNew: boolean,
  kept: KeptAnswers,
  context: Context,
): Promise<Answers | undefined> {
  try {
    return await collectAnswers(options, isNew, kept, context);
  } catch (error) {
    if (isAbort(error)) context.output.note(`\nInterrupted. ${explainUnfinished(kept)}`);
    throw error;
  }
}

function explainUnfinished({ isKept, file }: KeptAnswers): string {
  const nothing = "Nothing was written to the config.";
  return isKept
    ? `${nothing} Your answers are in ${file}; the next \`init\` offers them.`
    : nothing;
}

/** Where the key of a variable is. A variable of the environment wins. */
function findKey(
  variable: string | undefined,
  { paths: { secrets: secrets_file }, env }: Context,
): Initialized["key"] {
  if (variable === undefined) return null;
  const inSecrets = readSecrets(secrets_file).values[variable] === undefined ? null : "secrets";
  return { variable, set_in: inSecrets ?? (env[variable] ? "environment" : null), secrets_file };
}

function renderInitialized(written: Initialized): string[] {
  const { agent, model } = written;
  const remote = written.is_remote
    ? [
        "This agent sends what it reads to another machine.",
        "Without a budget in the config, it spends at most $1 a day, or sends 500 requests if the price is unknown.",
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
    ...renderKey(written),
    written.daemon_running
      ? "The running daemon applies it at once. To see what it does:"
      : "Next, start the daemon, which reads the files and then watches for changes:",
    `  ${CALL} ${written.daemon_running ? "status" : "start"}`,
  ];
}

/** How to set the key: in the shell for a daemon that is started there, in secrets.env for every daemon. */
function renderKey({ key, daemon_running }: Initialized): string[] {
  if (key === null) return [];
  const { variable, set_in, secrets_file } = key;
  if (set_in === "secrets") return [`Its API key is ${variable} in ${secrets_file}.`, ""];
  const line = `  ${variable}=YOUR_KEY`;
  const forAll = `put this line into ${secrets_file}, which only you may read (chmod 600):`;
  if (daemon_running) {
    return [`If the running daemon was started without ${variable}, ${forAll}`, line, ""];
  }
  if (set_in === "environment") {
    return [
      `This shell has the API key ${variable}, and so has a daemon that you start here.`,
      `For one that starts at login (\`service install\`), ${forAll}`,
      line,
      "",
    ];
  }
  const inShell =
    process.platform === "win32" ? `$env:${variable} = "YOUR_KEY"` : `export ${variable}=YOUR_KEY`;
  return [
    `The model needs an API key, and ${variable} is not set. For a daemon that you start in this shell:`,
    `  ${inShell}`,
    `For every daemon, also one that starts at login (\`service install\`), ${forAll}`,
    line,
    "",
  ];
}
