import type { Command } from "commander";
import { connect } from "../../client/discover.ts";
import type { AgentView } from "../../protocol/api.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { formatInstant, formatModel, formatWindow } from "../format.ts";
import { NO_AGENTS } from "../no-agents.ts";
import type { Screen } from "../output.ts";
import { formatTable } from "../table.ts";

export function registerAgents(program: Command, context: Context): void {
  const command = program
    .command("agents")
    .description("List the agents in the config")
    .action(async () => {
      const client = await connect(context.paths, context.signal);
      context.output.show({ items: await client.agents() }, renderAgentViews);
    });
  explain(command, {
    examples: [
      ["agents", "what each reads, its model, and when it last ran"],
      ["agents --json", "every setting, with defaults filled in and keys hidden"],
    ],
  });
}

function renderAgentViews({ items }: { items: AgentView[] }, screen: Screen): string[] {
  if (items.length === 0) return [NO_AGENTS];
  return formatTable(
    [
      { title: "agent", cut: "never" },
      { title: "name", spare: true },
      { title: "state" },
      { title: "directories", cut: "start" },
      { title: "model", cut: "never" },
      { title: "context", align: "right" },
      { title: "schedule" },
      { title: "last run", cut: "never" },
    ],
    items.map((agent) => [
      agent.id,
      agent.name,
      agent.state,
      agent.directories.map((directory) => directory.path).join(", "),
      formatModel(agent.model),
      formatWindow(agent.context_window),
      agent.schedule ?? "-",
      formatInstant(agent.last_run?.started_at ?? null),
    ]),
    screen.width,
  );
}
