import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Client, createClient } from "../../daemon/client/client.ts";
import { daemonFileSchema } from "../../daemon/protocol/api.ts";
import type { Run } from "../../daemon/protocol/run.ts";
import { testFolder } from "./folder.ts";

export const LAUNCHER = path.resolve(import.meta.dirname, "../../daemon/cli/launch.js");

/** A home of its own in which the real program is started, killed and asked. */
export interface TestHome extends AsyncDisposable {
  readonly path: string;
  /** What the program finds in its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The absolute path of a file in it. */
  file(name: string): string;
  write(name: string, content: string): string;
  /** Writes config.yaml: any free port, and what is given. */
  configure(yaml: string): void;
  /**
   * Starts the daemon in the foreground; resolves as soon as the process is there.
   *
   * @param preload a module to load into it first, which may talk to this process
   */
  start(preload?: string): Program;
  /** Runs a command to its end. */
  run(...args: string[]): Promise<Ended>;
  /** A client of the daemon that runs now, once it answers. */
  connect(): Promise<Client>;
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Program {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Sends a signal and resolves with the exit code, or the signal's name, once the process is gone. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** Waits until `check` gives something, asking every 30 ms. */
export async function waitFor<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await wait(30);
  }
}

/** @param variables more of the environment, from the home's path */
export function testHome(
  files: Readonly<Record<string, string>> = {},
  variables: (home: string) => Record<string, string> = () => ({}),
): TestHome {
  const folder = testFolder(files);
  const env = {
    PATH: process.env["PATH"],
    HOME: folder.file("user"),
    AGENT_RUNNER_HOME: folder.file("home"),
    NO_COLOR: "1",
    ...variables(folder.path),
  };
  const started = new Set<Program>();
  const home: TestHome = {
    path: folder.path,
    env,
    file: folder.file,
    write: folder.write,
    configure(yaml) {
      folder.write("home/config.yaml", `version: 1\nserver: { port: 0 }\n${yaml}`);
    },
    start(preload) {
      const child = spawn(
        process.execPath,
        [...(preload === undefined ? [] : ["--import", preload]), LAUNCHER, "start"],
        { env, stdio: preload === undefined ? "pipe" : ["pipe", "pipe", "pipe", "ipc"] },
      );
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on("data", (chunk: Buffer) => {
          output += chunk.toString();
        });
      }
      const gone = new Promise<number | NodeJS.Signals>((resolve) => {
        child.once("exit", (code, signal) => resolve(code ?? signal ?? 1));
      });
      const program: Program = {
        child,
        output: () => output,
        async end(signal) {
          child.kill(signal);
          const ended = await gone;
          started.delete(program);
          return ended;
        },
      };
      started.add(program);
      return program;
    },
    run: (...args) =>
      new Promise((resolve) => {
        execFile(process.execPath, [LAUNCHER, ...args], { env }, (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
          resolve({ code, stdout, stderr });
        });
      }),
    connect() {
      const file = folder.file("home/daemon.json");
      return waitFor("the daemon answers", async () => {
        if (!existsSync(file)) return undefined;
        const client = createClient(daemonFileSchema.parse(JSON.parse(readFileSync(file, "utf8"))));
        const health = await client.health().catch(() => undefined);
        return health && client;
      });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...started].map((program) => program.end("SIGKILL")));
      folder[Symbol.dispose]();
    },
  };
  writeFileSync(folder.write("user/.keep", ""), "");
  return home;
}

/** Whether a process copies the journal of a home now. Linux only. */
export function isCopying(home: string): boolean {
  return globSync("/proc/[0-9]*/cmdline").some((file) => {
    try {
      const line = readFileSync(file, "utf8");
      return line.includes("backup-main") && line.includes(home);
    } catch {
      return false;
    }
  });
}

/** Waits until an agent has a run that ended, and gives the newest. */
export function waitForRun(client: Client, agentId: string): Promise<Run> {
  return waitFor(`a run of ${agentId} ends`, async () => {
    const { items } = await client.runs({ agent_id: agentId, limit: 1 });
    return items.find((run) => run.status !== "running");
  });
}
