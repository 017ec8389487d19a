import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { replaceFile } from "../../config/config-file.ts";
import { readConfig, readText } from "../../config/load.ts";
import { RunnerError, toRunnerError } from "../../core/errors.ts";
import { TOOL_NAMES } from "../../protocol/tool.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { CALL } from "../../core/call.ts";

/** Adds `edit` to the command `config`. */
export function registerConfigEdit(config: Command, context: Context): void {
  const edit = config
    .command("edit")
    .summary("Open config.yaml in an editor")
    .description("Open config.yaml in $VISUAL or $EDITOR; it is put in place only if it is valid")
    .action(() => editConfig(context));
  explain(edit, {
    examples: [
      ["config edit", "in the editor that VISUAL or EDITOR names, else vi"],
      ["config edit --json", "and say as JSON whether it was changed"],
    ],
  });
}

async function editConfig(context: Context): Promise<void> {
  const { paths, output } = context;
  refuseWithoutTerminal(context);
  const before = readText(paths.config);
  // Nobody else may read it: keys may stand in it. Editors know by the ending what it is.
  const directory = mkdtempSync(path.join(os.tmpdir(), "agent-runner-"));
  const draft = path.join(directory, path.basename(paths.config));
  try {
    writeFileSync(draft, before, { mode: 0o600 });
    do await openEditor(draft, context);
    while (await wantsAgain(draft, context));
    const after = readText(draft);
    // Once more, since an editor may be open for days.
    if (readText(paths.config) !== before) throw changedMeanwhile(paths.config);
    if (after !== before) replaceFile(paths.config, after);
    output.show({ config: paths.config, changed: after !== before }, ({ config, changed }) => [
      changed
        ? `${config} is valid and in place. A running daemon takes it up by itself.`
        : `${config} was left as it is.`,
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whether the draft is not valid and shall be edited again. @throws what is wrong, where it shall not */
async function wantsAgain(draft: string, context: Context): Promise<boolean> {
  const { paths, env, output, signal } = context;
  const options = { userHome: os.homedir(), tools: TOOL_NAMES };
  try {
    readConfig({ config: draft, secrets: paths.secrets }, env, options);
    return false;
  } catch (thrown) {
    const error = toRunnerError(thrown);
    output.note(error.message);
    if (await confirm("Edit it again? [Y/n] ", signal)) return true;
    throw new RunnerError(error.code, `${paths.config} was left as it is: ${error.message}`, {
      hint: "Nothing of the edit was kept.",
      data: error.data,
    });
  }
}

/** Whether a person agrees; at the end of the input nobody does. */
async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const asked = terminal.question(question, { signal });
    const closed = once(terminal, "close").then(() => "no");
    return /^\s*(y|yes)?\s*$/i.test(await Promise.race([asked, closed]));
  } finally {
    terminal.close();
  }
}

/** The editor of one's own may be a script; the usual one fills a pipe with what only a terminal understands. */
function refuseWithoutTerminal({ env, paths }: Context): void {
  const needsTerminal = process.platform !== "win32" && !env["VISUAL"] && !env["EDITOR"];
  if (!needsTerminal || (process.stdin.isTTY && process.stdout.isTTY)) return;
  throw new RunnerError("invalid_request", "this opens an editor, and there is no terminal", {
    hint: `Edit ${paths.config} yourself, and see with \`${CALL} config check\` whether it is valid.`,
  });
}

/** Opens a file in the editor that the environment names and waits for its end. */
async function openEditor(file: string, { env }: Context): Promise<void> {
  const isWindows = process.platform === "win32";
  const editor = env["VISUAL"] || env["EDITOR"] || (isWindows ? "notepad" : "vi");
  // By a shell, as git and cron do: the variable may hold arguments.
  const child = isWindows
    ? spawn(`${editor} "${file}"`, { shell: true, stdio: "inherit" })
    : spawn("/bin/sh", ["-c", `${editor} "$1"`, "sh", file], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code === 0) return;
  throw new RunnerError("editor_failed", `${editor} ended with ${code ?? "a signal"}`, {
    hint: "Nothing was changed. Set VISUAL or EDITOR to an editor that is installed.",
  });
}

function changedMeanwhile(config: string): RunnerError {
  return new RunnerError("config_changed", `${config} was changed by someone else meanwhile`, {
    hint: `It was left as it is. Run \`${CALL} config edit\` again.`,
  });
}
