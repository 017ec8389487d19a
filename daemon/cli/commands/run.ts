import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { all, type Client } from "../../client/client.ts";
import { beginRun } from "../begin-run.ts";
import { isAbort, RunnerError } from "../../core/errors.ts";
import { EXPORT_MANIFEST } from "../../protocol/export.ts";
import type { Run } from "../../protocol/run.ts";
import type { RunChange } from "../../protocol/run-changes.ts";
import type { Context } from "../context.ts";
import { formatCount, formatUsd } from "../format.ts";
import { explain } from "../help.ts";
import { type DaemonSession, openDaemon } from "../daemon-session.ts";
import { toRealPath } from "../file-target.ts";
import { followRun } from "../progress.ts";
import { renderDiff } from "../run-diff.ts";
import { renderRun, RUN_EXIT } from "../run-summary.ts";
import { CALL } from "../../core/call.ts";

interface RunOptions {
  directory?: string;
  instructions?: string;
  wait?: boolean;
  force?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}

export function registerRun(program: Command, context: Context): void {
  const command = program
    .command("run")
    .summary("Run an agent now, or read one directory")
    .description("Run an agent now, or read one directory without any config")
    .argument("[agent]", "id of an agent")
    .option("--directory <dir>", "read this directory; takes the place of an agent")
    .option("--instructions <text>", "what to look for in --directory")
    .option("--wait", "show progress and wait for the end, of a run that is under way too")
    .option("--force", "do files again that are done")
    .option("--dry-run", "show what it would change, and write nothing")
    .option("--yes", "do not ask before many files go to a remote endpoint")
    .action(async (agentId: string | undefined, options: RunOptions) => {
      const trigger = toTrigger(agentId, options, context);
      await using daemon = await openDaemon(context);
      const waits = options.wait === true || options.dryRun === true || daemon.isOwn;
      const { run_id, before } = await beginRun(trigger, daemon.client, {
        consents: options.yes === true,
        isDry: options.dryRun === true,
        follow: waits ? (runId) => followEarlier(runId, daemon, context) : undefined,
      });
      if (!waits) {
        context.output.show({ run_id }, () => [
          `Started ${run_id}; \`${CALL} runs ${run_id}\` shows how it goes.`,
        ]);
        return;
      }
      const run = await follow(run_id, daemon, context);
      if (run.awaits_confirmation) context.output.note(await explainConsent(run, daemon));
      const shown = before !== null && saysItAll(before, run) ? before : run;
      if (run.dry_run && !run.awaits_confirmation) await showDryRun(run, daemon, context);
      else context.output.show(shown, renderRun);
      const hasFailed = run.status === "success" && before !== null && before.files.failed > 0;
      const isPartial = run.awaits_confirmation || hasFailed;
      context.exitCode = isPartial ? RUN_EXIT.partial : RUN_EXIT[shown.status];
    });
  explain(command, {
    more: `With no daemon running it starts its own, which ends with the run. With --wait, a run of the agent
that is under way is followed first; then what is left is read.`,
    examples: [
      ["run inbox --wait", "look for changes now, and show what comes of it"],
      ["run inbox --force --wait", "do files again that are done, which costs requests"],
      ["run --directory ~/Documents/Notes", "needs no config; the second time it costs nothing"],
    ],
    exits: [
      [3, "the run ended partial or error, or waits for your consent"],
      [130, "interrupted, or the run was cancelled"],
    ],
  });
}

/** Whether a run that was followed tells what came of the files, since the one after it found none left. */
function saysItAll(before: Run, { status, files }: Run): boolean {
  const isLeft = files.processed + files.failed + files.pending > 0;
  return status === "success" && !isLeft && ["success", "partial"].includes(before.status);
}

type Trigger = (client: Client) => Promise<{ run_id: string }>;

/** What asks the daemon for this run. Wrong arguments are found before any daemon is started. */
function toTrigger(agentId: string | undefined, options: RunOptions, { output }: Context): Trigger {
  const { directory, instructions } = options;
  const { force = false, dryRun: dry_run = false, yes: confirm = false } = options;
  if (agentId !== undefined && directory === undefined && instructions === undefined) {
    return (client) => client.trigger(agentId, { force, dry_run, confirm });
  }
  if (agentId !== undefined || directory === undefined) {
    throw new RunnerError("invalid_request", "expected either an agent or --directory", {
      hint: `\`${CALL} run --help\` shows both.`,
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
  if (existsSync(join(path, EXPORT_MANIFEST))) {
    output.note(`${path} is an export of this program: what is in it is read as documents again.`);
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

/** Follows a run that is under way already; in a daemon of our own, that is one which was interrupted. */
async function followEarlier(runId: string, daemon: DaemonSession, context: Context): Promise<Run> {
  const { output } = context;
  const why = daemon.isOwn ? "was interrupted" : "is under way";
  output.note(`${runId} ${why} and goes on first.`);
  const run = await follow(runId, daemon, context);
  if (!run.awaits_confirmation) {
    const { processed, failed, pending } = run.files;
    output.note(
      `${runId} ended: ${run.status}, ${formatCount(processed, "file")} processed, ${failed} failed, ${pending} pending.`,
    );
  }
  return run;
}

async function follow(runId: string, daemon: DaemonSession, context: Context): Promise<Run> {
  try {
    return await followRun(() => daemon.client.run(runId), context.output, context.signal);
  } catch (error) {
    if (isAbort(error)) {
      context.output.note(
        daemon.isOwn
          ? `Interrupted. What is done is kept; ${runId} goes on when a daemon starts again.`
          : `Interrupted. ${runId} goes on; \`${CALL} cancel ${runId}\` ends it.`,
      );
    }
    throw error;
  }
}

/** The run with all that it would change, in the order in which it would. */
async function showDryRun(run: Run, { client }: DaemonSession, { output }: Context): Promise<void> {
  const changes: RunChange[] = [];
  const pages = (query: { limit: number }) => client.runChanges(run.run_id, query);
  for await (const change of all(pages, { limit: 500 })) changes.unshift(change);
  output.show({ ...run, changes }, (shown, screen) => [
    ...renderRun(shown, screen),
    "",
    ...renderDiff(shown.changes, screen),
    ...(shown.changes.length === 0 ? ["It would change nothing."] : []),
    screen.style(
      "dim",
      "Nothing was written. Run it without --dry-run: what was read here is not sent again.",
    ),
  ]);
}

async function explainConsent(run: Run, { client }: DaemonSession): Promise<string> {
  const { files, input_tokens, cost_usd } = await client.estimate(run.agent_id);
  const price = cost_usd === null ? "the price is not known" : `about ${formatUsd(cost_usd)}`;
  return `${files} files wait for your consent to be sent to a remote endpoint: about ${input_tokens} tokens, ${price}. Add --yes to consent.`;
}
