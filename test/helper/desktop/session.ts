import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { hasWatcher } from "../../../tray/availability.ts";
import { openBus } from "../../../tray/dbus/bus.ts";
import { type TestFolder, testFolder } from "../folder.ts";
import { waitFor } from "../program.ts";
import { PANEL_CONFIG } from "./panel-config.ts";

export interface SessionOptions {
  display?: boolean;
  panel?: boolean;
}

/** A desktop session of its own: a message bus, and a display and a panel where they are asked for. */
export interface Session extends AsyncDisposable {
  readonly folder: TestFolder;
  readonly env: Readonly<Record<string, string>>;
  /** Where its message bus listens. */
  readonly bus: string;
  /** Runs a program of the session to its end, and gives what it printed. */
  run(program: string, ...args: string[]): Promise<string>;
  /** What was opened on the desktop so far. */
  opened(): string[];
  startPanel(): Promise<void>;
  killPanel(): Promise<void>;
  /** Ends the display, as a crash of the session does. */
  killDisplay(): Promise<void>;
  /** Ends the bus, as the end of the session does. */
  killBus(): Promise<void>;
}

export async function startSession({
  display = false,
  panel = false,
}: SessionOptions = {}): Promise<Session> {
  const folder = testFolder();
  const bus = folder.file("bus");
  const children = new Map<string, ChildProcess>();
  const env: Record<string, string> = {
    PATH: `${folder.file("bin")}:${process.env["PATH"] ?? ""}`,
    HOME: folder.path,
    LANG: "C.UTF-8",
    XDG_RUNTIME_DIR: folder.file("run"),
    XDG_CONFIG_HOME: folder.file("config"),
    XDG_CACHE_HOME: folder.file("cache"),
    XDG_DATA_HOME: folder.file("data"),
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}`,
    NO_AT_BRIDGE: "1",
    GTK_A11Y: "none",
    GDK_BACKEND: "x11",
    // An icon on the bus needs no display, and a desktop is told by one.
    ...(display ? {} : { WAYLAND_DISPLAY: "wayland-none" }),
  };
  mkdirSync(env["XDG_RUNTIME_DIR"] ?? "", { mode: 0o700 });
  folder.write("config/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml", PANEL_CONFIG);

  // What would open a browser or a file notes what it was asked for.
  const opener = '#!/bin/sh\necho "$1" >> "$HOME/opened"\n';
  chmodSync(folder.write("bin/xdg-open", opener), 0o755);

  const start = (program: string, args: readonly string[], stdio: "ignore" | "pipe" = "ignore") => {
    const child = spawn(program, args, {
      env,
      stdio: ["ignore", "ignore", "ignore", stdio],
    });
    children.set(program, child);
    return child;
  };
  const kill = async (program: string): Promise<void> => {
    const child = children.get(program);
    children.delete(program);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };

  const session: Session = {
    folder,
    env,
    bus,
    async run(program, ...args) {
      const { stdout } = await promisify(execFile)(program, args, { env, timeout: 20_000 });
      return stdout.trim();
    },
    opened() {
      const file = folder.file("opened");
      return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    },
    async startPanel() {
      start("xfce4-panel", ["--disable-wm-check"]);
      await waitFor("the panel shows icons", async () => {
        await using connection = await openBus(bus);
        return await hasWatcher(connection);
      });
    },
    async killPanel() {
      await kill("xfce4-panel");
      // What the panel started for its plugins.
      await endAll(folder.path, /panel/u);
    },
    killDisplay: () => kill("Xvfb"),
    killBus: () => kill("dbus-daemon"),
    async [Symbol.asyncDispose]() {
      for (const program of children.keys()) await kill(program);
      await endAll(folder.path, /./u);
      folder[Symbol.dispose]();
    },
  };

  try {
    folder.write("bus.conf", busConfig(bus));
    if (display) {
      const child = start(
        "Xvfb",
        ["-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset"],
        "pipe",
      );
      const [number] = (await once(child.stdio[3] as Readable, "data")) as [Buffer];
      env["DISPLAY"] = `:${number.toString().trim()}`;
    }
    start("dbus-daemon", [`--config-file=${folder.file("bus.conf")}`, "--nofork"]);
    await waitFor("the bus listens", () => existsSync(bus));
    if (panel) await session.startPanel();
    return session;
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

/** Ends what runs with this directory as its HOME and has a command line like that. */
async function endAll(home: string, pattern: RegExp): Promise<void> {
  for (const { pid, command } of listProcesses(home)) {
    if (!pattern.test(command)) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
  await waitFor("what ran in the session is gone", () =>
    listProcesses(home).every(({ command }) => !pattern.test(command)),
  );
}

/** What runs with this directory as its HOME; what has ended and was not collected yet is left out. */
export function listProcesses(home: string): { pid: number; command: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, "latin1").split("\0");
        if (!environment.includes(`HOME=${home}`)) return [];
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return [{ pid: Number(name), command }];
      } catch {
        return [];
      }
    });
}

function busConfig(socket: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <standard_session_servicedirs/>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;
}
