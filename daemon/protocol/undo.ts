import { z } from "zod";

/** Why something was not undone: another change to it wins. */
export const keptReason = z.enum([
  "edited_by_user",
  "deleted_by_user",
  "changed_later",
  "other_source",
  "has_members",
  "name_taken",
]);
export type KeptReason = z.infer<typeof keptReason>;

export const keptSchema = z.object({
  id: z.string().describe("The id of the entity."),
  field: z.string().nullable().describe("null: the whole entity stays."),
  reason: keptReason.describe(
    "edited_by_user, deleted_by_user: the user's word wins. changed_later: another change came since. " +
      "other_source: another file says it too. has_members: tasks or notes belong to the project. " +
      "name_taken: an active project has the name by now.",
  ),
});
export type Kept = z.infer<typeof keptSchema>;

export const undoAnswer = z.object({
  undo_id: z.string().describe("The id of this undo, which the undone changes name."),
  reverted: z.int().nonnegative().describe("How many changes were undone."),
  kept: z.array(keptSchema).describe("What was not undone, and why."),
});
export type UndoAnswer = z.infer<typeof undoAnswer>;

const since = z.iso
  .datetime({ offset: true })
  .exactOptional()
  .describe("Only changes from then on; left out: all changes.");

/** What to undo: the changes from one file, or of one agent. */
export const undoRequest = z
  .strictObject({
    file_id: z.string().exactOptional().describe("Undo what was made from this file."),
    agent_id: z.string().exactOptional().describe("Undo what this agent did."),
    since,
  })
  .refine(({ file_id, agent_id }) => (file_id === undefined) !== (agent_id === undefined), {
    message: "Expected either file_id or agent_id.",
  });
export type UndoRequest = z.infer<typeof undoRequest>;
