import { connect } from "../client/discover.ts";
import { RunnerError } from "../core/errors.ts";
import { CALL } from "../core/call.ts";
import { existsSync } from "node:fs";
import type { Status } from "../protocol/api.ts";
import type { Context } from "./context.ts";
import { formatFacts } from "./table.ts";
import { formatCount } from "./format.ts";

interface Overview {
  /** null: no daemon runs in this home. */
  status: Status | null;
  next: readonly { command: string; does: string }[];
}

/** What a call without a command shows: how it is, and what to do next. */
export async function showOverview(context: Context): Promise<void> {
  const status = await findStatus(context);
  const overview: Overview = { status, next: nextSteps(status, existsSync(context.paths.config)) };
  context.output.show(overview, (shown, screen) => [
    screen.style("bold", describe(shown.status)),
    "",
    "Next:",
    ...formatFacts(shown.next.map(({ command, does }) => [`  ${CALL} ${command}`, does] as const)),
  ]);
}

async function findStatus({ paths, signal }: Context): Promise<Status | null> {
  try {
    return await (await connect(paths, signal)).status();
  } catch (error) {
    if (error instanceof RunnerError && error.code === "daemon_not_running") return null;
    throw error;
  }
}

function describe(status: Status | null): string {
  if (status === null) return "Agent Runner is not running.";
  const { state, queue, problems } = status;
  const waiting = queue.pending + queue.working;
  return [
    `Agent Runner is running: ${state}.`,
    ...(waiting === 0 ? [] : [`${formatCount(waiting, "file")} to read.`]),
    ...(problems.length === 0 ? [] : [`${formatCount(problems.length, "problem")}.`]),
  ].join(" ");
}

function nextSteps(status: Status | null, hasConfig: boolean): Overview["next"] {
  const help = { command: "help", does: "all commands" };
  if (status === null) {
    return [
      ...(hasConfig ? [] : [{ command: "init", does: "choose a directory to read" }]),
      { command: "start", does: "read your files, until Ctrl-C" },
      { command: "start --detach", does: "the same in the background" },
      help,
    ];
  }
  return [
    ...(status.problems.length === 0
      ? []
      : [{ command: "status", does: "each problem, and what to do" }]),
    { command: "tasks", does: "the open tasks" },
    { command: "open", does: "the page in your browser" },
    { command: "stop", does: "stop the daemon" },
    help,
  ];
}
