import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import type { Client } from "../../client/client.ts";
import { connect, findDaemon } from "../../client/discover.ts";
import { RunnerError } from "../../core/errors.ts";
import { isProcessAlive } from "../../core/process-alive.ts";
import type { Context } from "../context.ts";
import { explain } from "../help.ts";

const POLL_MS = 50;
const STOP_TIMEOUT_MS = 15_000;

export function registerStop(program: Command, context: Context): void {
  const command = program
    .command("stop")
    .summary("Stop the daemon")
    .description("Stop the daemon and wait until it has ended")
    .action(async () => {
      const client = await connectToStop(context);
      const pid = findDaemon(context.paths)?.pid;
      await client.stop();
      if (pid !== undefined) await waitForEnd(pid, context.signal);
      context.output.show({ stopped: true }, () => ["Stopped."]);
    });
  explain(command, {
    more: "Nothing is lost: files in progress continue at the next start.",
    examples: [
      ["stop", "stop the daemon"],
      ["pause", "keep it running, but send nothing to models"],
    ],
    exits: [[4, "no daemon runs in this home"]],
  });
}

/** @throws daemon_not_running, without a hint to start one if none runs, since its end is what you want */
async function connectToStop({ paths, signal }: Context): Promise<Client> {
  try {
    return await connect(paths, signal);
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code !== "daemon_not_running") throw error;
    if (findDaemon(paths) !== undefined) throw error;
    throw new RunnerError(error.code, error.message, { cause: error });
  }
}

async function waitForEnd(pid: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (isRunning(pid)) {
    if (performance.now() > deadline) {
      throw new RunnerError(
        "request_timeout",
        `The daemon (pid ${pid}) has not ended within ${STOP_TIMEOUT_MS / 1000} seconds.`,
        { hint: "Wait a little, because it may wait for a model, or end the process." },
      );
    }
    await wait(POLL_MS, undefined, { signal });
  }
}

function isRunning(pid: number): boolean {
  if (!isProcessAlive(pid)) return false;
  try {
    // In a container whose first process does not reap children, an ended process stays as a zombie
    // (proc_pid_stat(5)).
    return !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return true;
  }
}
