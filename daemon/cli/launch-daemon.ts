// Starts this program again as a daemon: one that stays, or one of a command's own. A daemon of a command's
// own ends with the command, however that ends, because the channel between them closes then.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../client/client.ts";
import { connect, findDaemon } from "../client/discover.ts";
import { CODES, type ErrorCode, RunnerError } from "../core/errors.ts";
import type { Context } from "./context.ts";

const POLL_MS = 50;
// Long enough for the migration of a large journal on a slow disk.
const START_TIMEOUT_MS = 60_000;

/**
 * Starts a daemon and waits until it answers.
 *
 * @param mode `detached`: it outlives this program. `for-run`: it is this program's own.
 * @throws what the daemon says when it cannot start, e.g. `daemon_running`, `config_invalid`
 */
export async function launchDaemon(
  context: Context,
  mode: "detached" | "for-run",
): Promise<{ child: ChildProcess; client: Client }> {
  const { paths, signal } = context;
  const isDetached = mode === "detached";
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const trace = openSync(path.join(paths.logs, "daemon.err"), "a", 0o600);
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
  closeSync(trace);
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (said += text));
  try {
    await once(child, "spawn");
    const closed = once(child, "close");
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      // The file of a daemon that was killed may still be there.
      if (findDaemon(paths)?.pid === child.pid) {
        return { child, client: await connect(paths, signal) };
      }
      if (hasExited(child)) {
        await closed;
        throw parseStartError(said, paths.logs);
      }
      if (performance.now() > deadline) {
        const what = `the daemon (pid ${child.pid}) was not ready within ${START_TIMEOUT_MS} ms`;
        throw new RunnerError("request_timeout", what, { hint: `The logs are in ${paths.logs}.` });
      }
      await wait(POLL_MS, undefined, { signal });
    }
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    // It would keep this program alive. What the daemon prints from now on goes nowhere.
    child.stdout?.destroy();
  }
}

export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** An error as the output prints it with --json. */
interface SaidError {
  code: string;
  message: string;
  hint: string | null;
}

/** The error that a daemon printed before it ended. */
function parseStartError(said: string, logs: string): RunnerError {
  try {
    const { error }: { error: SaidError } = JSON.parse(said);
    const { code, message, hint } = error;
    if (isErrorCode(code)) return new RunnerError(code, message, hint === null ? {} : { hint });
  } catch {
    // Not one JSON document: it ended in a way that it could not report.
  }
  return new RunnerError("internal", "the daemon ended before it was ready", {
    hint: `What is known stands in ${logs}.`,
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CODES, code);
}
