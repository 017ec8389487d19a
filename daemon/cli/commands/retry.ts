import type { Command } from "commander";
import type { Client } from "../../client/client.ts";
import { all } from "../../client/pages.ts";
import { connect } from "../../client/discover.ts";
import { RunnerError } from "../../core/errors.ts";
import { type FileOutcome, fileOutcome } from "../../protocol/file.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { findFiles } from "../file-target.ts";
import { choiceOption } from "../list.ts";
import { CALL } from "../../core/call.ts";

interface RetryOptions {
  failed?: true;
  outcome?: FileOutcome;
}

export function registerRetry(program: Command, context: Context): void {
  const command = program
    .command("retry")
    .description("Retry failed files, or read done files again by their outcome")
    .argument("[file]", "path or id of a failed file")
    .option("--failed", "all failed files")
    .addOption(
      choiceOption("--outcome <outcome>", "all done files with this outcome", fileOutcome.options),
    )
    .action(async (target: string | undefined, { failed, outcome }: RetryOptions) => {
      if ([target, failed, outcome].filter((given) => given !== undefined).length !== 1) {
        throw new RunnerError("invalid_request", "Expected a file, --failed or --outcome.", {
          hint: `List the failed files with \`${CALL} files --state failed\`.`,
        });
      }
      const client = await connect(context.paths, context.signal);
      const runs =
        target === undefined ? await retryAll(client, outcome) : await retryOne(client, target);
      context.output.show({ items: runs }, ({ items }) =>
        items.length === 0 ? ["No such files."] : items.map((run) => `Started ${run.run_id}.`),
      );
    });
  explain(command, {
    more: "A failed file is not retried by itself until it changes.",
    examples: [
      ["retry --failed", "all failed files, one run for each agent"],
      ["retry --outcome nothing_recorded", "all files that gave nothing"],
      ["retry ~/Documents/Notes/plan.md", "one file"],
    ],
  });
}

async function retryOne(client: Client, target: string): Promise<{ run_id: string }[]> {
  const runs = [];
  for (const file of await findFiles(client, target)) {
    runs.push(await client.retryFile(file.file_id));
  }
  return runs;
}

/**
 * One run for each agent, because an agent does one run at a time.
 *
 * @param outcome of done files; undefined: files that failed
 */
async function retryAll(
  client: Client,
  outcome: FileOutcome | undefined,
): Promise<{ run_id: string }[]> {
  const wanted = outcome === undefined ? ({ state: "failed" } as const) : { outcome };
  const files = all((page) => client.files({ ...page, ...wanted }), { limit: 500 });
  const pathsByAgent = new Map<string, string[]>();
  for await (const { agent_id, path } of files) {
    pathsByAgent.set(agent_id, [...(pathsByAgent.get(agent_id) ?? []), path]);
  }
  const runs = [];
  for (const [agentId, paths] of pathsByAgent) {
    runs.push(await client.trigger(agentId, { force: true, paths }));
  }
  return runs;
}
