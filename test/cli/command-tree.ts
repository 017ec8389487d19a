import type { Command } from "commander";
import { createProgram } from "../../daemon/cli/program.ts";
import { captureOutput } from "./captured-output.ts";
import { testContext } from "./run-in-process.ts";

export interface NamedCommand {
  /** `tasks add`; empty for the program. */
  name: string;
  command: Command;
}

/** The program and every command of it that is shown. */
export function listCommands(): NamedCommand[] {
  const program = createProgram(
    testContext({ path: "/nowhere" }, captureOutput().output),
    () => {},
  );
  const below = (command: Command, name: string): NamedCommand[] => [
    { name, command },
    ...command.commands.flatMap((sub) => below(sub, `${name} ${sub.name()}`.trim())),
  ];
  return below(program, "");
}

/** Their help as it is printed, and what follows `Examples:` in it, each as its arguments. */
export async function readHelp(
  name: string,
  run: (args: string[]) => Promise<{ stdout: string }>,
): Promise<{ text: string; examples: string[][] }> {
  const { stdout: text } = await run([...(name === "" ? [] : name.split(" ")), "--help"]);
  const [, section = ""] = text.split("\nExamples:\n");
  const examples = [...section.matchAll(/^ {2}npx --no agent-runner(.*)$/gmu)].map(
    ([, line = ""]) =>
      [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/gu)].map(
        ([, double, single, bare]) => double ?? single ?? bare ?? "",
      ),
  );
  return { text, examples };
}
