import path from "node:path";
import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { Context } from "../context.ts";
import { formatBytes } from "../format.ts";

export function registerBackup(program: Command, context: Context): void {
  program
    .command("backup")
    .description("Copy the database, checked, while the daemon goes on")
    .argument("[path]", "a file that is not there yet, or a directory")
    .addHelpText(
      "after",
      "\nWithout a path: backups/ beside the database. To restore: `stop`, put the file in the place of" +
        "\nagent-runner.db, remove agent-runner.db-wal and agent-runner.db-shm, and `start`.",
    )
    .action(async (target: string | undefined) => {
      const client = await connect(context.paths, context.signal);
      const backup = await client.backUp(
        target === undefined ? {} : { path: path.resolve(target) },
      );
      context.output.show(backup, ({ path: made, size_bytes }) => [
        `Copied the database to ${made} (${formatBytes(size_bytes)}).`,
      ]);
    });
}
