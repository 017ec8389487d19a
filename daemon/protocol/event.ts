import { z } from "zod";
import { ENTITY_TYPES } from "./entity.ts";
import { runSchema, runStatus, trigger } from "./run.ts";

const inRun = { run_id: z.string(), agent_id: z.string() };
const ofFile = {
  run_id: z.string().nullable().describe("null: found by a look that made no run."),
  agent_id: z.string(),
  file_id: z.string(),
  path: z.string(),
};

const happenings = [
  z.object({ type: z.literal("run.started"), ...inRun, trigger }),
  z.object({ type: z.literal("run.progress"), ...inRun, files: runSchema.shape.files }),
  z.object({ type: z.literal("run.completed"), ...inRun, status: runStatus }),
  z.object({ type: z.literal("file.done"), ...ofFile }),
  z.object({ type: z.literal("file.failed"), ...ofFile, code: z.string(), message: z.string() }),
  z.object({ type: z.literal("file.skipped"), ...ofFile, reason: z.string() }),
  z.object({
    type: z.literal("entity.changed"),
    entity_type: z.enum(ENTITY_TYPES),
    id: z.string(),
    op: z.enum(["create", "update", "delete"]),
  }),
  z.object({ type: z.literal("status.changed"), state: z.string() }),
  z.object({ type: z.literal("config.changed") }),
  z.object({ type: z.literal("config.invalid"), message: z.string() }),
] as const;

/** Everything that can happen, by its type. */
export const eventSchema = z.discriminatedUnion("type", happenings);
export type RunnerEvent = z.infer<typeof eventSchema>;

/** Said by a stream of itself; kept nowhere. */
const streamReset = z.object({
  type: z.literal("stream.reset"),
  reason: z
    .enum(["pruned", "unknown_id"])
    .describe(
      "pruned: what followed the id that was asked for is kept no more. unknown_id: the id is newer than any event there is.",
    ),
});

/** What GET /api/events tells. After a `stream.reset`, whatever was known before is to be read anew. */
export const toldEventSchema = z.discriminatedUnion("type", [...happenings, streamReset]).and(
  z.object({
    event_id: z.int().nonnegative().describe("Rises by one; of a stream.reset, where it goes on."),
    created_at: z.iso.datetime(),
  }),
);
export type ToldEvent = z.infer<typeof toldEventSchema>;

export const eventsHeaders = z.object({
  "last-event-id": z
    .string()
    .regex(/^\d{1,15}$/, "expected the id of an event, or 0 for everything that is kept")
    .transform(Number)
    .optional()
    .describe("Everything after it is told; left out: only what happens from now on."),
});

export const EVENT_TYPES: ReadonlySet<string> = new Set(
  [...happenings, streamReset].map(({ shape }) => shape.type.value),
);
