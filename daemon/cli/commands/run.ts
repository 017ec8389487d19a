import { statSync } from "node:fs";
import type { Command } from "commander";
import type { Client } from "../../client/client.ts";
import { isAbort, RunnerError } from "../../core/errors.ts";
import type { Context } from "../context.ts";
import { openDaemon } from "../daemon-session.ts";
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
      const { run_id } = await trigger(daemon.client);
      if (!options.wait && !daemon.isOwn) {
        context.output.show({ run_id }, () => [
          `Started ${run_id}; \`npx --no agent-runner runs ${run_id}\` shows how it goes.`,
        ]);
        return;
      }
      try {
        const readRun = () => daemon.client.run(run_id);
        const run = await followRun(readRun, context.output, context.signal);
        context.output.show(run, renderRun);
        context.exitCode = RUN_EXIT[run.status];
      } catch (error) {
        if (isAbort(error)) context.output.note(explainInterrupt(run_id, daemon.isOwn));
        throw error;
      }
    });
}

/** What asks the daemon for this run. Wrong arguments are found before any daemon is started. */
function toTrigger(
  agentId: string | undefined,
  { directory, instructions, force = false, dryRun: dry_run = false }: RunOptions,
): (client: Client) => Promise<{ run_id: string }> {
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

function explainInterrupt(runId: string, isOwn: boolean): string {
  return isOwn
    ? `Interrupted. What is done is kept; ${runId} goes on when a daemon starts again.`
    : `Interrupted. ${runId} goes on in the daemon; \`npx --no agent-runner cancel ${runId}\` ends it.`;
}
