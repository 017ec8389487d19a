import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { RunnerError } from "../core/errors.ts";
import type { Connections } from "./connections.ts";
import { needsToken, pathOf, refuse } from "./guard.ts";
import { isPageAuthority } from "./page-origin.ts";
import { sendProblem } from "./problem.ts";
import { SECURITY_HEADERS, writeProblem } from "./raw-problem.ts";
import { sendSignpost, sendUnregister } from "./signpost.ts";

// One person's page, tray and commands stay far below these limits; a stuck or hostile client does not.
const LIMITS = { headersTimeoutMs: 10_000, requestTimeoutMs: 30_000 };

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
  connections: Connections,
): Server {
  const guarded: RequestListener = (request, response) => {
    response.setHeaders(SECURITY_HEADERS);
    const { method = "", url: target = "", headers, rawHeaders } = request;
    if (headers["service-worker"] === "script") return sendUnregister(response);
    const error = refuse({ method, target, rawHeaders }, ours(), token);
    const isForToken = needsToken(method, pathOf(target));
    const isOldPage = error?.code === "host_refused" && isPageAuthority(headers.host ?? "");
    if (isOldPage && !isForToken) return sendSignpost(response, 421);
    if (error?.code === "unauthorized" && isPageAddress(request)) return sendNoPage(response);
    if (error) return sendProblem(response, error);
    if (isForToken) connections.hold(request.socket, response);
    handler(request, response);
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
  connections.guard(server);
  return server;
}

/** Whether a browser goes to an address outside the API. No page has such an address; see `NOT_API`. */
function isPageAddress({ method, url = "", headers }: IncomingMessage): boolean {
  return method === "GET" && !/^\/api\b/i.test(url) && /\btext\/html\b/.test(headers.accept ?? "");
}

function sendNoPage(response: ServerResponse): void {
  response.writeHead(404, { "content-type": "text/html; charset=utf-8" }).end(NO_PAGE);
}

const NO_PAGE = `<!doctype html><html lang="en"><title>Agent Runner</title>
<p>There is no page at this address. <a href="/">Go to the first page.</a></p></html>
`;

/** Answers what Node's parser refuses: no HTTP, headers that are too long or arrive too slowly. */
export function refuseMalformed(_error: Error, socket: Socket): void {
  const message = "The request is malformed, too long or too slow.";
  if (socket.writable) writeProblem(socket, new RunnerError("invalid_request", message));
  socket.destroySoon();
}
