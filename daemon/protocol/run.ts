import { z } from "zod";
import { errorSchema } from "./error.ts";
import { AT, RUN_ID } from "./example.ts";

export const trigger = z.enum(["cron", "manual", "watch", "startup", "retry"]);
export type Trigger = z.infer<typeof trigger>;

export const runStatus = z.enum(["running", "success", "partial", "error", "cancelled"]);
export type RunStatus = z.infer<typeof runStatus>;

const count = z.int().nonnegative();

/** What requests cost, in three words. */
export const moneySchema = z.object({
  spent_usd: z.number().nonnegative().describe("US dollars of the requests whose cost is known."),
  reserved_usd: z
    .number()
    .nonnegative()
    .describe("US dollars that the other requests may have cost at most, where they have a price."),
  unknown_requests: count.describe("Requests that reported no usage, or have no price."),
});

export const usageSchema = z.object({
  requests: count.describe("Model requests sent; the built-in rules send none."),
  input_tokens: count.describe("Tokens sent."),
  cached_input_tokens: count.describe("Part of input_tokens."),
  output_tokens: count.describe("Tokens that models wrote."),
  cost_usd: z.number().nonnegative().nullable().describe("US dollars; null: some is unknown."),
  ...moneySchema.shape,
});
export type Usage = z.infer<typeof usageSchema>;

export const runSchema = z
  .object({
    run_id: z.string().describe("Its id."),
    agent_id: z.string().describe("The agent of the run."),
    trigger: trigger.describe("Why it started."),
    status: runStatus.describe(
      "partial: some file failed or was put off; error: nothing succeeded and something did either.",
    ),
    dry_run: z.boolean().describe("The run only shows what it would do."),
    awaits_confirmation: z
      .boolean()
      .describe(
        "It has more files than confirm_above_files for a remote endpoint, or for rules that would make much of them, and waits for confirm.",
      ),
    started_at: z.iso.datetime().describe("When it started."),
    finished_at: z.iso.datetime().nullable().describe("When it ended; null: it is running."),
    files: z
      .object({
        found: count.describe("The sum of the rest."),
        unchanged: count.describe(
          "Files that needed no job: same, touched, moved, copied or reverted.",
        ),
        processed: count.describe("Done in this run."),
        failed: count.describe("Failed in this run."),
        skipped: count.describe("Not read; each file has its reason."),
        pending: count.describe("Still to do; after the end, put off to a later run."),
      })
      .describe("The files it found, by result."),
    outcomes: z
      .object({
        recorded: count.describe("Something was recorded or confirmed."),
        nothing_recorded: count.describe("Nothing was recorded."),
        capped: count.describe("A limit ended the work before all was recorded."),
      })
      .describe("What the processed files came to."),
    warned: count.describe(
      "Of the processed files, those read with warnings; a file that a limit ended is in outcomes.capped instead.",
    ),
    entities: z
      .object({
        created: count.describe("New ones."),
        updated: count.describe("Changed ones."),
        retired: count.describe(
          "Archived or cancelled ones, because their last file is gone, or no longer contains them.",
        ),
      })
      .describe("How many notes, tasks and projects it changed."),
    usage: usageSchema.describe("Requests to endpoints and their cost."),
    error: errorSchema.nullable().describe("The fault that put files off or ended the run."),
  })
  .meta({
    id: "Run",
    description: "One triggered batch of one agent.",
    examples: [
      {
        run_id: RUN_ID,
        agent_id: "inbox",
        trigger: "watch",
        status: "success",
        dry_run: false,
        awaits_confirmation: false,
        started_at: AT,
        finished_at: AT,
        files: { found: 1, unchanged: 0, processed: 1, failed: 0, skipped: 0, pending: 0 },
        outcomes: { recorded: 1, nothing_recorded: 0, capped: 0 },
        warned: 0,
        entities: { created: 2, updated: 0, retired: 0 },
        usage: {
          requests: 2,
          input_tokens: 3812,
          cached_input_tokens: 1536,
          output_tokens: 240,
          cost_usd: 0.0064,
          spent_usd: 0.0064,
          reserved_usd: 0,
          unknown_requests: 0,
        },
        error: null,
      },
    ],
  });
export type Run = z.infer<typeof runSchema>;
export type RunOutcomes = Run["outcomes"];
