import type { Command } from "commander";
import type { Context } from "../context.ts";
import { explain, findCommand } from "../help.ts";

export function registerHelp(program: Command, _context: Context): void {
  const help = program
    .command("help")
    .description("Explain a command, or list all commands")
    .argument("[command...]", "its name, such as run or tasks add")
    .action((names: string[]) => findCommand(program, names).help());
  explain(help, {
    examples: [
      ["help", "every command"],
      ["help run", "what `run --help` shows"],
      ["help tasks add", "a subcommand"],
    ],
  });
}
