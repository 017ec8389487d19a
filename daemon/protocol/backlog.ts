import { z } from "zod";

/** How far an agent is with the files that wait for its model. */
export const backlogSchema = z.object({
  done: z.int().nonnegative().describe("Files of the run in progress that are settled."),
  total: z.int().positive().describe("Those, and the files that are left."),
  waiting: z
    .int()
    .nonnegative()
    .describe(
      "Of the files that are left, those that wait for a reason: a pause, a budget, consent, the model's hours, a later try.",
    ),
  waiting_until: z.iso
    .datetime()
    .exactOptional()
    .describe("When the model's hours begin that files wait for; left out: none waits for them."),
  seconds_left: z
    .int()
    .nonnegative()
    .nullable()
    .describe(
      "About how long the files take that do not wait, by the speed of the last ones; null: not known yet, or all wait.",
    ),
});
export type Backlog = z.infer<typeof backlogSchema>;
