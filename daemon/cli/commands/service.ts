import type { Command } from "commander";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";
import type { ServicePlan } from "../service/plan.ts";
import {
  installService,
  planOf,
  readService,
  type ServiceState,
  uninstallService,
} from "../service/service.ts";
import { CALL } from "../../core/call.ts";

export function registerService(program: Command, context: Context): void {
  const service = program
    .command("service")
    .summary("Start the daemon at login")
    .description(
      "Start the daemon at login, with a systemd user unit, launch agent or scheduled task",
    );
  registerInstall(service, context);
  registerUninstall(service, context);
  registerStatus(service, context);
  explain(service, {
    examples: [
      ["service install", "show the changes, ask, and make them"],
      ["service status", "whether it starts at login"],
    ],
  });
}

function registerInstall(service: Command, context: Context): void {
  const command = service
    .command("install")
    .description("Start the daemon and the tray icon at every login")
    .option("--yes", "do not ask for confirmation")
    .action(async (options: { yes?: true }) => {
      const plan = planOf(context);
      const { installed, up_to_date } = await readService(plan, context);
      if (!installed || !up_to_date) {
        for (const line of describePlan(plan)) context.output.note(line);
        if (!(await confirm("Make these changes?", options.yes, context))) {
          context.output.note("Nothing was changed.");
          return;
        }
        await installService(plan, context);
      }
      context.output.show(await readService(plan, context), (state) => [
        `Agent Runner starts at login (${state.manager}, ${state.name}).`,
        `Start it now with \`${CALL} start --detach\`.`,
      ]);
    });
  explain(command, {
    more: "The files name the paths of this program and of its Node, so install again after you move it.",
    examples: [
      ["service install", "show the files and commands, ask, and do it"],
      ["service install --yes", "in a script"],
    ],
    exits: [[1, "the system refused; nothing was changed"]],
  });
}

function registerUninstall(service: Command, context: Context): void {
  const command = service
    .command("uninstall")
    .description("Stop starting the daemon at login")
    .action(async () => {
      const plan = planOf(context);
      await uninstallService(plan, context);
      context.output.show(await readService(plan, context), () => [
        `Agent Runner no longer starts at login. A running daemon continues until \`${CALL} stop\`.`,
      ]);
    });
  explain(command, {
    more: "It removes only what `service install` wrote; your files, config and database stay.",
    examples: [
      ["service uninstall", "undo service install"],
      ["service status", "see that it is gone"],
    ],
  });
}

function registerStatus(service: Command, context: Context): void {
  const command = service
    .command("status")
    .description("Show whether the daemon starts at login, and with which files")
    .action(async () => {
      context.output.show(await readService(planOf(context), context), renderState);
    });
  explain(command, {
    examples: [
      ["service status", "whether it starts at login"],
      ["service status --json", "as one JSON document"],
    ],
  });
}

function renderState({ installed, up_to_date, manager, name, files }: ServiceState): string[] {
  if (!installed) return [`Agent Runner does not start at login (${manager} has no ${name}).`];
  return [
    `Agent Runner starts at login (${manager}, ${name}).`,
    ...files.map((file) => `  ${file}`),
    ...(up_to_date ? [] : [`They are outdated. Renew them with \`${CALL} service install\`.`]),
  ];
}

function describePlan({ files, enable }: ServicePlan): string[] {
  return [
    ...files.flatMap(({ path, text }) => ["", `Write ${path}:`, ...indent(text)]),
    "",
    "Run:",
    ...enable.map((command) => `  ${command.join(" ")}`),
    "",
  ];
}

function indent(text: string): string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`);
}
