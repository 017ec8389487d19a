import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../client/client.ts";
import { connect } from "../client/discover.ts";
import { type ErrorCode, RunnerError } from "../core/errors.ts";
import type { Context } from "./context.ts";
import { hasExited, launchDaemon } from "./launch-daemon.ts";

/** A daemon for the time of one command. */
export interface DaemonSession extends AsyncDisposable {
  readonly client: Client;
  /** Whether the daemon was started for this command and ends with it. */
  readonly isOwn: boolean;
}

const MOST_ATTEMPTS = 5;
const POLL_MS = 200;
// A daemon that is killed loses nothing.
const END_TIMEOUT_MS = 15_000;

/**
 * The daemon that runs, or else one of this command's own: in the same home, on any port, without watching
 * or schedules.
 *
 * @throws what keeps a daemon from starting
 */
export async function openDaemon(context: Context): Promise<DaemonSession> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const client = await connect(context.paths, context.signal);
      return { client, isOwn: false, async [Symbol.asyncDispose]() {} };
    } catch (error) {
      if (!hasCode(error, "daemon_not_running")) throw error;
    }
    try {
      return await openOwnDaemon(context);
    } catch (error) {
      // Another command may be starting one at this very moment: then that one will do.
      if (!hasCode(error, "daemon_running") || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

async function openOwnDaemon(context: Context): Promise<DaemonSession> {
  const { child, client } = await launchDaemon(context, "for-run");
  return {
    client,
    isOwn: true,
    async [Symbol.asyncDispose]() {
      // Another command may have joined it, and would lose its daemon in the middle of a run.
      while (!context.signal.aborted && (await hasRunningRun(client))) await wait(POLL_MS);
      if (hasExited(child)) return;
      child.disconnect();
      const patience = AbortSignal.timeout(END_TIMEOUT_MS);
      await once(child, "exit", { signal: patience }).catch(() => child.kill("SIGKILL"));
    },
  };
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof RunnerError && error.code === code;
}

async function hasRunningRun(client: Client): Promise<boolean> {
  try {
    const { items } = await client.runs({ status: "running", limit: 1 });
    return items.length > 0;
  } catch {
    // It is gone, or going.
    return false;
  }
}
