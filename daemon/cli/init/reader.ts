// Asks what reads the files of a new agent. It shows what was found on this machine and in the config, where each runs
// and what it costs. A remote one needs a yes of its own.
import { checkModel } from "../../config/check.ts";
import type { ModelChoice } from "../../config/edit.ts";
import type { Config } from "../../config/schema.ts";
import { isLoopback, originOf } from "../../core/endpoint.ts";
import { RunnerError } from "../../core/errors.ts";
import { LASTING_MODEL, RULES } from "../../protocol/agent.ts";
import type { OfferedModel } from "../../protocol/api.ts";
import type { Dialog } from "../dialog.ts";
import { formatModel } from "../format.ts";
import { checkAddress, describeModel, isRemote } from "../model-choice.ts";
import type { Output } from "../output.ts";
import { chooseVariable, variableOf } from "./key-variable.ts";
import type { KeptAnswers } from "./kept-answers.ts";

/** What reads the files of a new agent. */
export interface Reader {
  /** undefined: the config's model. */
  choice: ModelChoice | undefined;
  /** Whether the text of files goes to another machine. */
  is_remote: boolean;
  /** The variable that holds its API key; undefined: it needs none, or the config has the key itself. */
  key: string | undefined;
  /** The only host that may have the files; left out: as the config says. */
  host?: string;
}

export const RULES_READER: Reader = { choice: RULES, is_remote: false, key: undefined };

/** What is known before the question. */
export interface Known {
  offered: readonly OfferedModel[];
  /** The config that exists; undefined: none, or one that cannot be read. */
  config: Config | undefined;
  /** Whether the agent gets a config of its own instead. */
  isNew: boolean;
  /** The variable for the key of a remote endpoint; undefined: the usual one. */
  key: string | undefined;
}

interface Entry {
  /** As in the kept answers. */
  answer: { reader: string; model?: string };
  text: string;
  reader: Reader;
}

const CONFIG = "config";
const ANY_ENDPOINT = "https://api.openai.com/v1";

/** The reader that uses the model of the config. */
export function configReader({ model }: Config, offered: readonly OfferedModel[] = []): Reader {
  if (model.provider === RULES) return { ...RULES_READER, choice: undefined };
  const { base_url, name } = model;
  const found = offered.find((one) => one.base_url === base_url && one.name === name);
  return { choice: undefined, is_remote: isRemote(found ?? model), key: variableOf(model) };
}

export async function askForReader(
  known: Known,
  kept: KeptAnswers,
  { dialog, output }: { dialog: Dialog; output: Output },
): Promise<Reader> {
  const entries = listEntries(known);
  output.note("\nWhat should read your files?");
  for (const [index, { text }] of entries.entries()) output.note(`  ${index + 1}  ${text}`);
  output.note(`  or type the address of another endpoint, such as ${ANY_ENDPOINT}`);
  for (;;) {
    const answer = await dialog.ask("Number or address", usualAnswer(entries, kept.answers));
    const entry = /^\d+$/u.test(answer) ? entries[Number(answer) - 1] : undefined;
    try {
      if (entry === undefined) checkAnswer(answer, entries.length);
      keep(kept, entry?.answer ?? { reader: answer });
      const reader = entry?.reader ?? (await askForModel(answer, known, kept, { dialog, output }));
      const agreed = await askConsent(reader, known, dialog);
      if (agreed !== undefined) return agreed;
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      output.note(`${error.message} ${error.hint ?? ""}`);
    }
  }
}

/**
 * Asks whether what the agent reads may go to another machine, and if so whether only there. Not asked for a reader that
 * sends nothing. Undefined if the person says no.
 */
