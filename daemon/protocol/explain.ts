import { z } from "zod";
import { attemptSchema } from "./api.ts";
import { ENTITY_TYPES, noteSchema, projectSchema, sourceSchema, taskSchema } from "./entity.ts";
import { fileState } from "./file.ts";
import { runSchema } from "./run.ts";

/** A quote where it stands in the text that the model was given, as it is written there. */
export const passageSchema = z.object({
  before: z.string().describe("Up to some 160 characters, cut between words."),
  quote: z.string().describe("As the text has it."),
  after: z.string().describe("As long as before."),
});
export type Passage = z.infer<typeof passageSchema>;

export const explainedSource = z.object({
  ...sourceSchema.shape,
  state: fileState.describe("Of the file, now."),
  reason: z.string().nullable().describe("Why the file is skipped, or what it waits for."),
  job_id: z.string().describe("The work on its content that said so."),
  agent_id: z.string().describe("Whose file it is."),
  model: z
    .object({
      provider: z.string().describe("rules or openai."),
      name: z.string().describe("As the endpoint was asked for it."),
    })
    .nullable()
    .describe('Which model said it; "rules" is no language model. null: not known.'),
  processed_at: z.iso.datetime().nullable().describe("When the file was last done."),
  passage: passageSchema
    .nullable()
    .describe("null: no quote, or its text changed, was removed or was forgotten."),
});
export type ExplainedSource = z.infer<typeof explainedSource>;

const fields = z.record(z.string(), z.unknown()).nullable();

export const explainedChange = z.object({
  at: z.iso.datetime().describe("When it was made."),
  actor: z.string().describe('An agent\'s id, or "user".'),
  run_id: z.string().nullable().describe("null: the user's own, or found by no run."),
  job_id: z.string().nullable().describe("null: no file said it."),
  op: z
    .enum(["create", "update", "confirm", "retire", "delete"])
    .describe("confirm: a file said it again. retire: its last file was deleted."),
  before: fields.describe("The fields that changed; null: created, or confirmed."),
  after: fields.describe("null: deleted, or confirmed."),
  quote: z.string().nullable().describe("The passage it rests on."),
  state: z.enum(["applied", "proposed", "rejected", "undone"]).describe("What became of it."),
  undo_id: z.string().nullable().describe("Which undo took it back."),
  undone_at: z.iso.datetime().nullable().describe("When it was taken back."),
});
export type ExplainedChange = z.infer<typeof explainedChange>;

/** Why an entity is as it is. The newest comes first everywhere. */
export const explainSchema = z.object({
  entity_type: z.enum(ENTITY_TYPES).describe("What it is."),
  entity: z.union([projectSchema, taskSchema, noteSchema]).describe("As it is now."),
  deleted: z
    .object({
      at: z.iso.datetime().describe("When."),
      by: z.enum(["user", "undo"]).describe("Who."),
    })
    .nullable()
    .describe("null: it is there."),
  sources: z.array(explainedSource).describe("The files it rests on."),
  history: z.array(explainedChange).describe("All that changed it."),
  runs: z.array(runSchema).describe("Those that sources and history name."),
  conversations: z
    .array(
      z.object({
        job_id: z.string().describe("As in a source."),
        attempts: z.array(attemptSchema).describe("The first one first."),
      }),
    )
    .describe("What was said about each source's content, as far as it is kept."),
  left_out: z
    .object({
      sources: z.int().nonnegative().describe("Of the sources."),
      history: z.int().nonnegative().describe("Of the changes."),
    })
    .describe("How many older ones are not shown."),
});
export type Explanation = z.infer<typeof explainSchema>;
