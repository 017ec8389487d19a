import { existsSync } from "node:fs";
import { connect } from "../daemon/client/discover.ts";
import { CALL } from "../daemon/core/call.ts";
import { systemClock } from "../daemon/core/clock.ts";
import { toRunnerError } from "../daemon/core/errors.ts";
import type { Paths } from "../daemon/core/paths.ts";
import type { Notice } from "./notification/notice.ts";
import { targetFor } from "./open-on-desktop.ts";
import { createSignIn, openPage } from "./open-page.ts";
import type { Action } from "./snapshot.ts";
import { minutesToTomorrow } from "./time.ts";

export interface ActOptions {
  paths: Paths;
  /** Opens a file or a directory. Returns whether that was possible. */
  open(target: string): Promise<boolean>;
  /** Shows a notification. */
  notify(notice: Notice): void;
  startDaemon(): Promise<void>;
  startAtLogin(on: boolean): Promise<void>;
  /** Removes the icon. */
  leave(): void;
}

/** Carries out a choice. Errors become a notification, and are not thrown. */
export async function act(action: Action, options: ActOptions): Promise<void> {
  try {
    await perform(action, options);
  } catch (thrown) {
    const { message, hint } = toRunnerError(thrown);
    options.notify({
      title: "That did not work",
      body: [message, hint].filter(Boolean).join("\n"),
    });
  }
}

async function perform(action: Action, options: ActOptions): Promise<void> {
  const { paths, startDaemon, leave, notify } = options;
  const open = async (target: string): Promise<void> => {
    if (await options.open(target)) return;
    notify({ title: "No program can open this", body: target });
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
      notify({ title: "Agent Runner needs you", body: [message, hint].filter(Boolean).join("\n") });
      return;
    }
    case "open_page": {
      const signIn = await createSignIn(await connect(paths), action.path);
      if (await openPage(paths, signIn, options.open)) return;
      const body = `Run \`${CALL} open --print\` in a terminal, and open the address that it prints.`;
      return notify({ title: "No program can open the page", body });
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

/** Runs each agent; one that cannot run does not stop the others. @throws the first refusal */
async function runAll({ paths }: ActOptions, agentIds: readonly string[]): Promise<void> {
  const client = await connect(paths);
  const outcomes = await Promise.allSettled(agentIds.map((agentId) => client.trigger(agentId)));
  const refused = outcomes.find((outcome) => outcome.status === "rejected");
  if (refused !== undefined) throw refused.reason;
}

/** Stops the daemon, if it runs, and the tray. */
async function quit({ paths, leave }: ActOptions): Promise<void> {
  try {
    await (await connect(paths)).stop();
  } catch (thrown) {
    if (toRunnerError(thrown).code !== "daemon_not_running") throw thrown;
  }
  leave();
}