export async function askConsent(
  reader: Reader,
  { config }: Pick<Known, "config">,
  dialog: Dialog,
): Promise<Reader | undefined> {
  const { choice, is_remote } = reader;
  if (!is_remote) return reader;
  const base_url =
    choice === undefined || choice === RULES ? config?.model.base_url : choice.base_url;
  const url = URL.parse(base_url ?? "");
  const host = url === null || isLoopback(url.href) ? undefined : url.host;
  const question = `The text of all files of this agent goes to ${host ?? "another machine"}. Agree`;
  const words =
    host === undefined ? "" : " (yes = only there, any = also to models you choose later)";
  const answer = await dialog.ask(question + words, "no");
  if (/^any$/iu.test(answer)) return reader;
  if (!/^y(es)?$/iu.test(answer)) return undefined;
  return host === undefined ? reader : { ...reader, host };
}

function listEntries({ offered, config, isNew, key }: Known): Entry[] {
  const ofConfig: Entry[] =
    isNew || config === undefined
      ? []
      : [
          {
            answer: { reader: CONFIG },
            text: `the config's model: ${formatModel(config.model)}`,
            reader: configReader(config, offered),
          },
        ];
  return [
    ...ofConfig,
    {
      answer: { reader: RULES },
      text: "built-in rules: not a language model; free, and nothing leaves this machine",
      reader: RULES_READER,
    },
    ...offered.map((model) => ({
      answer: { reader: model.base_url, model: model.name },
      text: `${model.name} at ${model.base_url}: ${describeModel(model)}`,
      reader: toReader(model, { config, isNew, key }),
    })),
  ];
}

/** The number or address of the kept answer; else the first entry. */
function usualAnswer(entries: readonly Entry[], { reader, model }: KeptAnswers["answers"]): string {
  const index = entries.findIndex(
    ({ answer }) => answer.reader === reader && answer.model === model,
  );
  if (index >= 0) return String(index + 1);
  return reader !== undefined && originOf(reader) !== undefined ? reader : "1";
}

function keep(kept: KeptAnswers, answer: Entry["answer"]): void {
  const { directory, reader, model } = kept.answers;
  // The name of the model was an answer to the same endpoint.
  const same = answer.reader === reader && model !== undefined ? { model } : {};
  kept.keep({ ...(directory === undefined ? {} : { directory }), ...same, ...answer });
}

/** @throws {RunnerError} invalid_request */
function checkAnswer(answer: string, entries: number): void {
  if (!/^\d+$/u.test(answer)) checkAddress(answer);
  else {
    throw new RunnerError("invalid_request", `There is no number ${answer}.`, {
      hint: `Type a number from 1 to ${entries}, or an address.`,
    });
  }
}

async function askForModel(
  base_url: string,
  known: Known,
  kept: KeptAnswers,
  { dialog, output }: { dialog: Dialog; output: Output },
): Promise<Reader> {
  const usual = kept.answers.model ?? (base_url === ANY_ENDPOINT ? LASTING_MODEL : "");
  for (;;) {
    const name = await dialog.ask(`Name of the model at ${base_url}`, usual);
    if (name === "" || checkModel({ name }).length > 0) {
      output.note("Type the name of a model as its endpoint lists it, without variables.");
      continue;
    }
    kept.keep({ ...kept.answers, model: name });
    return toReader({ base_url, name }, known);
  }
}

function toReader(
  model: { base_url: string; name: string; is_cloud?: boolean },
  { config, isNew, key }: Omit<Known, "offered">,
): Reader {
  const { base_url, name } = model;
  const is_remote = isRemote(model);
  const isOfConfig = !isNew && originOf(config?.model.base_url ?? "") === originOf(base_url);
  if (config !== undefined && isOfConfig && key === undefined) {
    // With the key that the config has for it.
    return { choice: { base_url, name }, is_remote, key: variableOf(config.model) };
  }
  const sections = config === undefined ? [] : [config.model, ...config.agents.flatMap(ownModel)];
  const variable = key ?? chooseVariable(base_url, sections);
  const api_key = variable === undefined ? null : `\${${variable}}`;
  return { choice: { base_url, name, api_key }, is_remote, key: variable };
}

function ownModel({ model }: Config["agents"][number]): NonNullable<typeof model>[] {
  return model === null ? [] : [model];
}
