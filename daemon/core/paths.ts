import os from "node:os";
import path from "node:path";

/** Where the product keeps its own files. All paths are absolute. */
export interface Paths {
  config: string;
  secrets: string;
  database: string;
  /** Locked while a daemon runs; its content has no meaning. */
  lock: string;
  daemonFile: string;
  logs: string;
  /** The newest file of the log; older ones are beside it. */
  log: string;
  inbox: string;
  /** Holds the files that open the page in a browser. */
  signIn: string;
  /** The same for a browser that is a snap, which sees no hidden directory. Exists only while it holds a file. */
  signInVisible: string;
  /** Nothing below these directories is ever read as a document, except in the inbox. */
  own: readonly string[];
}

interface PathsInput {
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  userHome: string;
}

interface Places {
  config: string;
  data: string;
  state: string;
  logs: string;
}

function platformPlaces({ env, platform, userHome }: PathsInput): Places {
  const name = "agent-runner";
  switch (platform) {
    case "darwin": {
      const support = path.join(userHome, "Library", "Application Support", name);
      return {
        config: support,
        data: support,
        state: support,
        logs: path.join(userHome, "Library", "Logs", name),
      };
    }
    case "win32": {
      const roaming = env["APPDATA"] ?? path.join(userHome, "AppData", "Roaming");
      const local = env["LOCALAPPDATA"] ?? path.join(userHome, "AppData", "Local");
      const state = path.join(local, name);
      return {
        config: path.join(roaming, name),
        data: state,
        state,
        logs: path.join(state, "logs"),
      };
    }
    default: {
      // The XDG base directory specification says to ignore relative values.
      const place = (variable: string, fallback: string): string => {
        const value = env[variable];
        const base = value && path.isAbsolute(value) ? value : path.join(userHome, fallback);
        return path.join(base, name);
      };
      const state = place("XDG_STATE_HOME", ".local/state");
      return {
        config: place("XDG_CONFIG_HOME", ".config"),
        data: place("XDG_DATA_HOME", ".local/share"),
        state,
        logs: path.join(state, "logs"),
      };
    }
  }
}

/**
 * This user's paths on this system, or paths below `AGENT_RUNNER_HOME` if that is set. Creates nothing.
 */
export function resolvePaths(
  input: PathsInput = { env: process.env, platform: process.platform, userHome: os.homedir() },
): Paths {
  const home = input.env["AGENT_RUNNER_HOME"];
  if (home) {
    const root = path.resolve(home);
    return assemble(
      { config: root, data: root, state: root, logs: path.join(root, "logs") },
      path.join(root, "inbox"),
      input.userHome,
    );
  }
  const inbox = path.join(input.userHome, "Agent Runner Inbox");
  return assemble(platformPlaces(input), inbox, input.userHome);
}

function assemble(places: Places, inbox: string, userHome: string): Paths {
  const signInVisible = path.join(userHome, "Agent Runner Sign-in");
  return {
    config: path.join(places.config, "config.yaml"),
    secrets: path.join(places.config, "secrets.env"),
    database: path.join(places.data, "agent-runner.db"),
    lock: path.join(places.state, "daemon.lock"),
    daemonFile: path.join(places.state, "daemon.json"),
    logs: places.logs,
    log: path.join(places.logs, "agent-runner.log"),
    inbox,
    signIn: path.join(places.state, "sign-in"),
    signInVisible,
    own: [...new Set([places.config, places.data, places.state, places.logs, signInVisible])],
  };
}
