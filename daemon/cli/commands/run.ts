import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { Client } from "../../client/client.ts";
import { all } from "../../client/pages.ts";
import { beginRun } from "../begin-run.ts";
import { isAbort, RunnerError } from "../../core/errors.ts";
import type { TriggerOptions } from "../../protocol/api.ts";
import { EXPORT_MANIFEST } from "../../protocol/export.ts";
import { type FileOutcome, fileOutcome } from "../../protocol/file.ts";
import type { Run } from "../../protocol/run.ts";
import type { RunChange } from "../../protocol/run-changes.ts";
import { findAgentId } from "../agent-target.ts";
import type { Context } from "../context.ts";
import { formatCount, formatUsd } from "../format.ts";
import { explain } from "../help.ts";
import { choiceOption } from "../list.ts";
import { type DaemonSession, openDaemon } from "../daemon-session.ts";
import { startDirectoryRun } from "../directory-run.ts";
import { toRealPath } from "../file-target.ts";
import type { Output } from "../output.ts";
import { describeShared } from "../overlap.ts";
import { type Followed, followRun } from "../progress.ts";
import { renderDiff } from "../run-diff.ts";
import { renderRun, RUN_EXIT, withSkips } from "../run-summary.ts";
import { CALL } from "../../core/call.ts";
import { shellCommand } from "../../core/shell-command.ts";

interface RunOptions {
  directory?: string;
  instructions?: string;
  wait?: boolean;
  force?: boolean;
  outcome?: FileOutcome;
  dryRun?: boolean;
  yes?: boolean;
}

export function registerRun(program: Command, context: Context): void {
  const command = program
    .command("run")
    .summary("Run an agent now, or read one directory")
    .description("Run an agent now, or read one directory without any config")
    .argument("[agent]", "id or name of an agent")
    .option("--directory <dir>", "read this directory, without an agent of the config")
    .option("--instructions <text>", "what to look for in --directory")
    .option("--wait", "show progress until the end; follows a run in progress first")
    .option("--force", "read files again that are done")
    .addOption(
      choiceOption(
        "--outcome <outcome>",
        "with --force: only done files with this outcome",
        fileOutcome.options,
      ),
    )
    .option("--dry-run", "show what would change, and write nothing")
    .option(
      "--yes",
      "send many files to a remote endpoint, or record much by the rules, without asking",
    )
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
          `Started ${run_id}. Look at it with \`${shellCommand(`${CALL} runs`, run_id)}\`.`,
        ]);
        return;
      }
      const run = await follow(run_id, daemon, context);
      if (run.awaits_confirmation) context.output.note(await explainConsent(run, daemon));
      const shown = before !== null && hasResult(before, run) ? before : run;
      if (run.dry_run && !run.awaits_confirmation) await showDryRun(run, daemon, context);
      else context.output.show(await withSkips(shown, daemon.client), renderRun);
      const hasFailed = run.status === "success" && before !== null && before.files.failed > 0;
      const isPartial = run.awaits_confirmation || hasFailed;
      context.exitCode = isPartial ? RUN_EXIT.partial : RUN_EXIT[shown.status];
    });
  explain(command, {
    more: `Without a running daemon, it starts its own, which ends with the run. With --wait, it first follows a run of
the agent that is in progress, and then reads what is left.`,
    examples: [
      ["run inbox --wait", "look for changes now, and show the result"],
      ["run inbox --force --outcome nothing_recorded", "read again what gave nothing"],
      ["run --directory ~/Documents/Notes", "without a config; the second time it costs nothing"],
    ],
    exits: [
      [3, "the run ended as partial or error, or waits for your consent"],
      [130, "interrupted, or the run was cancelled"],
    ],
  });
}

/** Whether the run followed first has the result, because the run after it had nothing left to do. */
function hasResult(before: Run, { status, files }: Run): boolean {
  const isLeft = files.processed + files.failed + files.pending > 0;
  return status === "success" && !isLeft && ["success", "partial"].includes(before.status);
}

