// The command tree as the completion scripts need it.
import type { Command, Option } from "commander";
import { Help } from "commander";

/** What may follow some words: after `agent-runner tasks add` the place is `/tasks/add`. */
export interface Place {
  place: string;
  commands: readonly { name: string; purpose: string }[];
  options: readonly CompletedOption[];
  /** The words that an argument accepts. */
  words: readonly string[];
  /** Whether an argument is a file or directory. */
  takesPath: boolean;
}

export interface CompletedOption {
  /** With its hyphens. */
  flag: string;
  purpose: string;
  takes: "nothing" | "path" | "words" | "text";
  words: readonly string[];
}

/** Every place of the command tree, from the top down. */
export function listPlaces(command: Command, place = ""): Place[] {
  const help = new Help();
  const commands = help.visibleCommands(command);
  const args = help.visibleArguments(command);
  const shared = command.parent ? sharedOptions(command) : [];
  const here: Place = {
    place,
    commands: commands.map((sub) => ({
      name: sub.name(),
      purpose: sub.summary() || sub.description(),
    })),
    options: [...help.visibleOptions(command), ...shared].map(toOption),
    words: args.flatMap((argument) =>
      argument.name() === "command" ? topNames(command) : (argument.argChoices ?? []),
    ),
    takesPath: args.some((argument) => isPath(argument.name())),
  };
  return [here, ...commands.flatMap((sub) => listPlaces(sub, `${place}/${sub.name()}`))];
}

/** The commands that `help` accepts. */
function topNames(command: Command): string[] {
  if (command.parent) return topNames(command.parent);
  return new Help().visibleCommands(command).map((sub) => sub.name());
}

/** `--json`, which every command takes. */
function sharedOptions(command: Command): Option[] {
  return command.parent
    ? sharedOptions(command.parent)
    : command.options.filter((option) => option.long === "--json");
}

function toOption(option: Option): CompletedOption {
  const words = option.argChoices ?? [];
  const isFlag = !option.required && !option.optional;
  const takesValue = words.length > 0 ? "words" : isPath(option.flags) ? "path" : "text";
  return {
    flag: option.long ?? option.flags,
    purpose: option.description,
    takes: isFlag ? "nothing" : takesValue,
    words,
  };
}

/** Whether an argument of this name is a path: `path`, `dir`, `file`, also in flags such as `--directory <dir>`. */
function isPath(name: string): boolean {
  return /(^|<|\[)(path|dir|file)(\.\.\.)?(>|\]|$)/u.test(name);
}
