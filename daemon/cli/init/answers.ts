import { accessSync, constants, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { readText } from "../../config/load.ts";
import { readAgents } from "../../config/new-agent.ts";
import { toAgentId } from "../../core/agent-id.ts";
import { expandHome } from "../../config/resolve.ts";
import { RunnerError, systemErrorCode } from "../../core/errors.ts";
import { makePrivateDirectory } from "../../core/private-directory.ts";
import { RULES } from "../../protocol/agent.ts";
import type { OfferedModel } from "../../protocol/api.ts";
import type { Context } from "../context.ts";
import { openDaemon } from "../daemon-session.ts";
import { toRealPath } from "../file-target.ts";
import { describeOverlaps } from "../overlap.ts";
import {
  askForModel,
  type Chosen,
  describeModel,
  findChosen,
  RULES_CHOSEN,
} from "../model-choice.ts";
import { shellCommand } from "../../core/shell-command.ts";

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
  /** undefined: the config's model. */
  chosen: Chosen | undefined;
}

/**
 * Takes the answers from the options and asks for the rest; undefined if the person finally says no.
 *
 * @param isNew whether this writes a whole config
 * @throws directory_missing, directory_unreadable, invalid_request, config_invalid
 */
export async function collectAnswers(
  options: InitOptions,
  isNew: boolean,
  context: Context,
): Promise<Answers | undefined> {
  const { paths, output } = context;
  const dialog = options.yes ? undefined : context.dialog;
  const others = isNew ? [] : readAgents(readText(paths.config));
  const taken = others.map(({ id }) => id);
  if (!isNew) output.note(`${paths.config} exists, so this adds an agent to it.`);

  const directories =
    options.directory?.map(findDirectory) ??
    (dialog === undefined
      ? [makeInbox(paths.inbox)]
      : [await askForDirectory(isNew ? paths.inbox : "", context)]);
  for (const directory of directories) warnOfReaders(directory, others, context);
  const isInbox = directories[0] === toRealPath(paths.inbox);
  const usual = isInbox ? "Inbox" : path.basename(directories[0] ?? "") || "Files";
  const name = options.name ?? (await dialog?.ask("Name of the agent", usual)) ?? usual;
  const agent = { id: toAgentId(name, taken), name, directories };

  const chosen = await chooseModel(options, isNew, { ...context, dialog });
  if (dialog === undefined) return { agent, chosen };
  const answer = await dialog.ask(`Write this to ${paths.config}`, "yes");
  return /^y(es)?$/iu.test(answer) ? { agent, chosen } : undefined;
}

/** Says which agents of the config read a directory already. */
function warnOfReaders(
  directory: string,
  agents: ReturnType<typeof readAgents>,
  { output }: Context,
): void {
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

async function chooseModel(
  { model: name, at, key }: InitOptions,
  isNew: boolean,
  context: Context,
): Promise<Chosen | undefined> {
  const { dialog, output } = context;
  if (name === undefined && dialog === undefined) return isNew ? RULES_CHOSEN : undefined;
  if (name !== undefined) {
    if (name === RULES) return RULES_CHOSEN;
    const offered = await listOffered(context);
    const found = offered.find(
      (model) => model.name === name && (at ?? model.base_url) === model.base_url,
    );
    if (found !== undefined) output.note(`${name}: ${describeModel(found)}.`);
    return findChosen(offered, { name, at, key });
  }
  if (dialog === undefined) return undefined;
  const usesDefault = !isNew && /^y/iu.test(await dialog.ask("Use the config's model", "yes"));
  if (usesDefault) return undefined;
  return askForModel(await listOffered(context), dialog, output);
}

async function listOffered(context: Context): Promise<OfferedModel[]> {
  context.output.note("Looking for model servers on this machine…");
  await using session = await openDaemon(context);
  return (await session.client.models()).items;
}

function findDirectory(written: string): string {
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

async function askForDirectory(usual: string, context: Context): Promise<string> {
  const { dialog, output, paths } = context;
  for (;;) {
    const answer = (await dialog?.ask("Directory to watch", usual)) ?? usual;
    if (answer === "") continue;
    if (answer === paths.inbox) return makeInbox(paths.inbox);
    try {
      return findDirectory(answer);
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      output.note(`${error.message} ${error.hint ?? ""}`);
    }
  }
}
