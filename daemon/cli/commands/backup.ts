import path from "node:path";
import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { formatBytes } from "../format.ts";

export function registerBackup(program: Command, context: Context): void {
  const command = program
    .command("backup")
    .description("Copy and check the database while the daemon keeps running")
    .argument("[path]", "a new file, or a directory")
    .action(async (target: string | undefined) => {
      const client = await connect(context.paths, context.signal);
      const backup = await client.backUp(
        target === undefined ? {} : { path: path.resolve(target) },
      );
      context.output.show(backup, ({ path: made, size_bytes }) => [
        `Copied the database to ${made} (${formatBytes(size_bytes)}).`,
      ]);
    });
  explain(command, {
    more:
      "Without a path, the copy goes into backups/ beside the database. To restore one, run `stop`, replace\n" +
      "agent-runner.db with it, remove agent-runner.db-wal and agent-runner.db-shm, and run `start`.",
    examples: [
      ["backup", "into backups/"],
      ["backup /media/stick", "into this directory, with the time in its name"],
    ],
  });
}
