import { z } from "zod";
import { ENTITY_TYPES } from "./entity.ts";
import { runSchema, runStatus, trigger } from "./run.ts";

const inRun = { run_id: z.string(), agent_id: z.string() };
const ofFile = { ...inRun, file_id: z.string(), path: z.string() };

/** Everything that can happen, by its type; ids rise by one. */
export const eventSchema = z.discriminatedUnion("type", [
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
]);

export type RunnerEvent = z.infer<typeof eventSchema>;
