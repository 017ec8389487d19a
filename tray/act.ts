import { existsSync } from "node:fs";
import { connect } from "../daemon/client/discover.ts";
import { systemClock } from "../daemon/core/clock.ts";
import { toRunnerError } from "../daemon/core/errors.ts";
import type { Paths } from "../daemon/core/paths.ts";
import type { Notice } from "./notification/notice.ts";
import { targetFor } from "./open-on-desktop.ts";
import type { Action } from "./snapshot.ts";
import { minutesToTomorrow } from "./time.ts";

export interface ActOptions {
  paths: Paths;
  /** Opens a file, a directory or an address; gives whether that was possible. */
  open(target: string): Promise<boolean>;
  tell(notice: Notice): void;
  startDaemon(): Promise<void>;
  startAtLogin(on: boolean): Promise<void>;
  /** Takes the icon away. */
  leave(): void;
}

/** Does what was chosen. What goes wrong is told, not thrown. */
export async function act(action: Action, options: ActOptions): Promise<void> {
  try {
    await perform(action, options);
  } catch (thrown) {
    const { message, hint } = toRunnerError(thrown);
    options.tell({ title: "That did not work", body: [message, hint].filter(Boolean).join("\n") });
  }
}

async function perform(action: Action, options: ActOptions): Promise<void> {
  const { paths, startDaemon, leave, tell } = options;
  const open = async (target: string): Promise<void> => {
    if (await options.open(target)) return;
    tell({ title: "Nothing here opens this", body: target });
  };
  switch (action.do) {
    case "run":
      return runAll(options, action.agentIds);
    case "pause": {
      const minutes = { hour: 60, tomorrow: minutesToTomorrow(systemClock.now()), resumed: null };
      const until = minutes[action.until];
      await (await connect(paths)).pause(until === null ? {} : { minutes: until });
      return;
    }
    case "resume":
      await (await connect(paths)).resume();
      return;
    case "start":
      return startDaemon();
    case "explain": {
      const { message, hint } = action.problem;
      tell({ title: "Agent Runner needs you", body: [message, hint].filter(Boolean).join("\n") });
      return;
    }
    case "open_page": {
      const client = await connect(paths);
      const { code } = await client.createSessionCode();
      // In the fragment, which a browser sends to nobody and writes into no log of a server.
      return open(`${client.url}${action.path}#code=${code}`);
    }
    case "open_file":
      return open(targetFor(action.path));
    case "open_inbox":
      return open(paths.inbox);
    case "edit_config":
      return open(paths.config);
    case "view_logs":
      return open(existsSync(paths.log) ? paths.log : paths.logs);
    case "start_at_login":
      return options.startAtLogin(action.on);
    case "hide":
      return leave();
    case "quit":
      return quit(options);
  }
}

/** Each of them; the first that cannot run keeps none of the others from it. */
async function runAll({ paths }: ActOptions, agentIds: readonly string[]): Promise<void> {
  const client = await connect(paths);
  const outcomes = await Promise.allSettled(agentIds.map((agentId) => client.trigger(agentId)));
  const refused = outcomes.find((outcome) => outcome.status === "rejected");
  if (refused !== undefined) throw refused.reason;
}

/** The daemon, where it runs, and the tray. */
async function quit({ paths, leave }: ActOptions): Promise<void> {
  try {
    await (await connect(paths)).stop();
  } catch (thrown) {
    if (toRunnerError(thrown).code !== "daemon_not_running") throw thrown;
  }
  leave();
}
