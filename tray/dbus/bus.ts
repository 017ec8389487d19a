/*
 * A connection to the session's message bus: what a tray icon and a notification need of D-Bus, and no
 * more. It promises that every call is answered, refused or given up in time, and that nothing a peer
 * sends can do more than end the connection. A crash costs the connection, and the bus forgets us.
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

/** What a call from outside is answered with; undefined: there is no such method. */
export type CallHandler = (
  message: Message,
) => { signature: string; body: readonly Value[] } | undefined;

export interface Bus extends AsyncDisposable {
  /** Our own name on the bus, e.g. `:1.42`. */
  readonly name: string;
  /** @throws Error with the peer's own name of the error, or when no answer comes in time */
  call(call: Call): Promise<readonly Value[]>;
  emit(signal: Signal): void;
  /** Answers calls to objects at and below a path. */
  serve(path: string, handler: CallHandler): void;
  /** Calls back for each signal that fits; ends with the connection. */
  listen(
    match: { interface: string; member: string },
    onSignal: (signal: Message) => void,
  ): Promise<void>;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
}

/** The bus itself. */
export const DBUS = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
};

const CALL_TIMEOUT_MS = 5_000;

interface Waiting {
  resolve(body: readonly Value[]): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** @throws Error where nothing answers there, or refuses us */
export async function openBus(socketPath: string): Promise<Bus> {
  const socket = connect({ path: socketPath });
  const waiting = new Map<number, Waiting>();
  const handlers = new Map<string, CallHandler>();
  const listeners: { interface: string; member: string; onSignal(signal: Message): void }[] = [];
  let serial = 0;
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      for (const { reject, timer } of waiting.values()) {
        clearTimeout(timer);
        reject(new Error("the connection to D-Bus has ended"));
      }
      waiting.clear();
      resolve();
    });
  });

  const send = (message: Omit<Message, "serial">): number => {
    serial += 1;
    socket.write(encodeMessage({ ...message, serial }));
    return serial;
  };

  function call({ signature = "", body = [], ...rest }: Call): Promise<readonly Value[]> {
    if (socket.destroyed) return Promise.reject(new Error("the connection to D-Bus has ended"));
    const id = send({ kind: "call", ...rest, signature, body });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error(`no answer to ${rest.interface}.${rest.member}`));
      }, CALL_TIMEOUT_MS);
      waiting.set(id, { resolve, reject, timer });
    });
  }

  function settle(message: Message): void {
    const one = waiting.get(message.replySerial ?? 0);
    if (one === undefined) return;
    waiting.delete(message.replySerial ?? 0);
    clearTimeout(one.timer);
    if (message.kind === "reply") one.resolve(message.body);
    else one.reject(new Error(`${message.errorName ?? "error"}: ${textOf(message.body[0])}`));
  }

  function answer(message: Message): void {
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
    const body = [`there is no ${message.interface}.${message.member} at ${message.path}`];
    send({ kind: "error", ...back, errorName, signature: "s", body });
  }

  function receive(message: Message): void {
    if (message.kind === "reply" || message.kind === "error") settle(message);
    else if (message.kind === "call") answer(message);
    else {
      for (const one of listeners) {
        if (one.interface === message.interface && one.member === message.member) {
          one.onSignal(message);
        }
      }
    }
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
    // What cannot be sent any more is said by `close`.
    socket.on("error", () => {});
    socket.on("data", take);
    take(rest);
    const [name] = await call({ ...DBUS, member: "Hello" });
    return {
      name: textOf(name),
      call,
      emit: ({ signature = "", body = [], ...rest }) => {
        if (!socket.destroyed) send({ kind: "signal", ...rest, signature, body });
      },
      serve: (path, handler) => void handlers.set(path, handler),
      async listen(match, onSignal) {
        listeners.push({ ...match, onSignal });
        const rule = `type='signal',interface='${match.interface}',member='${match.member}'`;
        await call({ ...DBUS, member: "AddMatch", signature: "s", body: [rule] });
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

function findHandler(
  handlers: ReadonlyMap<string, CallHandler>,
  path: string,
): CallHandler | undefined {
  for (const [root, handler] of handlers) {
    if (path === root || path.startsWith(`${root}/`)) return handler;
  }
  return undefined;
}

/** Says who we are, which the socket proves; gives what came after the answer. */
async function authenticate(socket: Socket): Promise<Buffer> {
  const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString("hex");
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
  let said = Buffer.alloc(0);
  const timer = setTimeout(
    () => socket.destroy(new Error("D-Bus does not answer")),
    CALL_TIMEOUT_MS,
  );
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      said = Buffer.concat([said, chunk as Buffer]);
      const end = said.indexOf("\r\n");
      if (end === -1 && said.length < 1_000) continue;
      const line = said.toString("latin1", 0, end);
      if (!line.startsWith("OK ")) throw new Error(`D-Bus refused us: ${line}`);
      socket.write("BEGIN\r\n");
      return said.subarray(end + 2);
    }
    throw new Error("D-Bus closed the connection");
  } finally {
    clearTimeout(timer);
  }
}
