// The command line as a function: arguments in, exit code out. Each command is one file of commands/ that
// parses, calls the client and shows the answer; only `start` opens the daemon's own rooms. No command but
// `start`, `models --use` and `config edit` writes a config, and none touches a file of the user's. A crash
// costs nothing but the answer: what was asked for goes on in the daemon.
import { Command, CommanderError, Option } from "commander";
import { isAbort, RunnerError } from "../core/errors.ts";
import { registerAgents } from "./commands/agents.ts";
import { registerBackup } from "./commands/backup.ts";
import { registerCancel } from "./commands/cancel.ts";
import { registerConfigEdit } from "./commands/config-edit.ts";
import { registerExplain } from "./commands/explain.ts";
import { registerFiles } from "./commands/files.ts";
import { registerLogs } from "./commands/logs.ts";
import { registerForget } from "./commands/forget.ts";
import { registerModels } from "./commands/models.ts";
import { registerNotes } from "./commands/notes.ts";
import { registerPause, registerResume } from "./commands/pause.ts";
import { registerProjects } from "./commands/projects.ts";
import { registerRetry } from "./commands/retry.ts";
import { registerRun } from "./commands/run.ts";
import { registerRuns } from "./commands/runs.ts";
import { registerSearch } from "./commands/search.ts";
import { registerStart } from "./commands/start.ts";
import { registerStatus } from "./commands/status.ts";
import { registerStop } from "./commands/stop.ts";
import { registerTasks } from "./commands/tasks.ts";
import { registerUsage } from "./commands/usage.ts";
import { registerUndo } from "./commands/undo.ts";
import { registerVerify } from "./commands/verify.ts";
import type { Context } from "./context.ts";

const COMMANDS = [
  registerStart,
  registerStop,
  registerStatus,
  registerRun,
  registerPause,
  registerResume,
  registerCancel,
  registerAgents,
  registerRuns,
  registerFiles,
  registerRetry,
  registerUndo,
  registerExplain,
  registerForget,
  registerVerify,
  registerBackup,
  registerTasks,
  registerNotes,
  registerProjects,
  registerSearch,
  registerUsage,
  registerModels,
  registerConfigEdit,
  registerLogs,
];

const INTERRUPTED = 130;

/** Runs one command. Errors are shown, not thrown: what comes back is the exit code. */
export async function runProgram(args: readonly string[], context: Context): Promise<number> {
  const json = new Option("--json", "print one JSON document");
  const program = new Command("agent-runner")
    .description("Reads your files and keeps your notes, tasks and projects up to date.")
    .version(context.version)
    .addOption(json)
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions: (command) => (command.parent ? [json] : []),
    })
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  for (const register of COMMANDS) register(program, context);

  try {
    await program.parseAsync(args, { from: "user" });
    return context.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    if (isAbort(thrown) && context.signal.aborted) return INTERRUPTED;
    const error = toShownError(thrown, context);
    context.output.fail(error);
    return error.exit;
  }
}

function toShownError(thrown: unknown, context: Context): RunnerError {
  if (thrown instanceof RunnerError) return thrown;
  if (thrown instanceof CommanderError) return toUsageError(thrown);
  // No log has this one: it happened here.
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  context.output.note(error.stack ?? error.message);
  return new RunnerError("internal", error.message, {
    hint: "This is a fault of Agent Runner: please report it with the lines above.",
    cause: error,
  });
}

/** What commander says about the arguments; a suggestion stands on a second line. */
function toUsageError(error: CommanderError): RunnerError {
  if (error.code === "commander.help") {
    return new RunnerError("invalid_request", "expected a command");
  }
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  return new RunnerError("invalid_request", message, {
    hint: suggestion ?? "Add --help to see what the command takes.",
    cause: error,
  });
}

/** Whether JSON is asked for; known before the arguments are parsed, so that errors in them are JSON too. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? args.length : end).includes("--json");
}
