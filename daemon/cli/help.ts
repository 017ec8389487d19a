// The help of a command beyond its options, and the order of the overview.
import { type Argument, type Command, Help, type HelpConfiguration } from "commander";
import { nearestName } from "../core/nearest.ts";
import { RunnerError } from "../core/errors.ts";
import { formatFacts } from "./table.ts";
import { CALL } from "../core/call.ts";

export interface HelpNotes {
  /** What to type after the program's name, and what it does. */
  examples: readonly (readonly [args: string, does: string])[];
  /** Exit codes that mean more for this command than in the overview. */
  exits?: readonly (readonly [code: number, meaning: string])[];
  /** Anything else worth knowing, in whole sentences. */
  more?: string;
}

/** Adds notes to the help of a command. */
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

/** The overview: every command under its heading, in the order a new user needs them. */
const GROUPS = {
  "Start:": "init start stop status open doctor",
  "Read files:": "run pause resume cancel agents runs files retry verify",
  "See what it found:": "tasks notes projects search explain export",
  "Undo:": "undo forget",
  "Models and costs:": "models usage sent",
  "Settings and maintenance:": "config backup logs tray service api completion version help",
};

const PLACES = Object.entries(GROUPS).flatMap(([heading, names]) =>
  names.split(" ").map((name) => ({ heading, name })),
);

/** Sorts the overview into its groups; a command without a group comes last. */
export const OVERVIEW: HelpConfiguration = {
  visibleCommands(command) {
    const visible = new Help().visibleCommands(command);
    return command.parent ? visible : visible.toSorted((a, b) => placeOf(a) - placeOf(b));
  },
  // Without "[options]", because every command has some.
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
 * The command at the end of these names, from the program down.
 *
 * @throws invalid_request for an unknown name; the hint has the nearest known one
 */
export function findCommand(program: Command, names: readonly string[]): Command {
  return names.reduce((command, name) => {
    const found = command.commands.find((sub) => sub.name() === name);
    if (found !== undefined) return found;
    throw new RunnerError("invalid_request", `Unknown command '${name}'.`, {
      hint: suggest(command, name) ?? `List the commands with \`${CALL} help\`.`,
    });
  }, program);
}

/** `Did you mean add?`, if a subcommand of `command` has a name like this. */
export function suggest(command: Command, name: string): string | undefined {
  const near = nearestName(
    name,
    command.commands.map((sub) => sub.name()),
  );
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

/** A hint for excess arguments, which may be a mistyped subcommand. */
export function suggestFor(program: Command, args: readonly string[]): string | undefined {
  let command = program;
  for (const name of args) {
    const next = command.commands.find((sub) => sub.name() === name);
    if (next === undefined) return command === program ? undefined : suggest(command, name);
    command = next;
  }
  return undefined;
}
