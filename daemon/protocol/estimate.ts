import { z } from "zod";

export const estimateQuery = z.object({
  force: z
    .stringbool()
    .default(false)
    .describe("Estimate a forced run instead of the files that wait for consent."),
});
export type EstimateQuery = z.infer<typeof estimateQuery>;

/** The estimated cost of files: what they take in the end may differ. Tokens are estimated from the files' sizes. */
export const estimateSchema = z.object({
  files: z.int().nonnegative().describe("Files that would be sent, or read by the rules."),
  requests: z
    .int()
    .nonnegative()
    .describe("About how many requests, as the agent's last files took; one each before any."),
  input_tokens: z.int().nonnegative().describe("Tokens to be sent."),
  output_tokens: z.int().nonnegative().describe("Tokens to be written."),
  cost_usd: z.number().nonnegative().nullable().describe("US dollars; null: the price is unknown."),
  entities: z
    .int()
    .nonnegative()
    .nullable()
    .describe(
      "About how many notes, tasks and projects the built-in rules would make; null: not counted, as for a language model.",
    ),
});
export type Estimate = z.infer<typeof estimateSchema>;
