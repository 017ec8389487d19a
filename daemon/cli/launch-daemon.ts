// Starts this program again as a daemon: one that stays, or one of a command's own. A daemon of a command's own ends
// with the command, however that ends, because the channel between them closes then.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from "node:fs";
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
 * @param mode `detached`: it outlives this program. `for-run`: it is this program's own (see `start --for-run`).
 * @throws what the daemon says when it cannot start, e.g. `daemon_running`, `config_invalid`
 */
export async function launchDaemon(
  context: Context,
  mode: "detached" | "for-run",
): Promise<{ child: ChildProcess; client: Client }> {
  const { paths, signal } = context;
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const report = path.join(paths.logs, "daemon.out");
  const out = openSync(report, "a", 0o600);
  const reportStart = fstatSync(out).size;
  const isDetached = mode === "detached";
  const child = spawn(
    process.execPath,
    [context.entry, "start", "--json", ...(isDetached ? [] : ["--for-run"])],
    {
      env: context.env,
      detached: isDetached,
      windowsHide: true,
      stdio: ["ignore", out, out, ...(isDetached ? [] : ["ipc" as const])],
    },
  );
  closeSync(out);
  try {
    await once(child, "spawn");
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      // The file of a daemon that was killed may still be there.
      if (findDaemon(paths)?.pid === child.pid) {
        return { child, client: await connect(paths, signal) };
      }
      if (hasExited(child)) throw readStartError(report, reportStart);
      if (performance.now() > deadline) {
        const what = `the daemon (pid ${child.pid}) was not ready within ${START_TIMEOUT_MS} ms`;
        throw new RunnerError("request_timeout", what, { hint: `The logs are in ${paths.logs}.` });
      }
      await wait(POLL_MS, undefined, { signal });
    }
  } catch (error) {
    child.kill();
    throw error;
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

/** The error that a daemon printed as JSON before it ended. */
function readStartError(report: string, start: number): RunnerError {
  const said = readFileSync(report).subarray(start).toString("utf8").trim();
  try {
    const { error }: { error: SaidError } = JSON.parse(said.split("\n").at(-1) ?? "");
    const { code, message, hint } = error;
    if (isErrorCode(code)) return new RunnerError(code, message, hint === null ? {} : { hint });
  } catch {
    // Not JSON: it ended in a way that it could not report.
  }
  return new RunnerError("internal", "the daemon ended before it was ready", {
    hint: said === "" ? `It said nothing; the log is in ${path.dirname(report)}.` : said,
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CODES, code);
}
