import type { z } from "zod";
import type { ErrorCode } from "../core/errors.ts";

/** What the API's description is ordered by, each with what it is about. */
export const TAGS = {
  daemon: "How the daemon stands, and its life.",
  agents: "Named configurations, and starting their runs.",
  runs: "Triggered batches.",
  files: "What is known of every file.",
  entities: "Notes, tasks and projects. A write is the user's own edit, which wins over agents.",
  config: "The settings.",
} as const;

/** What a route says of itself; the rest of its description comes from its schemas. */
export interface Operation {
  /** Unique and stable: generated clients name their methods by it. */
  id: string;
  tag: keyof typeof TAGS;
  summary: string;
  /** What it may answer beside what every route may. */
  codes?: readonly ErrorCode[];
  /** Answers with a stream of these (text/event-stream), each as the data of an event. */
  stream?: z.ZodType;
  /** A body that could be sent. */
  example?: unknown;
}

declare module "fastify" {
  interface FastifySchema {
    about: Operation;
  }
}
