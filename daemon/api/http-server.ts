import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import { RunnerError } from "../core/errors.ts";
import { refuse } from "./guard.ts";
import { sendProblem, toProblem } from "./problem.ts";

// One person's page, tray and commands stay far below these limits; a stuck or hostile client does not.
const LIMITS = { connections: 256, headersTimeoutMs: 10_000, requestTimeoutMs: 30_000 };

const SECURITY_HEADERS = new Map([
  ["cache-control", "no-store"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
]);

/**
 * A server on which nothing reaches `handler` past the guard, whatever the method, the target or the
 * version of HTTP, and on which every answer carries the security headers.
 *
 * @param ours asked at every request, since the port is known only once the server listens
 */
export function createGuardedServer(
  handler: RequestListener,
  ours: () => ReadonlySet<string>,
  token: string,
): Server {
  const guarded: RequestListener = (request, response) => {
    response.setHeaders(SECURITY_HEADERS);
    const { method = "", url: target = "", rawHeaders } = request;
    const error = refuse({ method, target, rawHeaders }, ours(), token);
    if (error) sendProblem(response, error);
    else handler(request, response);
  };
  const server = createServer(
    {
      // The guard answers a missing Host itself, and HTTP/1.0 need not send one.
      requireHostHeader: false,
      headersTimeout: LIMITS.headersTimeoutMs,
      requestTimeout: LIMITS.requestTimeoutMs,
    },
    guarded,
  );
  // Node would answer an unknown Expect header on its own.
  server.on("checkExpectation", guarded);
  server.maxConnections = LIMITS.connections;
  return server;
}

/** Answers what Node's parser refuses: no HTTP, headers that are too long or arrive too slowly. */
export function refuseMalformed(_error: Error, socket: Socket): void {
  if (socket.writable) {
    const body = JSON.stringify(
      toProblem(
        new RunnerError("invalid_request", "The request is malformed, too long or too slow."),
      ),
    );
    const head = [
      "HTTP/1.1 400 Bad Request",
      "connection: close",
      "content-type: application/problem+json",
      `content-length: ${Buffer.byteLength(body)}`,
      ...[...SECURITY_HEADERS].map(([name, value]) => `${name}: ${value}`),
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  }
  socket.destroySoon();
}
