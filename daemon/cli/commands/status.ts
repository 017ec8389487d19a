import type { Command } from "commander";
import { reportTray } from "../../../tray/report.ts";
import { connect } from "../../client/discover.ts";
import { readTraySettings, type TraySettings } from "../../config/tray-settings.ts";
import { sayBacklog } from "../../core/backlog.ts";
import { sayMoney } from "../../core/money.ts";
import type { AgentStatus, Status } from "../../protocol/api.ts";
import type { TrayReport } from "../../protocol/tray.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { formatCount, formatInstant, formatModel } from "../format.ts";
import { NO_AGENTS } from "../no-agents.ts";
import type { Screen } from "../output.ts";
import { renderProblems } from "../problem.ts";
import { renderSkips } from "../run-summary.ts";
import { formatFacts, formatTable } from "../table.ts";

export function registerStatus(program: Command, context: Context): void {
  const command = program
    .command("status")
    .summary("Show what the daemon does and what needs you")
    .description("Show what the daemon and its agents do, and what needs you")
    .action(async () => {
      const client = await connect(context.paths, context.signal);
      const status = await client.status();
      context.output.show({ ...status, tray: await readTray(context) }, renderStatus);
    });
  explain(command, {
    more: "`doctor` checks more, and works without a daemon.",
    examples: [
      ["status", "the state, today's usage, each agent, and each problem with its fix"],
      ["status --json", "as one JSON document"],
    ],
    exits: [[4, "no daemon runs in this home"]],
  });
}

/** Ignores an invalid config, which is already a problem of the status. */
function readTray({ env, paths }: Context): Promise<TrayReport> {
  let wanted: TraySettings["backend"] = "auto";
  try {
    wanted = readTraySettings(paths).backend;
  } catch {
    // Then report on the default.
  }
  return reportTray(wanted, env, paths);
}

function renderTray({ shown, backend, reason }: TrayReport): string {
  return shown ? `shown (${backend})` : `not shown: ${reason}`;
}

function renderStatus(status: Status & { tray: TrayReport }, screen: Screen): string[] {
  const { queue } = status;
  return [
    ...formatFacts([
      ["state", screen.style("bold", withPause(status.state, status.paused_until))],
      ["model", renderModel(status.model)],
      ["queue", `${queue.pending} pending, ${queue.working} working, ${queue.failed} failed`],
      ...describeBacklogs(status),
      ...(status.skipped.length === 0 ? [] : [["skipped", describeSkips(status)] as const]),
      ["today", renderBudget(status.budget)],
      ["tray", renderTray(status.tray)],
    ]),
    "",
    ...(status.agents.length === 0 ? [NO_AGENTS] : renderAgents(status.agents, screen)),
    ...(status.problems.length === 0 ? [] : ["", ...renderProblems(status.problems, screen)]),
  ];
}

/** `inbox 12 of 340 files, about 3 hours left`, a line for each agent. */
function describeBacklogs({ agents }: Status): [string, string][] {
  const lines = agents.flatMap(({ id, backlog }) =>
    backlog === null ? [] : [`${id} ${sayBacklog(backlog)}`],
  );
  return lines.length === 0 ? [] : [["backlog", lines.join("\n")]];
}

/** `5 files: inbox unsupported 3, too_large 2; mail empty 1` */
function describeSkips({ skipped }: Status): string {
  const files = skipped.reduce((sum, one) => sum + one.files, 0);
  const byAgent = Map.groupBy(skipped, ({ agent_id }) => agent_id);
  const parts = [...byAgent].map(([agentId, skips]) => `${agentId} ${renderSkips(skips)}`);
  return `${formatCount(files, "file")}: ${parts.join("; ")}`;
}

function renderModel({ reachable, base_url, ...model }: Status["model"]): string {
  const place = base_url === null ? "" : ` at ${base_url}`;
  return `${formatModel(model)}${place}${reachable === false ? " (not reachable)" : ""}`;
}

function renderBudget(budget: Status["budget"]): string {
  const { requests, spent_tokens, limits, resets_at } = budget;
  const spent = `${requests} requests, ${spent_tokens} tokens, ${sayMoney(budget)}`;
  const most = Object.entries(limits).map(([name, limit]) => `${name} ${limit}`);
  if (most.length === 0) return `${spent}; no limit`;
  return `${spent}; limits until ${formatInstant(resets_at)}: ${most.join(", ")}`;
}

function renderAgents(agents: readonly AgentStatus[], screen: Screen): string[] {
  return formatTable(
    [
      { title: "agent", cut: "never" },
      { title: "name", spare: true },
      { title: "state" },
      { title: "model" },
      { title: "last run", cut: "never" },
      { title: "result" },
      { title: "next run", cut: "never" },
    ],
    agents.map((agent) => [
      agent.id,
      agent.name,
      withPause(agent.state, agent.paused_until),
      agent.model.name,
      formatInstant(agent.last_run?.started_at ?? null),
      agent.last_run?.status ?? "-",
      formatInstant(agent.next_run_at),
    ]),
    screen.width,
  );
}

function withPause(state: string, pausedUntil: string | null): string {
  return pausedUntil === null ? state : `${state} until ${formatInstant(pausedUntil)}`;
}
