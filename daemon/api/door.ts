import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Control, Views } from "./control.ts";
import type { EventStreams } from "./event-stream.ts";
import type { PageFiles } from "./page.ts";
import type { SessionCodes } from "./session.ts";

/** The server as a file of routes sees it: schemas in zod, handlers typed by them. */
export type App = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What stands behind the routes. */
export interface Door {
  control: Control;
  views: Views;
  streams: EventStreams;
  /** Left out: a door without a page. */
  page?: PageFiles | undefined;
  token: string;
  sessionCodes: SessionCodes;
}
