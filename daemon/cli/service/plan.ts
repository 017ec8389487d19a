// The files and commands that start the daemon at login on each system. Pure, so that a plan can be shown before it
// is carried out, and tested on any system.
import { createHash } from "node:crypto";
import path from "node:path";
import {
  readTemplate,
  systemdQuote,
  desktopQuote,
  envFileQuote,
  windowsQuote,
  xmlText,
} from "./template.ts";

type Command = readonly [program: string, ...args: string[]];

export interface ServicePlan {
  manager: "systemd" | "launchd" | "task_scheduler";
  /** Its name in the system. */
  name: string;
  /** The files to write. */
  files: readonly { path: string; text: string }[];
  /** Run after the files are written. */
  enable: readonly Command[];
  /** Run before the files are removed. */
  disable: readonly Command[];
  /** Run after the files are removed. */
  forget: readonly Command[];
  /** Exits with 0 if the system has it. */
  query: Command;
}

export interface ServicePlace {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  userHome: string;
  uid: number;
  /** The user's name; `DOMAIN\\user` on Windows. */
  user: string;
  /** The Node that runs this program, and its launcher; absolute paths. */
  runtime: string;
  entry: string;
  /** A directory for files that the system reads once. */
  state: string;
}

/** How to start this program at login, with its current home and runtime. */
export function planService(place: ServicePlace): ServicePlan {
  const home = place.env["AGENT_RUNNER_HOME"];
  // One service for each home.
  const name =
    home === undefined || home === "" ? "agent-runner" : `agent-runner-${shortHash(home)}`;
  switch (place.platform) {
    case "darwin":
      return planLaunchd(place, name, home);
    case "win32":
      return planTask(place, name, home);
    default:
      return planSystemd(place, name, home);
  }
}

function planSystemd(place: ServicePlace, name: string, home: string | undefined): ServicePlan {
  const { env, userHome, runtime, entry } = place;
  const config = env["XDG_CONFIG_HOME"] || path.join(userHome, ".config");
  const unit = `${name}.service`;
  const systemctl = (...args: string[]): Command => ["systemctl", "--user", ...args];
  const autostart = home === undefined || home === "" ? [] : ["env", `AGENT_RUNNER_HOME=${home}`];
  return {
    manager: "systemd",
    name,
    files: [
      {
        path: path.join(config, "systemd", "user", unit),
        text: readTemplate("agent-runner.service", {
          NAME: name,
          COMMAND: [...runWith(runtime), entry, "start"].map(systemdQuote).join(" "),
          ENVIRONMENT: home ? `Environment=${systemdQuote(`AGENT_RUNNER_HOME=${home}`)}` : "",
        }),
      },
      {
        // A service has no display at login. The session has one, and starts this.
        path: path.join(config, "autostart", `${name}-tray.desktop`),
        text: readTemplate("agent-runner-tray.desktop", {
          COMMAND: [...autostart, runtime, entry, "tray", "--with-daemon"]
            .map(desktopQuote)
            .join(" "),
        }),
      },
    ],
    enable: [systemctl("daemon-reload"), systemctl("enable", unit)],
    disable: [systemctl("disable", unit)],
    forget: [systemctl("daemon-reload")],
    query: systemctl("is-enabled", unit),
  };
}

/** systemd refuses a program path with these characters, but accepts them in arguments. */
function runWith(runtime: string): string[] {
  return /["'\\$]/u.test(runtime) ? ["/usr/bin/env", runtime] : [runtime];
}

function planLaunchd(place: ServicePlace, name: string, home: string | undefined): ServicePlan {
  const { userHome, runtime, entry, uid } = place;
  const file = path.posix.join(userHome, "Library", "LaunchAgents", `${name}.plist`);
  const domain = `gui/${uid}`;
  return {
    manager: "launchd",
    name,
    files: [
      {
        path: file,
        text: readTemplate("agent-runner.plist", {
          NAME: name,
          COMMAND: [runtime, entry, "start"]
            .map((part) => `    <string>${xmlText(part)}</string>`)
            .join("\n"),
          ENVIRONMENT: home
            ? `    <key>AGENT_RUNNER_HOME</key>\n    <string>${xmlText(home)}</string>`
            : "",
        }),
      },
    ],
    enable: [["launchctl", "bootstrap", domain, file]],
    disable: [["launchctl", "bootout", `${domain}/${name}`]],
    forget: [],
    query: ["launchctl", "print", `${domain}/${name}`],
  };
}

function planTask(place: ServicePlace, name: string, home: string | undefined): ServicePlan {
  const { runtime, entry, state, user } = place;
  const file = path.win32.join(state, `${name}.xml`);
  // A task cannot set environment variables.
  const environment = home
    ? [
        {
          path: path.win32.join(state, `${name}.env`),
          text: `AGENT_RUNNER_HOME=${envFileQuote(home)}\n`,
        },
      ]
    : [];
  const words = [...environment.map((one) => `--env-file=${one.path}`), entry, "start", "--detach"];
  return {
    manager: "task_scheduler",
    name,
    files: [
      {
        path: file,
        text: readTemplate("agent-runner.xml", {
          USER: xmlText(user),
          PROGRAM: xmlText(runtime),
          ARGUMENTS: xmlText(words.map(windowsQuote).join(" ")),
        }),
      },
      ...environment,
    ],
    enable: [["schtasks", "/Create", "/TN", name, "/XML", file, "/F"]],
    disable: [["schtasks", "/Delete", "/TN", name, "/F"]],
    forget: [],
    query: ["schtasks", "/Query", "/TN", name],
  };
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
