import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { Context } from "../context.ts";

export function registerCancel(program: Command, context: Context): void {
  program
    .command("cancel")
    .description("End a run: what it has done stays, the rest of its files stay pending")
    .argument("<run>", "id of a run")
    .action(async (runId: string) => {
      const client = await connect(context.paths, context.signal);
      context.output.show(await client.cancelRun(runId), ({ run_id }) => [`Cancelled ${run_id}.`]);
    });
}
