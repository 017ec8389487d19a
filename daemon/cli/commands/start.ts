import { setFlagsFromString } from "node:v8";
import { type Command, Option } from "commander";
import type { ReadyInfo } from "../../main.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { formatModel } from "../format.ts";
import { launchDaemon } from "../launch-daemon.ts";
import { launchTray } from "../launch-tray.ts";
import type { Screen } from "../output.ts";
import { renderProblems } from "../problem.ts";
import { formatFacts } from "../table.ts";
import { CALL } from "../../core/call.ts";

export function registerStart(program: Command, context: Context): void {
  const command = program
    .command("start")
    .summary("Start the daemon")
    .description("Start the daemon: it watches the directories of the config until it is stopped")
    .option("--detach", "leave it running in the background")
    .addOption(new Option("--for-run", "no watching, no schedules, any port").hideHelp())
    .action(async (options: { detach?: true; forRun?: true }) => {
      if (options.detach) {
        await startDetached(context);
        return;
      }
      // V8 lets the space for new objects grow to 32 MB per thread and never gives it back: made for
      // throughput, where a daemon that sleeps most of the day wants to be small.
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
      });
    });
  explain(command, {
    more: `The first start writes a commented config.yaml with one agent on the inbox; \`init\` writes one for a
directory of yours.`,
    examples: [
      ["start", "in this terminal; Ctrl-C stops it"],
      ["start --detach", "in the background; `stop` ends it"],
    ],
    exits: [
      [2, "the config is not valid, or the port is in use"],
      [4, "a daemon runs in this home already"],
    ],
  });
}

async function startDetached(context: Context): Promise<void> {
  const { child, client } = await launchDaemon(context, "detached");
  child.unref();
  context.output.show({ pid: child.pid, url: client.url }, ({ pid, url }) => [
    `Agent Runner is running at ${url} (pid ${pid}).`,
    `\`${CALL} status\` shows what it does, \`${CALL} stop\` ends it.`,
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
    ...renderServers(ready),
    ...(ready.problems.length === 0 ? [] : ["", ...renderProblems(ready.problems, screen)]),
    "",
    ...(ready.agents === 0
      ? ["The config has no agents: add one there."]
      : ["Put a file into the inbox, then look at what came of it:", `  ${CALL} tasks`]),
    "Ctrl-C stops the daemon.",
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
          "To see which of them can be used, and to use one:",
          `  ${CALL} models`,
          `  ${CALL} models --use NAME`,
        ]
      : []),
  ];
}
