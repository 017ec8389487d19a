// What stands in the help of a command beside its options, and the order of the overview.
import { type Argument, type Command, Help, type HelpConfiguration } from "commander";
import { nearestName } from "../core/nearest.ts";
import { RunnerError } from "../core/errors.ts";
import { formatFacts } from "./table.ts";
import { CALL } from "../core/call.ts";

/** How the program is called in a clone. */

export interface HelpNotes {
  /** What to type after the program's name, and what that does. */
  examples: readonly (readonly [args: string, does: string])[];
  /** Exit codes that mean more here than in the overview. */
  exits?: readonly (readonly [code: number, meaning: string])[];
  /** What else there is to know, in whole sentences. */
  more?: string;
}

/** Adds examples, and what else there is to know, to the help of a command. */
export function explain(command: Command, { examples, exits = [], more }: HelpNotes): Command {
  return command.addHelpText(
    "after",
    [
      ...(more === undefined ? [] : ["", more]),
      "",
      "Examples:",
      ...examples.flatMap(([args, does]) => [`  ${CALL} ${args}`, `      ${does}`]),
      ...(exits.length === 0 ? [] : ["", "Exit codes:"]),
      ...formatFacts(exits.map(([code, meaning]) => [`  ${code}`, meaning])),
    ].join("\n"),
  );
}

/** The overview: every command in its place, in the order in which a person meets them. */
const GROUPS = {
  "Begin:": "init start stop status open doctor",
  "Read files:": "run pause resume cancel agents runs files retry verify",
  "What was found:": "tasks notes projects search explain export",
  "Take back:": "undo forget",
  "Models and what they cost:": "models usage",
  "Settings and upkeep:": "config backup logs tray service api completion version help",
};

const PLACES = Object.entries(GROUPS).flatMap(([heading, names]) =>
  names.split(" ").map((name) => ({ heading, name })),
);

/** Sorts the overview into its groups; a command that has no place there comes last. */
export const OVERVIEW: HelpConfiguration = {
  visibleCommands(command) {
    const visible = new Help().visibleCommands(command);
    return command.parent ? visible : visible.toSorted((a, b) => placeOf(a) - placeOf(b));
  },
  // Without "[options]", which all of them have.
  subcommandTerm: (command) =>
    [command.name(), ...new Help().visibleArguments(command).map(usageOf)].join(" "),
  groupItems: (_all, visible, groupOf) => Map.groupBy(visible, groupOf),
};

/** Puts a command of the program under its heading. */
export function assignGroup(command: Command): void {
  const place = PLACES[placeOf(command)];
  if (place !== undefined) command.helpGroup(place.heading);
}

function placeOf(command: Command): number {
  const place = PLACES.findIndex(({ name }) => name === command.name());
  return place === -1 ? PLACES.length : place;
}

function usageOf(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? "..." : "");
  return argument.required ? `<${name}>` : `[${name}]`;
}

/**
 * The command that these names lead to, from the program down.
 *
 * @throws invalid_request for a name that is none, with the nearest that is
 */
export function findCommand(program: Command, names: readonly string[]): Command {
  return names.reduce((command, name) => {
    const found = command.commands.find((sub) => sub.name() === name);
    if (found !== undefined) return found;
    throw new RunnerError("invalid_request", `unknown command '${name}'`, {
      hint: suggest(command, name) ?? `\`${CALL} help\` lists them.`,
    });
  }, program);
}

/** `Did you mean add?`, where a command below `command` is near to `name`. */
export function suggest(command: Command, name: string): string | undefined {
  const near = nearestName(
    name,
    command.commands.map((sub) => sub.name()),
  );
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

/** A hint for arguments that a command has no place for: they may be a mistyped command below it. */
export function suggestFor(program: Command, args: readonly string[]): string | undefined {
  let command = program;
  for (const name of args) {
    const next = command.commands.find((sub) => sub.name() === name);
    if (next === undefined) return command === program ? undefined : suggest(command, name);
    command = next;
  }
  return undefined;
}
