import { z } from "zod";

export const trigger = z.enum(["cron", "manual", "watch", "startup", "retry"]);
export type Trigger = z.infer<typeof trigger>;

export const runStatus = z.enum(["running", "success", "partial", "error", "cancelled"]);
export type RunStatus = z.infer<typeof runStatus>;

const count = z.int().nonnegative();

export const usageSchema = z.object({
  requests: count.describe("Model requests sent; the built-in rules send none."),
  input_tokens: count,
  cached_input_tokens: count.describe("Part of input_tokens."),
  output_tokens: count,
  cost_usd: z.number().nonnegative().nullable().describe("null: the price is not known."),
});
export type Usage = z.infer<typeof usageSchema>;

export const runSchema = z.object({
  run_id: z.string(),
  agent_id: z.string(),
  trigger,
  status: runStatus,
  dry_run: z.boolean(),
  awaits_confirmation: z
    .boolean()
    .describe(
      "It has more files for a remote endpoint than confirm_above_files, and waits for confirm.",
    ),
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
  files: z.object({
    found: count.describe("The sum of the rest."),
    unchanged: count.describe("No job was needed: same, touched, moved, copied, reverted."),
    processed: count,
    failed: count,
    skipped: count,
    pending: count.describe("Still to do; after the end: put off to a later run."),
  }),
  entities: z.object({ created: count, updated: count, retired: count }),
  usage: usageSchema,
  error: z
    .object({ code: z.string(), message: z.string(), hint: z.string().nullable() })
    .nullable()
    .describe("The fault that put files off or ended the run."),
});
export type Run = z.infer<typeof runSchema>;
