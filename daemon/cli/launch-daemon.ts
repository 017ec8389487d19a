// Starts this program again as a daemon: one that stays, or a command's own. A command's own daemon ends
// with the command, however the command ends, because the channel between them closes.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../client/client.ts";
import { connect, findDaemon } from "../client/discover.ts";
import { CODES, type ErrorCode, RunnerError } from "../core/errors.ts";
import { makePrivateDirectory } from "../core/private-directory.ts";
import { APPEND } from "../core/log-file.ts";
import type { Context } from "./context.ts";

const POLL_MS = 50;
// Long enough to back up and migrate a large journal on a slow disk.
const START_TIMEOUT_MS = 600_000;

/**
 * Starts a daemon and waits until it answers.
 *
 * @param mode `detached`: it outlives this program. `for-run`: it belongs to this program.
 * @throws the error of a daemon that cannot start, e.g. `daemon_running`, `config_invalid`; `home_unusable`
 */
export async function launchDaemon(
  context: Context,
  mode: "detached" | "for-run",
): Promise<{ child: ChildProcess; client: Client }> {
  const { paths, signal } = context;
  const isDetached = mode === "detached";
  makePrivateDirectory(paths.logs);
  const trace = openTrace(path.join(paths.logs, "daemon.err"));
  const child = spawn(
    process.execPath,
    [context.entry, "start", "--json", ...(isDetached ? [] : ["--for-run"])],
    {
      env: context.env,
      detached: isDetached,
      windowsHide: true,
      stdio: ["ignore", "pipe", trace, ...(isDetached ? [] : ["ipc" as const])],
    },
  );
  if (trace !== "ignore") closeSync(trace);
  let printed = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (printed += text));
  try {
    await once(child, "spawn");
    const closed = once(child, "close");
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      // A killed daemon may have left its file.
      if (findDaemon(paths)?.pid === child.pid) {
        return { child, client: await connect(paths, signal) };
      }
      if (hasExited(child)) {
        await closed;
        throw parseStartError(printed, paths.logs);
      }
      if (performance.now() > deadline) {
        const message = `The daemon (pid ${child.pid}) was not ready within ${START_TIMEOUT_MS / 1000} seconds.`;
        throw new RunnerError("request_timeout", message, {
          hint: `Read the logs in ${paths.logs}.`,
        });
      }
      await wait(POLL_MS, undefined, { signal });
    }
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    // An open pipe would keep this program alive. From now on, what the daemon prints is dropped.
    child.stdout?.destroy();
  }
}

/** What a daemon prints as it dies. Nothing needs it: what cannot be opened is left out. */
function openTrace(file: string): number | "ignore" {
  try {
    return openSync(file, APPEND, 0o600);
  } catch {
    return "ignore";
  }
}

export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** An error as `--json` prints it. */
interface PrintedError {
  code: string;
  message: string;
  hint: string | null;
}

/** The error that a daemon printed before it ended. */
function parseStartError(printed: string, logs: string): RunnerError {
  try {
    const { error }: { error: PrintedError } = JSON.parse(printed);
    const { code, message, hint } = error;
    if (isErrorCode(code)) return new RunnerError(code, message, hint === null ? {} : { hint });
  } catch {
    // Not one JSON document: the daemon ended in a way that it could not report.
  }
  return new RunnerError("internal", "The daemon ended before it was ready.", {
    hint: `Read the logs in ${logs}.`,
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CODES, code);
}
