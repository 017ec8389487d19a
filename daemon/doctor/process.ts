import { connect, findDaemon } from "../client/discover.ts";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import type { Paths } from "../core/paths.ts";
import type { DiagnosisFinding } from "../protocol/diagnosis.ts";
import type { DaemonFile } from "../protocol/api.ts";
import { ok, problem } from "./finding.ts";
import { CALL } from "../core/call.ts";

export interface Found {
  /** The daemon of this home, where it answers. */
  daemon: DaemonFile | undefined;
  findings: readonly DiagnosisFinding[];
}

/** Whether a daemon runs in this home, and is of this version. */
export async function examineProcess(
  paths: Paths,
  version: string,
  signal: AbortSignal,
): Promise<Found> {
  const daemon = findDaemon(paths);
  if (daemon === undefined) {
    return { daemon, findings: [ok("daemon", "no daemon runs; `start` starts it")] };
  }
  const { pid, url, started_at } = daemon;
  try {
    await connect(paths, signal);
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    return { daemon: undefined, findings: [describeSilence(daemon, paths)] };
  }
  if (daemon.version === version) {
    const message = `runs at ${url} as process ${pid}, since ${started_at}`;
    return { daemon, findings: [ok("daemon", message)] };
  }
  const message = `the daemon that runs is version ${daemon.version}, and this program is ${version}`;
  const hint = `Run: ${CALL} stop, then start again.`;
  return { daemon, findings: [problem("daemon", { code: "version_differs", message, hint })] };
}

function describeSilence({ pid, url }: DaemonFile, paths: Paths): DiagnosisFinding {
  const logs = `The last lines of the logs in ${paths.logs} may say why.`;
  return isAlive(pid)
    ? problem("daemon", {
        code: "daemon_silent",
        message: `${paths.daemonFile} names ${url}, which is not this home's daemon or does not answer, though a process ${pid} runs`,
        hint: `If process ${pid} is an Agent Runner that hangs, end it: kill ${pid}. Then start again. ${logs}`,
      })
    : problem("daemon", {
        code: "daemon_file_stale",
        message: `${paths.daemonFile} is stale: process ${pid} is gone without having ended in order`,
        hint: `Start again, which replaces it; nothing is lost. ${logs}`,
      });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === "EPERM";
  }
}