type Trigger = (client: Client) => Promise<{ run_id: string }>;

/** Checks the arguments, before any daemon is started, and returns the request for the run. */
function toTrigger(agentId: string | undefined, options: RunOptions, { output }: Context): Trigger {
  const { directory, instructions } = options;
  const { force = false, dryRun: dry_run = false, yes: confirm = false } = options;
  const { outcome = null } = options;
  if (outcome !== null && !force) {
    throw new RunnerError("invalid_request", "The option --outcome needs --force.", {
      hint: "Add --force, because such files are done.",
    });
  }
  if (agentId !== undefined && directory === undefined && instructions === undefined) {
    return startAgentRun(agentId, { force, outcome, dry_run, confirm }, output);
  }
  if (agentId !== undefined || directory === undefined) {
    throw new RunnerError("invalid_request", "Expected either an agent or --directory.", {
      hint: `Look at \`${CALL} run --help\`, which shows both.`,
    });
  }
  if (directory.trim() === "") {
    throw new RunnerError(
      "invalid_request",
      "Expected a directory after --directory, got nothing.",
      {
        hint: "Write . for the current directory.",
      },
    );
  }
  const path = toRealPath(directory);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RunnerError("directory_missing", `There is no directory ${path}.`, {
      hint: "Correct the path after --directory.",
    });
  }
  if (existsSync(join(path, EXPORT_MANIFEST))) {
    output.note(`${path} is an export of Agent Runner, whose files are skipped.`);
  }
  const asked = { force, outcome, dry_run, confirm };
  return (client) => startDirectoryRun(client, { path, instructions }, asked, output);
}

/** Says before the first try which other agents read the same. */
function startAgentRun(
  wanted: string,
  options: Omit<TriggerOptions, "paths">,
  output: Output,
): Trigger {
  let isSaid = false;
  return async (client) => {
    const agentId = await findAgentId(client, wanted);
    const shared = isSaid ? [] : describeShared(agentId, await client.agents());
    for (const sentence of shared) output.note(sentence);
    isSaid = true;
    return client.trigger(agentId, options);
  };
}

/** Follows a run that is already in progress; in this command's own daemon, that is an interrupted one. */
async function followEarlier(runId: string, daemon: DaemonSession, context: Context): Promise<Run> {
  const { output } = context;
  const why = daemon.isOwn ? "was interrupted" : "is in progress";
  output.note(`${runId} ${why}: waiting for it first.`);
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
    return await followRun(toFollowed(runId, daemon), context.output, context.signal);
  } catch (error) {
    if (isAbort(error)) {
      context.output.note(
        daemon.isOwn
          ? `Interrupted. Finished files are kept; ${runId} continues when a daemon starts.`
          : `Interrupted. ${runId} continues; cancel it with \`${shellCommand(`${CALL} cancel`, runId)}\`.`,
      );
    }
    throw error;
  }
}

function toFollowed(runId: string, { client }: DaemonSession): Followed {
  return {
    readRun: () => client.run(runId),
    async readBacklog() {
      const { agents } = await client.status();
      return agents.find(({ running_run_id }) => running_run_id === runId)?.backlog ?? null;
    },
  };
}

/** Shows the run and what it would change, in order. */
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
      "Nothing was written. To write it, run this without --dry-run; no file is sent twice.",
    ),
  ]);
}

async function explainConsent(run: Run, { client }: DaemonSession): Promise<string> {
  const { files, input_tokens, cost_usd, entities } = await client.estimate(run.agent_id);
  if (entities !== null) {
    return `The run waits for your consent to read ${formatCount(files, "file")}: the built-in rules would make about ${entities} notes, tasks and projects. Add --yes to consent.`;
  }
  const price = cost_usd === null ? "price unknown" : `about ${formatUsd(cost_usd)}`;
  return `The run waits for your consent to send ${formatCount(files, "file")} to a remote endpoint: about ${input_tokens} tokens, ${price}. Add --yes to consent.`;
}
