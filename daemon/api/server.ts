/**
 * The door: HTTP on loopback. It lets in who names it rightly, comes from no foreign page and holds the
 * token, and answers every fault as a problem. It keeps nothing but session codes not yet used, and
 * decides nothing: routes read the journal and act through `Control`. A crash costs the answers under way.
 */
import { fastify } from "fastify";
import { serializerCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { Clock } from "../core/clock.ts";
import { RunnerError, systemErrorCode } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Journal } from "../journal/open.ts";
import type { Control } from "./control.ts";
import type { App } from "./door.ts";
import { createEventStreams, type EventFeed } from "./event-stream.ts";
import { ownAuthorities } from "./guard.ts";
import { createGuardedServer, refuseMalformed } from "./http-server.ts";
import type { PageFiles } from "./page.ts";
import { createErrorHandler, refuseUnknown } from "./problem.ts";
import { registerRoutes } from "./routes.ts";
import { createSessionCodes } from "./session.ts";
import { validatorCompiler } from "./validation.ts";

export interface ServerOptions {
  /** A loopback address. */
  host: string;
  /** 0: any that is free. */
  port: number;
  control: Control;
  journal: Journal;
  events: EventFeed;
  /** Left out: a door without a page. */
  page?: PageFiles | undefined;
  token: string;
  logger: Logger;
  clock: Clock;
}

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:4770`. */
  readonly url: string;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

/**
 * Opens the door.
 *
 * @throws port_in_use; config_invalid where the address cannot be listened on for another reason
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, control, journal, events, page, token, logger, clock } = options;
  // Empty until the port is known: nobody is let in before.
  let ours: ReadonlySet<string> = new Set();
  const onError = createErrorHandler(logger);
  const app = fastify({
    bodyLimit: 1024 * 1024,
    // Else an answer under way would keep close() waiting.
    forceCloseConnections: true,
    frameworkErrors: onError,
    clientErrorHandler: refuseMalformed,
    serverFactory: (handler) => createGuardedServer(handler, () => ours, token),
  }).withTypeProvider<ZodTypeProvider>();
  app.setErrorHandler(onError);
  app.setNotFoundHandler(refuseUnknown);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  acceptJsonAlone(app);
  const streams = createEventStreams(events, { clock, logger });
  app.addHook("preClose", () => streams.close());
  const sessionCodes = createSessionCodes(clock);
  registerRoutes(app, { control, journal, streams, page, token, sessionCodes, clock });

  try {
    const url = await app.listen({ host, port });
    // A URL leaves port 80 out.
    ours = ownAuthorities(host, Number(new URL(url).port || 80));
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw explainListen(error, host, port);
  }
}

/** JSON and no type that a page of another site may send unasked; an empty body is none. */
function acceptJsonAlone(app: App): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>(
    ["application/json", "application/merge-patch+json"],
    { parseAs: "string" },
    (request, body, done) => {
      if (body === "") done(null, undefined);
      // It would look like one that was left out.
      else if (body.trim() === "null") done(expectedObject());
      else void parseJson(request, body, done);
    },
  );
}

function expectedObject(): RunnerError {
  return new RunnerError("invalid_request", "the body: expected a mapping, got null");
}

function explainListen(error: unknown, host: string, port: number): RunnerError {
  if (systemErrorCode(error) === "EADDRINUSE") {
    return new RunnerError("port_in_use", `something else listens on ${host}:${port}`, {
      hint: "Set server.port in config.yaml to another port, or to 0 for any that is free.",
      cause: error,
    });
  }
  return new RunnerError("config_invalid", `cannot listen on ${host}:${port}: ${String(error)}`, {
    hint: "Set server.host in config.yaml to 127.0.0.1 and server.port to 4770.",
    cause: error,
  });
}
