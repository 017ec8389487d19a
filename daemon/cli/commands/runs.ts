import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import { type Run, type RunStatus, runStatus } from "../../protocol/run.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { formatInstant } from "../format.ts";
import { allOption, choiceOption, limitOption, readPages, renderList } from "../list.ts";
import type { Screen } from "../output.ts";
import { renderRun, withSkips } from "../run-summary.ts";
import { formatTable } from "../table.ts";

export function registerRuns(program: Command, context: Context): void {
  const command = program
    .command("runs")
    .description("List the runs, newest first, or show one")
    .argument("[run]", "id of a run")
    .option("--agent <id>", "only this agent's runs")
    .addOption(choiceOption("--status <status>", "only with this status", runStatus.options))
    .addOption(limitOption())
    .addOption(allOption())
    .action(
      async (
        runId: string | undefined,
        options: { agent?: string; status?: RunStatus; limit: number },
      ) => {
        const client = await connect(context.paths, context.signal);
        if (runId !== undefined) {
          context.output.show(await withSkips(await client.run(runId), client), renderRun);
          return;
        }
        const runs = await readPages(options.limit, (page) =>
          client.runs({ ...page, agent_id: options.agent, status: options.status }),
        );
        context.output.show(runs, (shown, screen) =>
          renderList(shown, screen, "No runs yet.", (items) => renderRuns(items, screen)),
        );
      },
    );
  explain(command, {
    examples: [
      ["runs", "the newest 50"],
      ["runs --agent inbox --status partial", "runs of an agent in which something failed"],
      ["runs run_0gfy5h9p1v9aa8hx5vna", "one run, with its files, entities, requests and cost"],
    ],
  });
}

function renderRuns(runs: readonly Run[], screen: Screen): string[] {
  return formatTable(
    [
      { title: "run", cut: "never" },
      { title: "agent" },
      { title: "started", cut: "never", spare: true },
      { title: "trigger", spare: true },
      { title: "status" },
      { title: "files", align: "right", spare: true },
      { title: "done", align: "right" },
      { title: "failed", align: "right" },
      { title: "waiting", align: "right" },
    ],
    runs.map((run) => [
      run.run_id,
      run.agent_id,
      formatInstant(run.started_at),
      run.trigger,
      run.status,
      String(run.files.found),
      String(run.files.processed),
      String(run.files.failed),
      String(run.files.pending),
    ]),
    screen.width,
  );
}
