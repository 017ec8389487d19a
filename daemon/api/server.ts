/**
 * The HTTP server on loopback. It lets in a request that names this host, comes from no foreign page and has
 * the token, and answers every fault as a problem. It decides nothing and writes nothing: routes read the
 * journal and act through `Control`. It keeps only unused session codes. A crash costs the answers in progress.
 */
import type { RequestListener, Server } from "node:http";
import { fastify } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Clock } from "../core/clock.ts";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Journal } from "../journal/open.ts";
import type { Control } from "./control.ts";
import type { App } from "./door.ts";
import { createEventStreams, type EventFeed } from "./event-stream.ts";
import { ownAuthorities } from "./guard.ts";
import { openPageOrigin } from "./page-origin.ts";
import { createGuardedServer, refuseMalformed } from "./http-server.ts";
import type { PageFiles } from "./page.ts";
import { openConnections } from "./connections.ts";
import { createErrorHandler, refuseUnknown } from "./problem.ts";
import { registerRoutes } from "./routes.ts";
import { createSerializerCompiler } from "./serialization.ts";
import { createSessionCodes } from "./session.ts";
import { openSocketOwners } from "./socket-owner.ts";
import { invalidRequest, validatorCompiler } from "./validation.ts";

export interface ServerOptions {
  /** A loopback address. */
  host: string;
  /** 0: any free port. */
  port: number;
  control: Control;
  journal: Journal;
  events: EventFeed;
  /** Left out: the server has no page. */
  page?: PageFiles | undefined;
  token: string;
  logger: Logger;
  clock: Clock;
  /** Called with each session code that was used or is too old. */
  onCodeEnded?: (code: string) => void;
}

export interface RunningServer {
  /** The address, e.g. `http://127.0.0.1:4770`. */
  readonly url: string;
  /** The origin that a browser opens, e.g. `http://ar-0123456789abcdef0123.localhost:4770`. */
  readonly pageUrl: string;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

/**
 * Starts the server.
 *
 * @throws port_in_use; config_invalid if listening fails for another reason
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, control, journal, events, page, token, logger, clock } = options;
  // Empty until the port is known: no request is let in before.
  let ours: ReadonlySet<string> = new Set();
  let pageUrl = "";
  const connections = openConnections({ owners: openSocketOwners(), uid: process.getuid?.() });
  const guarded = (handler: RequestListener): Server =>
    createGuardedServer(handler, () => ours, token, connections);
  const onError = createErrorHandler(logger);
  const app = fastify({
    bodyLimit: 1024 * 1024,
    // Otherwise close() would wait for answers in progress.
    forceCloseConnections: true,
    frameworkErrors: onError,
    clientErrorHandler: refuseMalformed,
    serverFactory: guarded,
  }).withTypeProvider<ZodTypeProvider>();
  app.setErrorHandler(onError);
  app.setNotFoundHandler(refuseUnknown);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(createSerializerCompiler(logger));
  acceptJsonAlone(app);
  const streams = createEventStreams(events, { clock, logger });
  app.addHook("preClose", () => streams.close());
  const sessionCodes = createSessionCodes(clock, options.onCodeEnded);
  app.addHook("preClose", async () => {
    sessionCodes.close();
    connections.close();
  });
  registerRoutes(app, {
    control,
    journal,
    streams,
    page,
    pageUrl: () => pageUrl,
    token,
    sessionCodes,
    clock,
  });

  try {
    const url = await app.listen({ host, port });
    // A URL leaves port 80 out.
    const ownPort = Number(new URL(url).port || 80);
    const origin = await openPageOrigin(url, app.addresses(), () => guarded(app.routing));
    ({ pageUrl } = origin);
    ours = ownAuthorities(host, ownPort, pageUrl);
    const close = async (): Promise<void> => {
      await Promise.all([app.close(), origin.close()]);
    };
    return { url, pageUrl, close };
  } catch (error) {
    await app.close();
    throw explainListen(error, host, port);
  }
}

/** JSON alone: a page of another site may send the other types without asking. An empty body counts as left out. */
function acceptJsonAlone(app: App): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>(
    ["application/json", "application/merge-patch+json"],
    { parseAs: "string" },
    (request, body, done) => {
      if (body === "") done(null, undefined);
      // Otherwise it would count as left out.
      else if (body.trim() === "null")
        done(invalidRequest("the body: expected a mapping, got null"));
      else void parseJson(request, body, done);
    },
  );
}

function explainListen(error: unknown, host: string, port: number): RunnerError {
  if (systemErrorCode(error) === "EADDRINUSE") {
    return new RunnerError("port_in_use", `Another program listens on ${host}:${port}.`, {
      hint: "Set server.port in config.yaml to another port, or to 0 for any free one.",
      cause: error,
    });
  }
  return new RunnerError("config_invalid", `Cannot listen on ${host}:${port}: ${String(error)}.`, {
    hint: "Set server.host in config.yaml to 127.0.0.1 and server.port to 4770.",
    cause: error,
  });
}
