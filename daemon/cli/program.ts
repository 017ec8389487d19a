// The command line as a function: arguments in, exit code out. Each command is one file in commands/ that parses,
// calls the client and shows the answer; only `start` opens the daemon's own rooms. Only `start`, `init`,
// `models --use` and `config edit` write a config, and no command changes a file of the user. A crash costs only
// the answer, because the daemon continues the work.
import { Command, CommanderError, Option } from "commander";
import { isAbort, RunnerError } from "../core/errors.ts";
import { secureHome } from "../core/safe-home.ts";
import { registerAgents } from "./commands/agents.ts";
import { registerBackup } from "./commands/backup.ts";
import { registerApi } from "./commands/api.ts";
import { registerCancel } from "./commands/cancel.ts";
import { registerConfig } from "./commands/config.ts";
import { registerExplain } from "./commands/explain.ts";
import { registerCompletion } from "./commands/completion.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerExport } from "./commands/export.ts";
import { registerFiles } from "./commands/files.ts";
import { registerLogs } from "./commands/logs.ts";
import { registerForget } from "./commands/forget.ts";
import { registerHelp } from "./commands/help.ts";
import { registerInit } from "./commands/init.ts";
import { registerModels } from "./commands/models.ts";
import { registerNotes } from "./commands/notes.ts";
import { registerOpen } from "./commands/open.ts";
import { registerPause, registerResume } from "./commands/pause.ts";
import { registerProjects } from "./commands/projects.ts";
import { registerRetry } from "./commands/retry.ts";
import { registerRun } from "./commands/run.ts";
import { registerRuns } from "./commands/runs.ts";
import { registerSearch } from "./commands/search.ts";
import { registerService } from "./commands/service.ts";
import { registerStart } from "./commands/start.ts";
import { registerStatus } from "./commands/status.ts";
import { registerStop } from "./commands/stop.ts";
import { registerTasks } from "./commands/tasks.ts";
import { registerSent } from "./commands/sent.ts";
import { registerUsage } from "./commands/usage.ts";
import { registerUndo } from "./commands/undo.ts";
import { registerTray } from "./commands/tray.ts";
import { registerVersion } from "./commands/version.ts";
import { registerVerify } from "./commands/verify.ts";
import type { Context } from "./context.ts";
import { showOverview } from "./overview.ts";
import { assignGroup, explain, type HelpNotes, OVERVIEW, suggestFor } from "./help.ts";
import { CALL } from "../core/call.ts";

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
  registerSent,
  registerModels,
  registerConfig,
  registerLogs,
  registerExport,
  registerInit,
  registerDoctor,
  registerOpen,
  registerCompletion,
  registerHelp,
  registerApi,
  registerTray,
  registerService,
  registerVersion,
];

// `doctor` reports an unsafe home among its findings.
const NEEDS_NO_HOME: ReadonlySet<string> = new Set(["doctor", "help", "completion", "version"]);

function topOf(command: Command): Command {
  const { parent } = command;
  return parent === null || parent.parent === null ? command : topOf(parent);
}

const INTERRUPTED = 130;

/** Runs one command and returns its exit code. Errors are shown, not thrown. */
export async function runProgram(args: readonly string[], context: Context): Promise<number> {
  let written = "";
  const program = createProgram(context, (text) => (written += text));
  try {
    if (args.every((arg) => arg === "--json")) {
      secureHome(context.paths);
      await showOverview(context);
      return 0;
    }
    await program.parseAsync(args, { from: "user" });
    return context.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) {
      const isVersion = thrown.code === "commander.version";
      context.output.print(written, isVersion ? { version: context.version } : { help: written });
      return 0;
    }
    if (isAbort(thrown) && context.signal.aborted) return INTERRUPTED;
    const error = toShownError(thrown, context, suggestFor(program, args));
    if (isHelp(thrown)) context.output.note(written);
    context.output.fail(error);
    return error.exit;
  }
}

/**
 * The program with all its commands.
 *
 * @param write receives the text of the help and of the version
 */
export function createProgram(context: Context, write: (text: string) => void): Command {
  const json = new Option("--json", "print one JSON document");
  const program = new Command("agent-runner")
    .description("Reads your files and keeps your notes, tasks and projects up to date.")
    .version(context.version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .addOption(json)
    .configureHelp({
      ...OVERVIEW,
      showGlobalOptions: true,
      visibleGlobalOptions: (command) => (command.parent ? [json] : []),
    })
    .configureOutput({ writeOut: write, writeErr: write, outputError: () => {} })
    .exitOverride();
  program.hook("preAction", (_, command) => {
    if (!NEEDS_NO_HOME.has(topOf(command).name())) secureHome(context.paths);
  });
  for (const register of COMMANDS) register(program, context);
  for (const command of program.commands) assignGroup(command);
  return explain(program, OVERVIEW_NOTES);
}

const OVERVIEW_NOTES: HelpNotes = {
  more: `Run \`${CALL} help COMMAND\` for details. Write options after the command.`,
  examples: [
    ["start", "read your files, and again when they change"],
    ["tasks", "see the tasks it found"],
    ["run --directory ~/Documents/Notes", "read one directory, without a config or a daemon"],
  ],
  exits: [
    [0, "done"],
    [1, "failed"],
    [2, "usage or config error, or port in use"],
    [3, "a run ended as partial or error"],
    [4, "no daemon, or another one holds the home"],
    [130, "interrupted"],
  ],
};

/** Whether commander showed the help because a command was missing. */
function isHelp(thrown: unknown): boolean {
  return thrown instanceof CommanderError && thrown.code === "commander.help";
}

function toShownError(thrown: unknown, context: Context, suggestion?: string): RunnerError {
  if (thrown instanceof RunnerError) return thrown;
  if (thrown instanceof CommanderError) return toUsageError(thrown, suggestion);
  // No log has this error, because it happened here.
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  context.output.note(error.stack ?? error.message);
  return new RunnerError("internal", error.message, {
    hint: "Report this fault of Agent Runner, with the lines above.",
    cause: error,
  });
}

/** What commander says about the arguments, as one sentence; its own suggestion is on a second line. */
function toUsageError(error: CommanderError, suggestion?: string): RunnerError {
  if (isHelp(error)) {
    return new RunnerError("invalid_request", "Expected a command.", {
      hint: "Choose one of the commands above.",
    });
  }
  const [words = "", near] = error.message.replace(/^error: /, "").split("\n");
  const meant = near?.replace(/^\((.*)\)$/u, "$1");
  const isExcess = error.code === "commander.excessArguments";
  return new RunnerError("invalid_request", toSentence(words), {
    hint:
      meant ?? (isExcess ? suggestion : undefined) ?? "Add --help to see what the command takes.",
    cause: error,
  });
}

/** `too many arguments. Expected 1` as `Too many arguments: expected 1.` */
function toSentence(words: string): string {
  const joined = words.replace(/\. ([A-Z])/gu, (_, letter: string) => `: ${letter.toLowerCase()}`);
  return `${joined.charAt(0).toUpperCase()}${joined.slice(1).replace(/\.$/u, "")}.`;
}

/** Whether --json is given; known before the arguments are parsed, so that errors in them are JSON too. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? args.length : end).includes("--json");
}
