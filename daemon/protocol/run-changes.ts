import { z } from "zod";
import { ENTITY_TYPES } from "./entity.ts";

const fields = z.record(z.string(), z.unknown()).nullable();

/** One change that a run made, or that a dry run would make. */
export const runChange = z.object({
  entity_type: z.enum(ENTITY_TYPES).describe("What changes."),
  entity_id: z.string().describe("Of what a dry run would create: the id that it will have."),
  title: z.string().nullable().describe("What it is called; null: it is no more."),
  op: z
    .enum(["create", "update", "confirm", "retire"])
    .describe("confirm: a file says it again. retire: its last file was deleted."),
  state: z
    .enum(["applied", "proposed", "rejected", "undone"])
    .describe("proposed: by a dry run, which changed nothing."),
  before: fields.describe("The fields that change; null: created, or confirmed."),
  after: fields.describe("null: confirmed."),
  quote: z.string().nullable().describe("The passage it rests on."),
  file_id: z.string().nullable().describe("null: no file, or none that is still known."),
  path: z.string().nullable().describe("Absolute."),
});
export type RunChange = z.infer<typeof runChange>;
