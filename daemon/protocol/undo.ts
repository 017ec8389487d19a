import { z } from "zod";

/** Why something was not taken back: another's word on it stands. */
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
  id: z.string().describe("Of the entity."),
  field: z.string().nullable().describe("null: the whole entity stays."),
  reason: keptReason.describe(
    "edited_by_user, deleted_by_user: the user's word wins. changed_later: another change came since. " +
      "other_source: another file says it too. has_members: tasks or notes belong to the project. " +
      "name_taken: an active project has the name by now.",
  ),
});
export type Kept = z.infer<typeof keptSchema>;

export const undoAnswer = z.object({
  undo_id: z.string().describe("By which changes tell what took them back."),
  reverted: z.int().nonnegative().describe("How many changes were taken back."),
  kept: z.array(keptSchema).describe("What was not taken back, and why."),
});
export type UndoAnswer = z.infer<typeof undoAnswer>;

const since = z.iso
  .datetime({ offset: true })
  .exactOptional()
  .describe("Only what was done from then on; left out: all of it.");

/** What to take back: what came of one file, or of one agent. */
export const undoRequest = z
  .strictObject({
    file_id: z.string().exactOptional().describe("What came of this file."),
    agent_id: z.string().exactOptional().describe("What this agent did."),
    since,
  })
  .refine(({ file_id, agent_id }) => (file_id === undefined) !== (agent_id === undefined), {
    message: "expected either file_id or agent_id",
  });
export type UndoRequest = z.infer<typeof undoRequest>;
