import { statSync } from "node:fs";
import type { Command } from "commander";
import type { Client } from "../../client/client.ts";
import { isAbort, RunnerError } from "../../core/errors.ts";
import type { Run } from "../../protocol/run.ts";
import type { Context } from "../context.ts";
import { formatUsd } from "../format.ts";
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
  yes?: boolean;
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
      const runId = await startRun(trigger, daemon, context, options.yes);
      if (!options.wait && !daemon.isOwn) {
        context.output.show({ run_id: runId }, () => [
          `Started ${runId}; \`npx --no agent-runner runs ${runId}\` shows how it goes.`,
        ]);
        return;
      }
      const run = await follow(runId, daemon, context);
      if (run.awaits_confirmation) context.output.note(await explainConsent(run, daemon));
      context.output.show(run, renderRun);
      context.exitCode = run.awaits_confirmation ? RUN_EXIT.partial : RUN_EXIT[run.status];
    });
}

type Trigger = (client: Client) => Promise<{ run_id: string }>;

/** What asks the daemon for this run. Wrong arguments are found before any daemon is started. */
function toTrigger(agentId: string | undefined, options: RunOptions): Trigger {
  const { directory, instructions } = options;
  const { force = false, dryRun: dry_run = false, yes: confirm = false } = options;
  if (agentId !== undefined && directory === undefined && instructions === undefined) {
    return (client) => client.trigger(agentId, { force, dry_run, confirm });
  }
  if (agentId !== undefined || directory === undefined) {
    throw new RunnerError("invalid_request", "expected either an agent or --directory", {
      hint: "`npx --no agent-runner run --help` shows both.",
    });
  }
  if (directory.trim() === "") {
    throw new RunnerError("invalid_request", "--directory: expected a directory, got nothing", {
      hint: "Write . for the current one.",
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
      confirm,
    });
}

/** Starts the run; gives its id. In a daemon of our own, a run that was interrupted earlier ends first. */
async function startRun(
  trigger: Trigger,
  daemon: DaemonSession,
  context: Context,
  consents = false,
): Promise<string> {
  try {
    return (await trigger(daemon.client)).run_id;
  } catch (error) {
    const isBusy = error instanceof RunnerError && error.code === "run_in_progress";
    const earlier = isBusy ? error.data["run_id"] : undefined;
    if (consents && typeof earlier === "string") {
      const { agent_id, awaits_confirmation } = await daemon.client.run(earlier);
      if (awaits_confirmation) return (await daemon.client.confirm(agent_id)).run_id;
    }
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

async function explainConsent(run: Run, { client }: DaemonSession): Promise<string> {
  const { files, input_tokens, cost_usd } = await client.estimate(run.agent_id);
  const price = cost_usd === null ? "the price is not known" : `about ${formatUsd(cost_usd)}`;
  return `${files} files wait for your consent to be sent to a remote endpoint: about ${input_tokens} tokens, ${price}. Add --yes to consent.`;
}
