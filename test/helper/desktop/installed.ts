import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Client, createClient } from "../../../daemon/client/client.ts";
import { resolvePaths } from "../../../daemon/core/paths.ts";
import { daemonFileSchema } from "../../../daemon/protocol/api.ts";
import { findRunningTray, type RunningTray } from "../../../tray/lock.ts";
import { waitFor } from "../program.ts";
import { listProcesses, type Session } from "./session.ts";

const LAUNCHER = path.resolve(import.meta.dirname, "../../../daemon/cli/launch.js");

/** The real program in a session. */
export interface Installed extends AsyncDisposable {
  readonly home: string;
  file(name: string): string;
  write(name: string, content: string): string;
  configure(yaml: string): void;
  /** Runs a command to its end. */
  run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Starts a command that stays: `start`, `tray`. */
  start(...args: string[]): ChildProcess;
  connect(): Promise<Client>;
  /** Waits for the tray to be shown. */
  tray(): Promise<RunningTray>;
  /** What of the program and the tray runs. */
  running(): string[];
}

export function install(session: Session): Installed {
  const { folder } = session;
  const home = folder.file("home");
  const env = { ...session.env, AGENT_RUNNER_HOME: home, NO_COLOR: "1" };
  const paths = resolvePaths({ env, platform: process.platform, userHome: folder.path });
  const started = new Set<ChildProcess>();
  const isOurs = (command: string): boolean =>
    command.includes(LAUNCHER) ||
    command.includes("daemon/cli/main") ||
    /tray_\w+_release/u.test(command);
  const running = (): string[] =>
    listProcesses(folder.path)
      .map(({ command }) => command)
      .filter(isOurs);
  const installed: Installed = {
    home,
    file: folder.file,
    write: folder.write,
    configure(yaml) {
      folder.write("home/config.yaml", `version: 1\nserver: { port: 0 }\n${yaml}`);
    },
    async run(...args) {
      const child = spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: "pipe" });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      const [code] = (await once(child, "close")) as [number | null];
      return { code: code ?? 1, stdout, stderr };
    },
    start(...args) {
      const child = spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: "ignore" });
      started.add(child);
      return child;
    },
    connect: () =>
      waitFor("the daemon answers", async () => {
        if (!existsSync(paths.daemonFile)) return undefined;
        const said: unknown = JSON.parse(readFileSync(paths.daemonFile, "utf8"));
        const client = createClient(daemonFileSchema.parse(said));
        const health = await client.health().catch(() => undefined);
        return health && client;
      }),
    tray: () =>
      waitFor("the tray is shown", async () => {
        const tray = await findRunningTray(env, paths);
        return tray?.backend === null ? undefined : tray;
      }),
    running,
    async [Symbol.asyncDispose]() {
      for (const child of started) child.kill("SIGKILL");
    },
  };
  return installed;
}
