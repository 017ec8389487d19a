import path from "node:path";
import { expect, test } from "vitest";
import { resolvePaths } from "../../daemon/core/paths.ts";

const userHome = path.resolve("/home/ann");

test("AGENT_RUNNER_HOME holds everything, the inbox too", () => {
  const root = path.resolve("/srv/runner");
  const env = { AGENT_RUNNER_HOME: root, XDG_CONFIG_HOME: "/elsewhere" };
  expect(resolvePaths({ env, platform: "linux", userHome })).toEqual({
    config: path.join(root, "config.yaml"),
    secrets: path.join(root, "secrets.env"),
    database: path.join(root, "agent-runner.db"),
    lock: path.join(root, "daemon.lock"),
    daemonFile: path.join(root, "daemon.json"),
    logs: path.join(root, "logs"),
    log: path.join(root, "logs/agent-runner.log"),
    inbox: path.join(root, "inbox"),
    signIn: path.join(root, "sign-in"),
    signInVisible: path.join(userHome, "Agent Runner Sign-in"),
    own: [root, path.join(root, "logs"), path.join(userHome, "Agent Runner Sign-in")],
  });
});

test.each<[NodeJS.Platform, Record<string, string>, string, string, string, string]>([
  ["linux", {}, ".config", ".local/share", ".local/state", ".local/state/agent-runner/logs"],
  [
    "linux",
    { XDG_CONFIG_HOME: path.join(userHome, "c"), XDG_DATA_HOME: "relative", XDG_STATE_HOME: "" },
    "c",
    ".local/share",
    ".local/state",
    ".local/state/agent-runner/logs",
  ],
  [
    "darwin",
    {},
    "Library/Application Support",
    "Library/Application Support",
    "Library/Application Support",
    "Library/Logs/agent-runner",
  ],
  [
    "win32",
    {},
    "AppData/Roaming",
    "AppData/Local",
    "AppData/Local",
    "AppData/Local/agent-runner/logs",
  ],
  [
    "win32",
    { APPDATA: path.join(userHome, "r"), LOCALAPPDATA: path.join(userHome, "l") },
    "r",
    "l",
    "l",
    "l/agent-runner/logs",
  ],
])(
  "on %s with %j each file is where that system keeps its kind",
  (platform, env, config, data, state, logs) => {
    const paths = resolvePaths({ env, platform, userHome });
    const at = (...parts: string[]): string => path.join(userHome, ...parts);
    expect(paths).toMatchObject({
      config: at(config, "agent-runner/config.yaml"),
      secrets: at(config, "agent-runner/secrets.env"),
      database: at(data, "agent-runner/agent-runner.db"),
      lock: at(state, "agent-runner/daemon.lock"),
      daemonFile: at(state, "agent-runner/daemon.json"),
      logs: at(logs),
      inbox: at("Agent Runner Inbox"),
    });
    expect(new Set(paths.own)).toEqual(
      new Set([
        ...[config, data, state].map((place) => at(place, "agent-runner")),
        at(logs),
        at("Agent Runner Sign-in"),
      ]),
    );
  },
);
