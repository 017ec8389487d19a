import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import { connect, findDaemon } from "../../client/discover.ts";
import { RunnerError, systemErrorCode } from "../../core/errors.ts";
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
      const client = await connect(context.paths, context.signal);
      const pid = findDaemon(context.paths)?.pid;
      await client.stop();
      if (pid !== undefined) await waitForEnd(pid, context.signal);
      context.output.show({ stopped: true }, () => ["Stopped."]);
    });
  explain(command, {
    more: "Nothing is lost: what was being read goes on at the next start.",
    examples: [
      ["stop", "end it in order"],
      ["pause", "leave it running, and send nothing to a model"],
    ],
    exits: [[4, "no daemon runs in this home"]],
  });
}

async function waitForEnd(pid: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (isRunning(pid)) {
    if (performance.now() > deadline) {
      throw new RunnerError(
        "request_timeout",
        `the daemon (pid ${pid}) has not ended within ${STOP_TIMEOUT_MS} ms`,
        { hint: "It may wait for a model: look again, or end the process." },
      );
    }
    await wait(POLL_MS, undefined, { signal });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemErrorCode(error) === "EPERM";
  }
  try {
    // In a container whose first process collects no children, what has ended stays as a zombie
    // (proc_pid_stat(5)).
    return !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return true;
  }
}
