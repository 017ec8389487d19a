import { setFlagsFromString } from "node:v8";
import { type Command, Option } from "commander";
import type { ReadyInfo } from "../../main.ts";
import { findDaemon } from "../../client/discover.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { formatModel } from "../format.ts";
import { launchDaemon } from "../launch-daemon.ts";
import { launchTray } from "../launch-tray.ts";
import { NO_AGENTS } from "../no-agents.ts";
import { formatUpgrade } from "../format-upgrade.ts";
import type { Screen } from "../output.ts";
import { renderProblems } from "../problem.ts";
import { formatFacts } from "../table.ts";
import { CALL } from "../../core/call.ts";

export function registerStart(program: Command, context: Context): void {
  const command = program
    .command("start")
    .summary("Start the daemon")
    .description("Start the daemon, which watches the config's directories until you stop it")
    .option("--detach", "run it in the background")
    .addOption(new Option("--for-run", "no watching, no schedules, any port").hideHelp())
    .action(async (options: { detach?: true; forRun?: true }) => {
      if (options.detach) {
        await startDetached(context);
        return;
      }
      // V8 lets the space for new objects grow to 32 MB per thread and never shrinks it, for throughput. A daemon
      // that sleeps most of the day should stay small.
      setFlagsFromString("--semi-space-growth-factor=1");
      // Loaded here, because no other command needs the daemon's rooms.
      const { runDaemon } = await import("../../main.ts");
      context.exitCode = await runDaemon({
        paths: context.paths,
        env: context.env,
        mode: options.forRun ? "one-run" : "daemon",
        onReady(ready) {
          context.output.show(ready, renderReady);
          if (!options.forRun) launchTray(context);
        },
        onStopping() {
          if (options.forRun) return;
          context.output.note(
            "Stopping; what is in progress continues at the next start. Ctrl-C again stops at once.",
          );
        },
      });
    });
  explain(command, {
    more: `The first start writes a commented config.yaml with one agent that reads the inbox; \`init\` writes one for
a directory of yours.`,
    examples: [
      ["start", "in this terminal, until Ctrl-C"],
      ["start --detach", "in the background, until `stop`"],
    ],
    exits: [
      [2, "the config is not valid, or the port is in use"],
      [4, "a daemon already runs in this home"],
    ],
  });
}

async function startDetached(context: Context): Promise<void> {
  const { child, client } = await launchDaemon(context, "detached");
  child.unref();
  const upgraded = findDaemon(context.paths)?.upgraded;
  context.output.show({ pid: child.pid, url: client.url, upgraded }, ({ pid, url }) => [
    `Agent Runner is running at ${url} (pid ${pid}).`,
    ...formatUpgrade(upgraded),
    `See what it does with \`${CALL} status\`; stop it with \`${CALL} stop\`.`,
  ]);
}

function renderReady(ready: ReadyInfo, screen: Screen): string[] {
  return [
    screen.style("bold", "Agent Runner is running."),
    "",
    ...formatFacts([
      ["inbox", ready.inbox],
      ["config", ready.created ? `${ready.config} (just written)` : ready.config],
      ["page", `${ready.url} (\`${CALL} open\` opens it)`],
      ["model", formatModel(ready.model)],
      ["agents", String(ready.agents)],
    ]),
    "",
    ...(ready.upgraded === undefined ? [] : [...formatUpgrade(ready.upgraded), ""]),
    ...renderServers(ready),
    ...(ready.problems.length === 0 ? [] : ["", ...renderProblems(ready.problems, screen)]),
    "",
    ...(ready.agents === 0
      ? [NO_AGENTS]
      : ["Put a file into the inbox, then see the tasks found in it:", `  ${CALL} tasks`]),
    "Ctrl-C stops the daemon, and so does closing this terminal; `start --detach` outlives it.",
  ];
}

function renderServers({ servers }: ReadyInfo): string[] {
  return [
    servers.length === 0
      ? "No model server was found on this machine."
      : "Model servers on this machine:",
    ...servers.map(
      ({ kind, base_url, models }) =>
        `  ${kind} at ${base_url}: ${models.join(", ") || "no models"}`,
    ),
    ...(servers.some(({ models }) => models.length > 0)
      ? [
          "To see which of their models you can use, and to use one:",
          `  ${CALL} models`,
          `  ${CALL} models --use NAME`,
        ]
      : []),
  ];
}
