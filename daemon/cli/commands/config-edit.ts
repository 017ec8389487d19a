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
    .description("Open config.yaml in $VISUAL or $EDITOR; the edit is saved only if it is valid")
    .action(() => editConfig(context));
  explain(edit, {
    examples: [
      ["config edit", "in $VISUAL, else $EDITOR, else vi"],
      ["config edit --json", "and print as JSON whether it changed"],
    ],
  });
}

async function editConfig(context: Context): Promise<void> {
  const { paths, output } = context;
  refuseWithoutTerminal(context);
  const before = readText(paths.config);
  // Only this user may read it, because it may hold keys. Editors recognise it by its extension.
  const directory = mkdtempSync(path.join(os.tmpdir(), "agent-runner-"));
  const draft = path.join(directory, path.basename(paths.config));
  try {
    writeFileSync(draft, before, { mode: 0o600 });
    do await openEditor(draft, context);
    while (await wantsAgain(draft, context));
    const after = readText(draft);
    // Compare again, because an editor may be open for days.
    if (readText(paths.config) !== before) throw changedMeanwhile(paths.config);
    if (after !== before) replaceFile(paths.config, after);
    output.show({ config: paths.config, changed: after !== before }, ({ config, changed }) => [
      changed
        ? `${config} is valid and saved. A running daemon applies it at once.`
        : `${config} is unchanged.`,
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whether to edit an invalid draft again. @throws what is wrong with it, if not */
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
    throw new RunnerError(error.code, `${paths.config} is unchanged: ${error.message}`, {
      hint: "Edit it again; this edit was not saved.",
      data: error.data,
    });
  }
}

/** Whether a person agrees; the end of the input means no. */
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

/** $VISUAL and $EDITOR may be scripts; vi needs a terminal. */
function refuseWithoutTerminal({ env, paths }: Context): void {
  const needsTerminal = process.platform !== "win32" && !env["VISUAL"] && !env["EDITOR"];
  if (!needsTerminal || (process.stdin.isTTY && process.stdout.isTTY)) return;
  throw new RunnerError("invalid_request", "This opens an editor, and there is no terminal.", {
    hint: `Edit ${paths.config} yourself, then run \`${CALL} config check\`.`,
  });
}

/** Opens a file in the user's editor and waits until the editor ends. */
async function openEditor(file: string, { env }: Context): Promise<void> {
  const isWindows = process.platform === "win32";
  const editor = env["VISUAL"] || env["EDITOR"] || (isWindows ? "notepad" : "vi");
  // With a shell, like git and cron, because the variable may hold arguments.
  const child = isWindows
    ? spawn(`${editor} "${file}"`, { shell: true, stdio: "inherit" })
    : spawn("/bin/sh", ["-c", `${editor} "$1"`, "sh", file], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code === 0) return;
  throw new RunnerError(
    "editor_failed",
    `The editor ${JSON.stringify(editor)} ended with ${code ?? "a signal"}.`,
    {
      hint: "Set VISUAL or EDITOR to an editor that is installed; nothing was changed.",
    },
  );
}

function changedMeanwhile(config: string): RunnerError {
  return new RunnerError("config_changed", `${config} was changed while you edited it.`, {
    hint: `Run \`${CALL} config edit\` again; this edit was not saved.`,
  });
}
