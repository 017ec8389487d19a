import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../client/client.ts";
import { connect, findDaemon } from "../client/discover.ts";
import { type ErrorCode, RunnerError } from "../core/errors.ts";
import type { Paths } from "../core/paths.ts";
import type { Context } from "./context.ts";
import { formatUpgrade } from "./format-upgrade.ts";
import { hasExited, launchDaemon } from "./launch-daemon.ts";

/** A daemon for the duration of one command. */
export interface DaemonSession extends AsyncDisposable {
  readonly client: Client;
  /** Whether this command started the daemon, which then ends with it. */
  readonly isOwn: boolean;
}

const POLL_MS = 200;
// A daemon stops within five seconds and starts faster, but the disk may be slow.
const TURN_TIMEOUT_MS = 15_000;
// Killing it loses nothing.
const END_TIMEOUT_MS = 15_000;

/**
 * The running daemon, or else one of this command's own: in the same home, on any port, without watching or
 * schedules. Waits until a daemon that another command started for itself has ended.
 *
 * @throws what keeps a daemon from starting
 */
export async function openDaemon(context: Context): Promise<DaemonSession> {
  const deadline = performance.now() + TURN_TIMEOUT_MS;
  for (;;) {
    const client = await findShared(context);
    if (client) return { client, isOwn: false, async [Symbol.asyncDispose]() {} };
    try {
      return await startOwn(context);
    } catch (error) {
      // Another daemon is just starting or stopping. Soon it answers, or is gone.
      if (!hasCode(error, "daemon_running") || performance.now() > deadline) throw error;
    }
    await wait(POLL_MS, undefined, { signal: context.signal });
  }
}

/** The running daemon, unless it is another command's own, which is waited for; undefined if none runs. */
async function findShared({ paths, signal, output }: Context): Promise<Client | undefined> {
  for (let hasNoted = false; ;) {
    const client = await tryConnect(paths, signal);
    if (!client) return undefined;
    const daemon = findDaemon(paths);
    // Otherwise the daemon that answered has ended since.
    if (daemon?.url === client.url) {
      if (daemon.mode !== "one-run") return client;
      if (!hasNoted) output.note("Waiting for another command in this home to end.");
      hasNoted = true;
    }
    await wait(POLL_MS, undefined, { signal });
  }
}

async function tryConnect(paths: Paths, signal: AbortSignal): Promise<Client | undefined> {
  try {
    return await connect(paths, signal);
  } catch (error) {
    if (hasCode(error, "daemon_not_running")) return undefined;
    throw error;
  }
}

async function startOwn(context: Context): Promise<DaemonSession> {
  const { child, client } = await launchDaemon(context, "for-run");
  for (const line of formatUpgrade(findDaemon(context.paths)?.upgraded)) context.output.note(line);
  return {
    client,
    isOwn: true,
    async [Symbol.asyncDispose]() {
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
