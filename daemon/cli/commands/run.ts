import { statSync } from "node:fs";
import type { Command } from "commander";
import type { Client } from "../../client/client.ts";
import { isAbort, RunnerError } from "../../core/errors.ts";
import type { Run } from "../../protocol/run.ts";
import type { Context } from "../context.ts";
import { type DaemonSession, openDaemon } from "../daemon-session.ts";
import { toRealPath } from "../file-target.ts";
import { followRun } from "../progress.ts";
import { renderRun, RUN_EXIT } from "../run-summary.ts";

interface RunOptions {
  directory?: string;
  instructions?: string;
  wait?: boolean;
  force?: boolean;
  dryRun?: boolean;
}

export function registerRun(program: Command, context: Context): void {
  program
    .command("run")
    .description("Run an agent now, or read one directory without any config")
    .argument("[agent]", "id of an agent")
    .option("--directory <dir>", "read this directory; takes the place of an agent")
    .option("--instructions <text>", "what to look for in --directory")
    .option("--wait", "show progress and wait for the end")
    .option("--force", "do files again that are done")
    .option("--dry-run", "write nothing")
    .option("--yes", "do not ask before many files go to a remote endpoint")
    .addHelpText("after", "\nWith no daemon running it starts its own, which ends with the run.")
    .action(async (agentId: string | undefined, options: RunOptions) => {
      const trigger = toTrigger(agentId, options);
      await using daemon = await openDaemon(context);
      const runId = await startRun(trigger, daemon, context);
      if (!options.wait && !daemon.isOwn) {
        context.output.show({ run_id: runId }, () => [
          `Started ${runId}; \`npx --no agent-runner runs ${runId}\` shows how it goes.`,
        ]);
        return;
      }
      const run = await follow(runId, daemon, context);
      context.output.show(run, renderRun);
      context.exitCode = RUN_EXIT[run.status];
    });
}

type Trigger = (client: Client) => Promise<{ run_id: string }>;

/** What asks the daemon for this run. Wrong arguments are found before any daemon is started. */
function toTrigger(
  agentId: string | undefined,
  { directory, instructions, force = false, dryRun: dry_run = false }: RunOptions,
): Trigger {
  if (agentId !== undefined && directory === undefined && instructions === undefined) {
    return (client) => client.trigger(agentId, { force, dry_run });
  }
  if (agentId !== undefined || directory === undefined) {
    throw new RunnerError("invalid_request", "expected either an agent or --directory", {
      hint: "`npx --no agent-runner run --help` shows both.",
    });
  }
  const path = toRealPath(directory);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RunnerError("directory_missing", `expected a directory that exists, got ${path}`, {
      hint: "Check what --directory says.",
    });
  }
  return (client) =>
    client.triggerAdHoc({
      directories: [{ path }],
      ...(instructions !== undefined && { instructions }),
      force,
      dry_run,
    });
}

/** Starts the run; gives its id. In a daemon of our own, a run that was interrupted earlier ends first. */
async function startRun(
  trigger: Trigger,
  daemon: DaemonSession,
  context: Context,
): Promise<string> {
  try {
    return (await trigger(daemon.client)).run_id;
  } catch (error) {
    const isBusy = error instanceof RunnerError && error.code === "run_in_progress";
    const earlier = isBusy ? error.data["run_id"] : undefined;
    if (!daemon.isOwn || typeof earlier !== "string") throw error;
    context.output.note(`${earlier} was interrupted and goes on first.`);
    await follow(earlier, daemon, context);
    return (await trigger(daemon.client)).run_id;
  }
}

async function follow(runId: string, daemon: DaemonSession, context: Context): Promise<Run> {
  try {
    return await followRun(() => daemon.client.run(runId), context.output, context.signal);
  } catch (error) {
    if (isAbort(error)) {
      context.output.note(
        daemon.isOwn
          ? `Interrupted. What is done is kept; ${runId} goes on when a daemon starts again.`
          : `Interrupted. ${runId} goes on; \`npx --no agent-runner cancel ${runId}\` ends it.`,
      );
    }
    throw error;
  }
}
