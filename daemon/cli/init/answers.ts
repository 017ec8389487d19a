import { accessSync, constants, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { readText } from "../../config/load.ts";
import { readSettings } from "../../config/new-agent.ts";
import { expandHome } from "../../config/resolve.ts";
import type { Config } from "../../config/schema.ts";
import { toAgentId } from "../../core/agent-id.ts";
import { RunnerError, systemErrorCode } from "../../core/errors.ts";
import type { Paths } from "../../core/paths.ts";
import { makePrivateDirectory } from "../../core/private-directory.ts";
import { shellCommand } from "../../core/shell-command.ts";
import { RULES } from "../../protocol/agent.ts";
import type { OfferedModel } from "../../protocol/api.ts";
import type { Context } from "../context.ts";
import { openDaemon } from "../daemon-session.ts";
import type { Dialog } from "../dialog.ts";
import { toRealPath } from "../file-target.ts";
import { checkAddress, checkVariable, describeModel, findChosen } from "../model-choice.ts";
import { describeOverlaps } from "../overlap.ts";
import type { KeptAnswers } from "./kept-answers.ts";
import {
  askConsent,
  askForReader,
  configReader,
  type Known,
  type Reader,
  RULES_READER,
} from "./reader.ts";

export interface InitOptions {
  directory?: string[];
  name?: string;
  model?: string;
  at?: string;
  key?: string;
  replace?: true;
  yes?: true;
}

/** What a person decides about a new agent. */
export interface Answers {
  agent: { id: string; name: string; directories: string[] };
  reader: Reader;
}

/**
 * Takes the answers from the options and asks for the rest, at most three questions and whether text may leave this
 * machine. Each answer is checked and kept as soon as it is given. Undefined if the person says no.
 *
 * @param isNew whether this writes a whole config
 * @throws directory_missing, directory_unreadable, invalid_request, config_invalid
 */
export async function collectAnswers(
  options: InitOptions,
  isNew: boolean,
  kept: KeptAnswers,
  context: Context,
): Promise<Answers | undefined> {
  const { paths, output } = context;
  const dialog = options.yes ? undefined : context.dialog;
  if (options.at !== undefined) checkAddress(options.at);
  if (options.key !== undefined) checkVariable(options.key);
  const config = readConfig(paths, isNew);
  const others = isNew || config === undefined ? [] : config.agents;
  if (!isNew) output.note(`${paths.config} exists, so this adds an agent to it.`);
  if (dialog !== undefined && kept.isKept) {
    output.note("An earlier `init` was broken off. Press Enter to keep an answer in brackets.");
  }

  const directories =
    options.directory?.map(findDirectory) ??
    (dialog === undefined
      ? [makeInbox(paths.inbox)]
      : [await askForDirectory(isNew ? paths.inbox : "", kept, { ...context, dialog })]);
  for (const directory of directories) warnOfReaders(directory, others, context);
  const isInbox = directories[0] === toRealPath(paths.inbox);
  const name = options.name ?? (isInbox ? "Inbox" : path.basename(directories[0] ?? "") || "Files");
  const taken = others.map(({ id }) => id);
  const agent = { id: toAgentId(name, taken), name, directories };

  const reader = await chooseReader(options, { config, isNew }, kept, { ...context, dialog });
  return reader && { agent, reader };
}

/** The config that exists; undefined without one, or where it is replaced and cannot be read. */
function readConfig({ config }: Paths, isNew: boolean): Config | undefined {
  if (!isNew) return readSettings(readText(config));
  try {
    return readSettings(readText(config));
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    return undefined;
  }
}

/** Says which agents of the config read a directory already. */
function warnOfReaders(directory: string, agents: Config["agents"], { output }: Context): void {
  const read = agents
    .filter(({ enabled }) => enabled)
    .map(({ id, directories }) => ({
      id,
      directories: directories.map(({ path: written }) => ({
        path: toRealPath(expandHome(written, os.homedir())),
      })),
    }));
  for (const warning of describeOverlaps(directory, read)) output.note(warning);
}

async function chooseReader(
  { model: name, at, key }: InitOptions,
  { config, isNew }: Pick<Known, "config" | "isNew">,
  kept: KeptAnswers,
  context: Context,
): Promise<Reader | undefined> {
  const { dialog, output } = context;
  if (name === undefined && dialog !== undefined) {
    const offered = await tryList(context);
    return askForReader({ offered, config, isNew, key }, kept, { dialog, output });
  }
  if (name === undefined) {
    return isNew || config === undefined ? RULES_READER : configReader(config);
  }
  if (name === RULES) return RULES_READER;
  const offered = await listOffered(context);
  const found = offered.find(
    (model) => model.name === name && (at ?? model.base_url) === model.base_url,
  );
  if (found !== undefined) output.note(`${name}: ${describeModel(found)}.`);
  const reader = { ...findChosen(offered, { name, at, key }), key };
  return dialog === undefined ? reader : askConsent(reader, { config }, dialog);
}

async function listOffered(context: Context): Promise<OfferedModel[]> {
  context.output.note("Looking for model servers on this machine…");
  await using session = await openDaemon(context);
  return (await session.client.models()).items;
}

/** What can be listed: a daemon that cannot start must not keep a person from writing a config. */
async function tryList(context: Context): Promise<OfferedModel[]> {
  try {
    return await listOffered(context);
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    context.output.note(`No models can be listed. ${error.message} ${error.hint ?? ""}`);
    return [];
  }
}

function findDirectory(written: string): string {
  if (written === "") {
    throw new RunnerError("invalid_request", "Expected a directory, got nothing.", {
      hint: "Write its path.",
    });
  }
  if (written.includes("${")) {
    throw new RunnerError("invalid_request", `The path ${written} has a ${"${"}.`, {
      hint: "Write a path without it, because the config reads a variable there.",
    });
  }
  const found = toRealPath(expandHome(written, os.homedir()));
  if (!statSync(found, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RunnerError("directory_missing", `There is no directory ${found}.`, {
      hint:
        process.platform === "win32"
          ? "Create it, or correct the path."
          : `Create it with \`${shellCommand("mkdir -p", found)}\`, or correct the path.`,
    });
  }
  try {
    accessSync(found, constants.R_OK | constants.X_OK);
  } catch (error) {
    const code = systemErrorCode(error) ?? "unknown";
    throw new RunnerError(
      "directory_unreadable",
      `The directory ${found} cannot be read (${code}).`,
      {
        hint: "Allow this user to list the directory and to read its files.",
        cause: error,
      },
    );
  }
  return found;
}

function makeInbox(inbox: string): string {
  makePrivateDirectory(inbox);
  return toRealPath(inbox);
}

async function askForDirectory(
  usual: string,
  kept: KeptAnswers,
  { dialog, output, paths }: Context & { dialog: Dialog },
): Promise<string> {
  for (;;) {
    const answer = await dialog.ask("Directory to watch", kept.answers.directory ?? usual);
    try {
      const directory = answer === paths.inbox ? makeInbox(answer) : findDirectory(answer);
      kept.keep({ ...kept.answers, directory });
      return directory;
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      output.note(`${error.message} ${error.hint ?? ""}`);
    }
  }
}
