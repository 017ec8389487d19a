import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";

export function registerCancel(program: Command, context: Context): void {
  const command = program
    .command("cancel")
    .summary("Cancel a run; its remaining files stay pending")
    .description(
      "Cancel a run: finished files stay done, the others stay pending until the agent runs again",
    )
    .argument("<run>", "id of a run")
    .action(async (runId: string) => {
      const client = await connect(context.paths, context.signal);
      context.output.show(await client.cancelRun(runId), ({ run_id }) => [`Cancelled ${run_id}.`]);
    });
  explain(command, {
    examples: [
      ["cancel run_0gfy5h9p1v9aa8hx5vna", "cancel this run"],
      ["runs --status running", "list the runs in progress"],
    ],
  });
}
