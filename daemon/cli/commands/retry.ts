import type { Command } from "commander";
import type { Client } from "../../client/client.ts";
import { all } from "../../client/pages.ts";
import { connect } from "../../client/discover.ts";
import { RunnerError } from "../../core/errors.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { findFiles } from "../file-target.ts";
import { CALL } from "../../core/call.ts";

export function registerRetry(program: Command, context: Context): void {
  const command = program
    .command("retry")
    .description("Retry failed files")
    .argument("[file]", "path or id of a failed file")
    .option("--failed", "all failed files")
    .action(async (target: string | undefined, options: { failed?: true }) => {
      if ((target === undefined) === (options.failed === undefined)) {
        throw new RunnerError("invalid_request", "Expected either a file or --failed.", {
          hint: `List the failed files with \`${CALL} files --state failed\`.`,
        });
      }
      const client = await connect(context.paths, context.signal);
      const runs =
        target === undefined ? await retryFailed(client) : await retryOne(client, target);
      context.output.show({ items: runs }, ({ items }) =>
        items.length === 0 ? ["No failed files."] : items.map((run) => `Started ${run.run_id}.`),
      );
    });
  explain(command, {
    more: "A failed file is not retried by itself until it changes.",
    examples: [
      ["retry --failed", "all failed files, one run for each agent"],
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

/** One run for each agent, because an agent does one run at a time. */
async function retryFailed(client: Client): Promise<{ run_id: string }[]> {
  const failedFiles = all((page) => client.files({ ...page, state: "failed" }), { limit: 500 });
  const pathsByAgent = new Map<string, string[]>();
  for await (const { agent_id, path } of failedFiles) {
    pathsByAgent.set(agent_id, [...(pathsByAgent.get(agent_id) ?? []), path]);
  }
  const runs = [];
  for (const [agentId, paths] of pathsByAgent) {
    runs.push(await client.trigger(agentId, { force: true, paths }));
  }
  return runs;
}
