import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Clock } from "../core/clock.ts";
import type { Journal } from "../journal/open.ts";
import type { Control } from "./control.ts";
import type { EventStreams } from "./event-stream.ts";
import type { PageFiles } from "./page.ts";
import type { SessionCodes } from "./session.ts";

/** The server as route files use it: schemas in zod, handlers typed by them. */
export type App = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Dependencies of the routes. */
export interface Door {
  control: Control;
  /** Only read here: every write goes through `control`. */
  journal: Journal;
  streams: EventStreams;
  /** Left out: the server has no page. */
  page?: PageFiles | undefined;
  /** The origin that a browser opens; only known once the server listens. */
  pageUrl(): string;
  token: string;
  sessionCodes: SessionCodes;
  clock: Clock;
}
