import { z } from "zod";
import { ENTITY_TYPES } from "./entity.ts";

const fields = z.record(z.string(), z.unknown()).nullable();

/** One change that a run made, or that a dry run would make. */
export const runChange = z.object({
  entity_type: z.enum(ENTITY_TYPES).describe("The type of the entity."),
  entity_id: z.string().describe("For an entity that a dry run would create: its future id."),
  title: z.string().nullable().describe("Its title; null: it no longer exists."),
  op: z
    .enum(["create", "update", "confirm", "retire"])
    .describe(
      "confirm: a file contains it again. retire: its last file was deleted, or no longer contains it.",
    ),
  state: z
    .enum(["applied", "proposed", "rejected", "undone"])
    .describe("proposed: by a dry run, which changed nothing."),
  before: fields.describe("The fields that change; null: created, or confirmed."),
  after: fields.describe("null: confirmed."),
  quote: z.string().nullable().describe("The passage it comes from."),
  file_id: z.string().nullable().describe("null: no file, or a file that is no longer known."),
  path: z.string().nullable().describe("Absolute."),
});
export type RunChange = z.infer<typeof runChange>;
