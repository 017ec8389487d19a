import { Argument, type Command } from "commander";
import { toBash } from "../completion/bash.ts";
import { toFish } from "../completion/fish.ts";
import { listPlaces, type Place } from "../completion/place.ts";
import { toZsh } from "../completion/zsh.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { CALL } from "../../core/call.ts";

const SCRIPTS = { bash: toBash, zsh: toZsh, fish: toFish } satisfies Record<
  string,
  (places: readonly Place[]) => string
>;

export function registerCompletion(program: Command, context: Context): void {
  const command = program
    .command("completion")
    .summary("Print a completion script for your shell")
    .description("Print a script that completes commands, options and their values in your shell")
    .addArgument(new Argument("<shell>", "which shell").choices(Object.keys(SCRIPTS)))
    .action((shell: keyof typeof SCRIPTS) => {
      const script = SCRIPTS[shell](listPlaces(program));
      context.output.print(script, { shell, script });
    });
  explain(command, {
    more: `The script completes the word agent-runner. In a clone, define it first:
  alias agent-runner='${CALL}'`,
    examples: [
      [
        "completion bash > ~/.agent-runner.bash",
        "then add `source ~/.agent-runner.bash` to ~/.bashrc",
      ],
      ["completion zsh > ~/.zfunc/_agent-runner", "if ~/.zfunc is in $fpath before compinit"],
      ["completion fish > ~/.config/fish/completions/agent-runner.fish", "nothing else to do"],
    ],
  });
}
