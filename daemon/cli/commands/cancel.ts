import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";

export function registerCancel(program: Command, context: Context): void {
  const command = program
    .command("cancel")
    .summary("End a run; its other files stay pending")
    .description(
      "End a run: what it has done stays, and its other files stay pending until the agent runs again",
    )
    .argument("<run>", "id of a run")
    .action(async (runId: string) => {
      const client = await connect(context.paths, context.signal);
      context.output.show(await client.cancelRun(runId), ({ run_id }) => [`Cancelled ${run_id}.`]);
    });
  explain(command, {
    examples: [
      ["cancel run_0gfy5h9p1v9aa8hx5vna", "end this run"],
      ["runs --status running", "the ids of those that go on"],
    ],
  });
}
