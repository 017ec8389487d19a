import { z } from "zod";
import { attemptSchema } from "./api.ts";
import { ENTITY_TYPES, noteSchema, projectSchema, sourceSchema, taskSchema } from "./entity.ts";
import { fileState } from "./file.ts";
import { runSchema } from "./run.ts";

/** A quote with its surroundings in the text that the model got. */
export const passageSchema = z.object({
  before: z.string().describe("Up to about 160 characters, cut between words."),
  quote: z.string().describe("The quote as the text has it."),
  after: z.string().describe("Up to about 160 characters, cut between words."),
});
export type Passage = z.infer<typeof passageSchema>;

export const explainedSource = z.object({
  ...sourceSchema.shape,
  state: fileState.describe("The state of the file now."),
  reason: z.string().nullable().describe("Why the file is skipped, or what it waits for."),
  job_id: z.string().describe("The job that found it there."),
  agent_id: z.string().describe("The agent that reads the file."),
  model: z
    .object({
      provider: z.string().describe("rules or openai."),
      name: z.string().describe("The name that was sent to the endpoint."),
    })
    .nullable()
    .describe('The model that found it; "rules" is no language model. null: unknown.'),
  processed_at: z.iso.datetime().nullable().describe("When the file was last done."),
  passage: passageSchema
    .nullable()
    .describe(
      "In the content that `hash` names. null: no quote, or that text was removed or was forgotten.",
    ),
});
export type ExplainedSource = z.infer<typeof explainedSource>;

const fields = z.record(z.string(), z.unknown()).nullable();

export const explainedChange = z.object({
  at: z.iso.datetime().describe("When it was made."),
  actor: z.string().describe('An agent\'s id, or "user".'),
  run_id: z.string().nullable().describe("null: an edit by the user, or found without a run."),
  job_id: z.string().nullable().describe("null: not from a file."),
  op: z
    .enum(["create", "update", "confirm", "retire", "delete"])
    .describe(
      "confirm: a file contained it again. retire: its last file was deleted, or no longer contains it.",
    ),
  before: fields.describe("The fields that changed; null: created, or confirmed."),
  after: fields.describe("null: deleted, or confirmed."),
  quote: z.string().nullable().describe("The passage it comes from."),
  state: z.enum(["applied", "proposed", "rejected", "undone"]).describe("Whether it is in force."),
  undo_id: z.string().nullable().describe("The undo that reverted it."),
  undone_at: z.iso.datetime().nullable().describe("When it was undone."),
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
    .describe("When and by whom it was deleted; null: it exists."),
  sources: z.array(explainedSource).describe("The files it comes from."),
  history: z.array(explainedChange).describe("Every change to it."),
  runs: z.array(runSchema).describe("The runs in sources and history."),
  conversations: z
    .array(
      z.object({
        job_id: z.string().describe("As in a source."),
        attempts: z.array(attemptSchema).describe("The first one first."),
      }),
    )
    .describe("The conversation about each source's content, as far as it is kept."),
  left_out: z
    .object({
      sources: z.int().nonnegative().describe("Of the sources."),
      history: z.int().nonnegative().describe("Of the changes."),
    })
    .describe("How many older ones are left out."),
});
export type Explanation = z.infer<typeof explainSchema>;
