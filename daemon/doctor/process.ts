import { connect, findDaemon } from "../client/discover.ts";
import { RunnerError } from "../core/errors.ts";
import type { Paths } from "../core/paths.ts";
import { isProcessAlive } from "../core/process-alive.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import type { DaemonFile } from "../protocol/api.ts";
import { ok, problem } from "./finding.ts";
import { CALL } from "../core/call.ts";

export interface Found {
  /** The daemon of this home, if it answers. */
  daemon: DaemonFile | undefined;
  findings: readonly DiagnosisFinding[];
}

/** Checks whether a daemon runs in this home, and has this version. */
export async function examineProcess(
  paths: Paths,
  version: string,
  signal: AbortSignal,
): Promise<Found> {
  const daemon = findDaemon(paths);
  if (daemon === undefined) {
    return { daemon, findings: [ok("daemon", "No daemon runs; `start` starts one.")] };
  }
  const { pid, url, started_at } = daemon;
  try {
    await connect(paths, signal);
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    return { daemon: undefined, findings: [describeSilence(daemon, paths)] };
  }
  if (daemon.version === version) {
    const message = `It runs at ${url} as process ${pid}, since ${started_at}.`;
    return { daemon, findings: [ok("daemon", message)] };
  }
  const message = `The running daemon has version ${daemon.version}, this program ${version}.`;
  const hint = `Run \`${CALL} stop\`, then start it again.`;
  return { daemon, findings: [problem("daemon", { code: "version_differs", message, hint })] };
}

function describeSilence({ pid, url }: DaemonFile, paths: Paths): DiagnosisFinding {
  const logs = `the logs in ${paths.logs} may say why`;
  return isProcessAlive(pid)
    ? problem("daemon", {
        code: "daemon_silent",
        message: `${paths.daemonFile} names process ${pid}, which runs but does not answer as this home's daemon at ${url}.`,
        hint: `If process ${pid} is an Agent Runner that hangs, run \`kill ${pid}\` and start again; ${logs}.`,
      })
    : problem("daemon", {
        code: "daemon_file_stale",
        message: `${paths.daemonFile} is stale: process ${pid} ended without cleaning up.`,
        hint: `Start again, which replaces the file; nothing is lost, and ${logs}.`,
      });
}
