/**
 * Loaded into the program first (`--import`), so that documents can show the usual ports on any machine:
 * listening at 4770 gives a free port, calling Ollama's port reaches the server at USUAL_OLLAMA, and the usual ports
 * of other model servers do not answer.
 */
import net from "node:net";

const OLLAMA = Number(process.env["USUAL_OLLAMA"] ?? 0);
const CLOSED = 1;
const PORTS = new Map([
  [11_434, OLLAMA],
  [1234, CLOSED],
  [8080, CLOSED],
  [9931, CLOSED],
  [12_434, CLOSED],
]);

function isOptions(value: unknown): value is { port?: number } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Arguments of `listen` or `connect`, with the port replaced; node hands its own over as one array. */
function withPort(args: unknown[], replace: (port: number) => number): unknown[] {
  return args.map((arg) => {
    if (Array.isArray(arg)) return Object.assign(withPort(arg, replace), symbolsOf(arg));
    return isOptions(arg) && arg.port !== undefined
      ? { ...arg, port: replace(Number(arg.port)) }
      : arg;
  });
}

/** Node marks the arrays that it made itself. */
function symbolsOf(array: object): object {
  return Object.fromEntries(
    Object.getOwnPropertySymbols(array).map((symbol) => [symbol, Reflect.get(array, symbol)]),
  );
}

const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (this: net.Server, ...args: unknown[]) {
  return Reflect.apply(
    listen,
    this,
    withPort(args, (port) => (port === 4770 ? 0 : port)),
  );
};
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  return Reflect.apply(
    connect,
    this,
    withPort(args, (port) => PORTS.get(port) ?? port),
  );
};
