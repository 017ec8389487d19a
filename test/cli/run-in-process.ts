import path from "node:path";
import type { Context } from "../../daemon/cli/context.ts";
import type { Output } from "../../daemon/cli/output.ts";
import { asksForJson, runProgram } from "../../daemon/cli/program.ts";
import { resolvePaths } from "../../daemon/core/paths.ts";
import { type TestFolder, testFolder } from "../helper/folder.ts";
import { type DoorOptions, type OpenDoor, openDoor } from "../helper/open-door.ts";
import { captureOutput } from "./captured-output.ts";

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

interface RunOptions {
  signal?: AbortSignal;
  /** More variables of the environment. */
  env?: Readonly<Record<string, string>>;
  /** The program that is started as a daemon. */
  entry?: string;
}

/** Limits with room, instead of this machine's. */
const PROC = path.resolve(import.meta.dirname, "../fixture/proc");
const LAUNCHER = path.resolve(import.meta.dirname, "../../daemon/cli/launch.js");

/** Runs one command of the command line in this process, with `home` as its AGENT_RUNNER_HOME. */
export async function runInProcess(
  home: Pick<TestFolder, "path">,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const { output, stdout, stderr } = captureOutput({ json: asksForJson(args) });
  const code = await runProgram(args, testContext(home, output, options));
  return { code, stdout: stdout(), stderr: stderr() };
}

/** The same for a command whose output is looked at while it goes on; gives its exit code. */
export function startInProcess(
  home: TestFolder,
  args: readonly string[],
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  return runProgram(args, testContext(home, output, { signal }));
}

/** What a command is handed, with `home` as its AGENT_RUNNER_HOME. */
export function testContext(
  home: Pick<TestFolder, "path">,
  output: Output,
  { signal = new AbortController().signal, entry = LAUNCHER, env: more = {} }: RunOptions = {},
): Context {
  // No desktop session: whoever runs the tests may sit in one.
  const display = { DISPLAY: "", WAYLAND_DISPLAY: "" };
  const env = { ...process.env, ...display, ...more, AGENT_RUNNER_HOME: home.path };
  return {
    paths: resolvePaths({ env, platform: process.platform, userHome: home.path }),
    env,
    version: "1.2.3",
    proc: PROC,
    entry,
    output,
    signal,
    exitCode: 0,
  };
}

/** A `daemon.json` that says a daemon runs at `url`. */
export function daemonFile(daemon: { url: string; token: string; pid?: number }): string {
  const { url, token, pid = process.pid } = daemon;
  return JSON.stringify({
    url,
    token,
    pid,
    version: "1.2.3",
    started_at: "2026-03-01T08:00:00.000Z",
  });
}

/** A daemon, and a home whose commands reach it. */
export async function openHome(options: DoorOptions = {}): Promise<{
  door: OpenDoor;
  home: TestFolder;
  run(...args: string[]): Promise<Ended>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const door = await openDoor(options);
  const home = testFolder({ "daemon.json": daemonFile(door) });
  const close = async (): Promise<void> => {
    home[Symbol.dispose]();
    await door[Symbol.asyncDispose]();
  };
  return {
    door,
    home,
    run: (...args) => runInProcess(home, args),
    close,
    [Symbol.asyncDispose]: close,
  };
}
