import type { z } from "zod";
import type { ErrorCode } from "../core/errors.ts";

/** The sections of the API's description. */
export const TAGS = {
  daemon: "The daemon's status, and stopping, pausing and checking it.",
  agents: "Named configurations, and starting their runs.",
  runs: "Triggered batches of files.",
  files: "Every file the journal knows.",
  entities: "Notes, tasks and projects. A write is the user's own edit, which agents never change.",
  drafts: "What the page keeps: what was typed and not saved, and how its lists were left.",
  config: "The settings.",
} as const;

/** A route's own part of its description; the rest is made from its schemas. */
export interface Operation {
  /** Unique and stable: generated clients name their methods after it. */
  id: string;
  tag: keyof typeof TAGS;
  summary: string;
  /** The error codes it may answer with, beside the codes of every route. */
  codes?: readonly ErrorCode[];
  /** The route answers with a stream (text/event-stream) of events with this data. */
  stream?: z.ZodType;
  /** A valid body. */
  example?: unknown;
}

declare module "fastify" {
  interface FastifySchema {
    about: Operation;
  }
}
