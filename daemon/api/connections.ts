/*
 * Who may be connected. On Linux another user of the machine, except root, is refused before a byte of the request is
 * read, and so is a connection that no program has any more. One whose user is unknown needs the token as everyone
 * does. A connection has a place only once it is decided, so others take none, and there is always one for a new
 * connection: the oldest that waits for nothing makes room, so that connections that stay idle lock no one out.
 */
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { CALL } from "../core/call.ts";
import { RunnerError } from "../core/errors.ts";
import { writeProblem } from "./raw-problem.ts";
import type { SocketOwners } from "./socket-owner.ts";

export interface Connections {
  /** Decides about each connection before the server sees it. */
  guard(server: Server): void;
  /** Keeps the place of a connection until a request with the token is answered. */
  hold(socket: Socket, response: ServerResponse): void;
  /** Ends those that no server has. */
  close(): void;
}

export interface ConnectionsOptions {
  owners: SocketOwners;
  /** Of this process; undefined on systems without. */
  uid: number | undefined;
  limit?: number;
}

// One person's page, tray and commands stay far below it; so does the number of files that a process may open.
const LIMIT = 512;
// A client that is refused has read the answer by then.
const LINGER_MS = 1_000;
const MOST_LINGERING = 64;
const ROOT = 0;

export function openConnections({ owners, uid, limit = LIMIT }: ConnectionsOptions): Connections {
  const places = createPlaces(limit);
  const undecided = new Set<Socket>();
  const refused = createRefused();
  let isClosed = false;

  async function decide(socket: Socket, serve: (socket: Socket) => void): Promise<void> {
    if (isClosed) return void socket.destroy();
    undecided.add(socket);
    socket.on("error", ignore);
    const found = owners.find(socket);
    // Whoever connects faster than that waits for it; dropping one could drop this user's.
    if (undecided.size >= limit) owners.settleNow();
    const owner = await found;
    undecided.delete(socket);
    if (socket.destroyed) return;
    if (owner === "gone") return void socket.destroy();
    if (uid !== undefined && owner !== undefined && owner !== uid && owner !== ROOT) {
      refused.answer(socket, otherUser(uid, owner));
      return;
    }
    socket.off("error", ignore);
    places.enter(socket);
    serve(socket);
  }

  return {
    guard(server) {
      const serve = server.listeners("connection");
      server.removeAllListeners("connection");
      server.on("connection", (socket: Socket) => {
        void decide(socket, (admitted) => {
          for (const listener of serve) Reflect.apply(listener, server, [admitted]);
        });
      });
    },
    hold: places.hold,
    close() {
      isClosed = true;
      for (const socket of undecided) socket.destroy();
      refused.close();
    },
  };
}

/** The places for connections: the oldest that is not held makes room for a new one. */
function createPlaces(limit: number) {
  // In the order in which they came.
  const open = new Set<Socket>();
  const held = new Map<Socket, number>();

  function makeRoom(): void {
    let leaves: Socket | undefined;
    for (const socket of open) {
      leaves ??= socket;
      if (held.has(socket)) continue;
      leaves = socket;
      break;
    }
    if (leaves === undefined) return;
    open.delete(leaves);
    leaves.destroy();
  }

  return {
    enter(socket: Socket): void {
      if (open.size >= limit) makeRoom();
      open.add(socket);
      socket.once("close", () => open.delete(socket));
    },
    hold(socket: Socket, response: ServerResponse): void {
      held.set(socket, (held.get(socket) ?? 0) + 1);
      response.once("close", () => {
        const left = (held.get(socket) ?? 1) - 1;
        if (left === 0) held.delete(socket);
        else held.set(socket, left);
      });
    },
  };
}

/** Connections that are answered and closed, a few at a time. */
function createRefused() {
  const open = new Set<Socket>();
  return {
    answer(socket: Socket, error: RunnerError): void {
      open.add(socket);
      const [oldest] = open;
      if (open.size > MOST_LINGERING) oldest?.destroy();
      const timer = setTimeout(() => socket.destroy(), LINGER_MS);
      socket.once("close", () => {
        clearTimeout(timer);
        open.delete(socket);
      });
      // What is left unread would reset the connection, and the answer would be lost.
      socket.resume();
      socket.once("end", () => socket.destroySoon());
      writeProblem(socket, error);
    },
    close(): void {
      for (const socket of open) socket.destroy();
    },
  };
}

function ignore(): void {}

function otherUser(uid: number, owner: number): RunnerError {
  const message = `This daemon serves the user with the number ${uid} alone, and the connection comes from ${owner}.`;
  return new RunnerError("user_refused", message, {
    hint: `Start a daemon of your own with \`${CALL} start\`.`,
  });
}
