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
    .description("Show the tray icon until you hide it or the session ends")
    .addOption(new Option("--with-daemon", "wait for the panel, go with the daemon").hideHelp())
    .action(async ({ withDaemon = false }: { withDaemon?: boolean }) => {
      // Loaded here, because no other command needs it.
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
            `The tray icon is shown (${backend}). Ctrl-C removes it.`,
          ]),
      });
      await shown.catch((error: unknown) => {
        if (!(error instanceof RunnerError) || error.code !== "tray_running") throw error;
        output.show({ shown: true, ...error.data }, () => [error.message]);
      });
      signal.throwIfAborted();
    });
  explain(command, {
    more: `In a desktop session, \`start\` shows the icon by itself. This command shows it again after you hid it, or beside a
daemon that was started elsewhere. There is one icon for each session, and the daemon never needs it.`,
    examples: [
      ["tray", "show the icon, until Ctrl-C, Hide tray icon or the end of the session"],
      ["status", "whether it is shown, and why not"],
    ],
    exits: [
      [0, "it was hidden, or is already shown"],
      [1, "nothing here can show it"],
    ],
  });
}
