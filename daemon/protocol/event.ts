import { z } from "zod";
import { ENTITY_TYPES } from "./entity.ts";
import { fileOutcome } from "./file.ts";
import { runSchema, runStatus, trigger } from "./run.ts";

const agent_id = z.string().describe("The agent.");
const inRun = { run_id: z.string().describe("The run."), agent_id };
const ofFile = {
  run_id: z.string().nullable().describe("null: found by a look without a run."),
  agent_id,
  file_id: z.string().describe("The file."),
  path: z.string().describe("Where it is; absolute."),
};

const typed = <Type extends string>(type: Type) => ({
  type: z.literal(type).describe("What happened; also in the event field of the stream."),
});

const happenings = [
  z.object({ ...typed("run.started"), ...inRun, trigger: trigger.describe("Why it started.") }),
  z.object({
    ...typed("run.progress"),
    ...inRun,
    files: runSchema.shape.files.describe("The progress of its files."),
  }),
  z.object({
    ...typed("run.completed"),
    ...inRun,
    status: runStatus.describe("The result."),
    // Left out by versions before 0.4.
    files: runSchema.shape.files.exactOptional(),
    outcomes: runSchema.shape.outcomes.exactOptional(),
    warned: runSchema.shape.warned.exactOptional(),
  }),
  z.object({
    ...typed("file.done"),
    ...ofFile,
    outcome: fileOutcome.exactOptional().describe("Left out: nothing was read for it now."),
    is_warned: z
      .boolean()
      .exactOptional()
      .describe("Whether it was read with warnings, and no limit ended the work on it."),
  }),
  z.object({
    ...typed("file.failed"),
    ...ofFile,
    code: z.string().describe("Stable: decide by it."),
    message: z.string().describe("What is wrong, for people."),
  }),
  z.object({
    ...typed("file.skipped"),
    ...ofFile,
    reason: z.string().describe("Why it is not read."),
  }),
  z.object({
    ...typed("entity.changed"),
    entity_type: z.enum(ENTITY_TYPES).describe("What it is."),
    id: z.string().describe("The entity."),
    op: z.enum(["create", "update", "delete"]).describe("What happened to it."),
  }),
  z.object({
    ...typed("status.changed"),
    state: z.string().describe("The state that GET /api/status gives."),
  }),
  z.object({ ...typed("config.changed") }),
  z.object({
    ...typed("config.invalid"),
    message: z
      .string()
      .describe("The mistakes and their places; the earlier config stays in force."),
  }),
] as const;

/** Everything that can happen, by its type. */
export const eventSchema = z.discriminatedUnion("type", happenings);
export type RunnerEvent = z.infer<typeof eventSchema>;

/** About the stream itself; not stored. */
const streamReset = z.object({
  ...typed("stream.reset"),
  reason: z
    .enum(["pruned", "unknown_id"])
    .describe(
      "pruned: events after the requested id are no longer kept. unknown_id: the id is newer than every event.",
    ),
});

/** An event of GET /api/events. After a `stream.reset`, read again what you know from earlier events. */
export const toldEventSchema = z
  .discriminatedUnion("type", [...happenings, streamReset])
  .and(
    z.object({
      event_id: z
        .int()
        .nonnegative()
        .describe("Rises by one; for a stream.reset, the id after which the stream continues."),
      created_at: z.iso.datetime().describe("When it was written."),
    }),
  )
  .meta({
    id: "Event",
    description:
      "Something that happened. After a stream.reset, what was known before is to be read anew.",
  });
export type ToldEvent = z.infer<typeof toldEventSchema>;

export const eventsHeaders = z.object({
  "last-event-id": z
    .string()
    .regex(/^\d{1,15}$/, "expected the id of an event, or 0 for everything that is kept")
    .transform(Number)
    .optional()
    .describe("Begin after this event; left out: only new events."),
});

export const EVENT_TYPES: ReadonlySet<string> = new Set(
  [...happenings, streamReset].map(({ shape }) => shape.type.value),
);
