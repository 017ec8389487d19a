import { createHash } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { systemErrorCode } from "../daemon/core/errors.ts";
import type { Paths } from "../daemon/core/paths.ts";
import type { Environment } from "./desktop-session.ts";
import { findBusSocket } from "./dbus/address.ts";

/** The running tray of this home and session. */
export interface RunningTray {
  pid: number;
  /** The backend that draws its icon; null: none yet. */
  backend: "sni" | "systray2" | null;
}

export interface TrayLock extends AsyncDisposable {
  /** The backend that draws the icon, which others may ask for. */
  backend: RunningTray["backend"];
}

type Places = Pick<Paths, "daemonFile">;

const ANSWER_MS = 1_000;

/**
 * Takes the lock for the one tray of this home and session; undefined if another tray holds it. The lock is a
 * listening socket, so the system releases it when the process dies.
 */
export async function takeTrayLock(env: Environment, paths: Places): Promise<TrayLock | undefined> {
  const place = socketOf(env, paths);
  const server = (await listen(place)) ?? (await listenAfterDead(place, env, paths));
  if (server === undefined) return undefined;
  const lock: TrayLock = {
    backend: null,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
  server.on("connection", (socket) => {
    const said: RunningTray = { pid: process.pid, backend: lock.backend };
    socket.on("error", () => {});
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.end(JSON.stringify(said));
    socket.resume();
  });
  return lock;
}

/** The running tray of this home and session; undefined if none answers. */
export async function findRunningTray(
  env: Environment,
  paths: Places,
): Promise<RunningTray | undefined> {
  const socket = connect({ path: socketOf(env, paths) });
  const timer = setTimeout(() => socket.destroy(new Error("no answer")), ANSWER_MS);
  try {
    return JSON.parse(await text(socket)) as RunningTray;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** On systems where sockets are files, a killed tray leaves its file, which is replaced. */
async function listenAfterDead(
  place: string,
  env: Environment,
  paths: Places,
): Promise<Server | undefined> {
  if (process.platform === "linux" || process.platform === "win32") return undefined;
  if ((await findRunningTray(env, paths)) !== undefined) return undefined;
  rmSync(place, { force: true });
  return listen(place);
}

async function listen(place: string): Promise<Server | undefined> {
  const server = createServer();
  try {
    server.listen(place);
    await once(server, "listening");
    return server;
  } catch (error) {
    if (systemErrorCode(error) === "EADDRINUSE") return undefined;
    throw error;
  }
}

/** Linux has sockets without files, Windows has pipes; both end with the process. */
function socketOf(env: Environment, { daemonFile }: Places): string {
  const session = findBusSocket(env) ?? env["WAYLAND_DISPLAY"] ?? env["DISPLAY"] ?? "";
  const key = createHash("sha256").update(`${daemonFile}\0${session}`).digest("hex").slice(0, 24);
  switch (process.platform) {
    case "linux":
      return `\0agent-runner-tray-${key}`;
    case "win32":
      return `\\\\.\\pipe\\agent-runner-tray-${key}`;
    default:
      return path.join(path.dirname(daemonFile), "tray.sock");
  }
}
