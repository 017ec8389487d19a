import path from "node:path";
import { type Command, Option } from "commander";
import { readTraySettings } from "../../config/tray-settings.ts";
import { RunnerError } from "../../core/errors.ts";
import { openLogger } from "../../core/logger.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import { installService, isWritten, planOf, uninstallService } from "../service/service.ts";
import { launchDaemon } from "../launch-daemon.ts";

export function registerTray(program: Command, context: Context): void {
  const command = program
    .command("tray")
    .summary("Show the tray icon")
    .description("Show the tray icon until it is hidden or the session ends")
    .addOption(new Option("--with-daemon", "wait for the panel, go with the daemon").hideHelp())
    .action(async ({ withDaemon = false }: { withDaemon?: boolean }) => {
      // Loaded here, because no other command draws.
      const { runTray } = await import("../../../tray/main.ts");
      const { paths, env, signal, output } = context;
      const plan = planOf(context);
      const shown = runTray({
        paths,
        env,
        signal,
        logger: openLogger({ file: path.join(paths.logs, "tray.log"), secrets: () => [] }),
        readSettings: () => readTraySettings(paths),
        async startDaemon() {
          const { child } = await launchDaemon(context, "detached");
          child.unref();
        },
        login: {
          isOn: () => isWritten(plan),
          set: (on) => (on ? installService(plan, context) : uninstallService(plan, context)),
        },
        isWithDaemon: withDaemon,
        onShown: (backend) =>
          output.show({ pid: process.pid, backend }, () => [
            `The tray icon is shown (${backend}). Ctrl-C takes it away.`,
          ]),
      });
      await shown.catch((error: unknown) => {
        if (!(error instanceof RunnerError) || error.code !== "tray_running") throw error;
        output.show({ shown: true, ...error.data }, () => [`${capitalise(error.message)}.`]);
      });
      signal.throwIfAborted();
    });
  explain(command, {
    more: `\`start\` shows it by itself in a desktop session; this brings it back after it was hidden, or shows it beside
a daemon that was started elsewhere. There is one for each session, and the daemon never needs it.`,
    examples: [
      ["tray", "show the icon; Ctrl-C, Hide tray icon or the end of the session takes it away"],
      ["status", "say whether it is shown, and why not"],
    ],
    exits: [
      [0, "it was hidden, or it is shown already"],
      [1, "nothing here can show it"],
    ],
  });
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
