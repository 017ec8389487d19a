/*
 * A connection to the session's message bus, with only what a tray icon and a notification need of D-Bus. It promises
 * that every call is answered, refused or given up in time, and that a peer can at most end the connection. A crash
 * costs the connection, and the bus forgets us.
 */
import { connect, type Socket } from "node:net";
import { createMessageReader, encodeMessage, type Message } from "./message.ts";
import { textOf, type Value } from "./wire.ts";

export interface Call {
  destination: string;
  path: string;
  interface: string;
  member: string;
  signature?: string;
  body?: readonly Value[];
}

export interface Signal {
  path: string;
  interface: string;
  member: string;
  signature?: string;
  body?: readonly Value[];
}

/** Answers a call from outside; undefined: there is no such method. */
export type CallHandler = (
  message: Message,
) => { signature: string; body: readonly Value[] } | undefined;

export interface Bus extends AsyncDisposable {
  /** Our name on the bus, e.g. `:1.42`. */
  readonly name: string;
  /** @throws Error with the peer's name for the error, or if no answer comes in time */
  call(call: Call): Promise<readonly Value[]>;
  emit(signal: Signal): void;
  /** Answers calls to objects at and below a path. */
  serve(path: string, handler: CallHandler): void;
  /** Calls back for each matching signal, until the connection ends. */
  listen(
    match: { interface: string; member: string },
    onSignal: (signal: Message) => void,
  ): Promise<void>;
  /** Resolves when the connection has ended, on either side. */
  readonly closed: Promise<void>;
}

/** The bus itself. */
export const DBUS = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
};

const CALL_TIMEOUT_MS = 5_000;

/** Connects to the bus. @throws Error if nothing answers at the socket, or the bus refuses us */
export async function openBus(socketPath: string): Promise<Bus> {
  const socket = connect({ path: socketPath });
  let serial = 0;
  const send: Send = (message) => {
    serial += 1;
    socket.write(encodeMessage({ ...message, serial }));
    return serial;
  };
  const calls = createCalls(send, () => socket.destroyed);
  const handlers = new Map<string, CallHandler>();
  const listeners: Listener[] = [];
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      calls.end();
      resolve();
    });
  });

  function receive(message: Message): void {
    if (message.kind === "reply" || message.kind === "error") calls.settle(message);
    else if (message.kind === "call") answer(message, handlers, send);
    else notify(listeners, message);
  }

  try {
    const rest = await authenticate(socket);
    const read = createMessageReader();
    const take = (chunk: Buffer): void => {
      try {
        for (const message of read(chunk)) receive(message);
      } catch {
        socket.destroy();
      }
    };
    // The event `close` reports what cannot be sent any more.
    socket.on("error", () => {});
    socket.on("data", take);
    take(rest);
    const [name] = await calls.call({ ...DBUS, member: "Hello" });
    return {
      name: textOf(name),
      call: calls.call,
      emit: ({ signature = "", body = [], ...signal }) => {
        if (!socket.destroyed) send({ kind: "signal", ...signal, signature, body });
      },
      serve: (path, handler) => void handlers.set(path, handler),
      async listen(match, onSignal) {
        listeners.push({ ...match, onSignal });
        const rule = `type='signal',interface='${match.interface}',member='${match.member}'`;
        await calls.call({ ...DBUS, member: "AddMatch", signature: "s", body: [rule] });
      },
      closed,
      async [Symbol.asyncDispose]() {
        socket.destroy();
        await closed;
      },
    };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Sends a message, and returns its serial number. */
type Send = (message: Omit<Message, "serial">) => number;

interface Calls {
  call: Bus["call"];
  /** Ends the call that this reply or error is for. */
  settle(message: Message): void;
  /** Fails all open calls. */
  end(): void;
}

interface Waiting {
  resolve(body: readonly Value[]): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

function createCalls(send: Send, hasEnded: () => boolean): Calls {
  const waiting = new Map<number, Waiting>();
  const ended = (): Error => new Error("The connection to D-Bus has ended.");
  return {
    call({ signature = "", body = [], ...rest }) {
      if (hasEnded()) return Promise.reject(ended());
      const id = send({ kind: "call", ...rest, signature, body });
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(new Error(`${rest.interface}.${rest.member} did not answer.`));
        }, CALL_TIMEOUT_MS);
        waiting.set(id, { resolve, reject, timer });
      });
    },
    settle({ replySerial = 0, kind, errorName, body }) {
      const one = waiting.get(replySerial);
      if (one === undefined) return;
      waiting.delete(replySerial);
      clearTimeout(one.timer);
      if (kind === "reply") one.resolve(body);
      else one.reject(new Error(`${errorName ?? "error"}: ${textOf(body[0])}`));
    },
    end() {
      for (const { reject, timer } of waiting.values()) {
        clearTimeout(timer);
        reject(ended());
      }
      waiting.clear();
    },
  };
}

/** Runs a call from outside, and replies if the caller wants that. */
function answer(message: Message, handlers: ReadonlyMap<string, CallHandler>, send: Send): void {
  const reply = findHandler(handlers, message.path ?? "")?.(message);
  if (message.isOneWay === true) return;
  const back = {
    replySerial: message.serial,
    ...(message.sender === undefined ? {} : { destination: message.sender }),
  };
  if (reply !== undefined) {
    send({ kind: "reply", ...back, ...reply });
    return;
  }
  const errorName = "org.freedesktop.DBus.Error.UnknownMethod";
  const body = [`There is no ${message.interface}.${message.member} at ${message.path}.`];
  send({ kind: "error", ...back, errorName, signature: "s", body });
}

interface Listener {
  interface: string;
  member: string;
  onSignal(signal: Message): void;
}

function notify(listeners: readonly Listener[], signal: Message): void {
  for (const one of listeners) {
    if (one.interface === signal.interface && one.member === signal.member) one.onSignal(signal);
  }
}

function findHandler(
  handlers: ReadonlyMap<string, CallHandler>,
  path: string,
): CallHandler | undefined {
  for (const [root, handler] of handlers) {
    if (path === root || path.startsWith(`${root}/`)) return handler;
  }
  return undefined;
}

/** Says who we are, which the socket proves. Returns the bytes after the answer. */
async function authenticate(socket: Socket): Promise<Buffer> {
  const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString("hex");
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
  let said = Buffer.alloc(0);
  const timer = setTimeout(
    () => socket.destroy(new Error("D-Bus does not answer.")),
    CALL_TIMEOUT_MS,
  );
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      said = Buffer.concat([said, chunk as Buffer]);
      const end = said.indexOf("\r\n");
      if (end === -1 && said.length < 1_000) continue;
      const line = said.toString("latin1", 0, end);
      if (!line.startsWith("OK ")) throw new Error(`D-Bus refused the connection: ${line}`);
      socket.write("BEGIN\r\n");
      return said.subarray(end + 2);
    }
    throw new Error("D-Bus closed the connection.");
  } finally {
    clearTimeout(timer);
  }
}
